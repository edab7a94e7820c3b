// Package shield owns the protection of accounts from guessing.
//
// Promises:
//   - After ten failures for one account from one address, that address is
//     blocked for that account. Others, and other accounts, are not.
//   - After a hundred failures an hour for one account from anywhere, attempts
//     must wait, longer each time; the address that the owner last signed in
//     from need not, so nobody can lock the owner out from elsewhere.
//   - However many attempts come at once, no more of them are tried than one
//     after the other would be.
//   - An account that does not exist is treated like one that does, and what is
//     stored names neither.
//
// Attempts under way are counted in memory. Behind a balancer each of n
// processes may therefore try the last free attempt: n−1 too many at worst.
package shield
