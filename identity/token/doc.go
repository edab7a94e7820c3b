// Package token owns the keys that a tenant signs with, the minting of JWTs and
// the verification of those it minted itself.
//
// Each algorithm has a next, a current and a previous key. All three are
// published, so that a rotation is seen by nobody: relying parties know the
// next key before it signs, and the previous one while its tokens live.
package token
