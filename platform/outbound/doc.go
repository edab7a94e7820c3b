// Package outbound owns every HTTP request that we make to an address somebody
// configured: webhooks, keys and metadata of other parties, back-channel logout.
//
// Such an address is an attacker's way into our own network. So a [Client] speaks
// HTTPS to public addresses only, decides at the moment it dials (a name that
// changes its address between a check and its use gains nothing), applies the
// same rules to each redirect, and bounds time, redirects and bytes, also after
// decompression. What the operator allows by name is exempt from the address rule.
package outbound
