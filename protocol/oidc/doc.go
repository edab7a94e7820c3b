// Package oidc owns what OpenID Connect adds around the authorization server:
// the documents that describe an issuer, its keys, userinfo, and logout.
//
// Promises:
//   - The documents are served from memory and name exactly what works.
//   - Userinfo tells what the token's scopes allow, as the user is now, and
//     writes nothing.
//   - Logout returns people to registered addresses only, and asks first unless
//     an ID token says whose session it is. /v2/logout, Auth0's own, does not
//     ask: SameSite cookies and Sec-Fetch-Mode leave nothing to other sites but
//     sending the whole browser there.
package oidc
