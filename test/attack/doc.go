// Package attack holds what an attacker, a broken application or a broken
// machine would do to the whole product, one file for each topic.
package attack
