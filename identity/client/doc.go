// Package client owns applications: what each may ask for, where it may be
// answered, and how it proves who it is.
package client
