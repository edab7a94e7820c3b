package oauth

import (
	"context"
)

// check is one step that an authorization request must pass.
type check struct {
	what   string // a sentence that is true afterwards
	answer answer // where its error goes
	run    func(s *Service, ctx context.Context, a *authorization) error
}

type answer uint8

const (
	toPage   answer = iota // our own error page: nothing may be sent to an unproven address
	toClient               // the redirect URI, which has been found registered
)

// authorizeChecks are the checks of an authorization request, in this order.
// To add one, write a function in a file of its own and give it a line here.
var authorizeChecks = []check{
	{"the client is known", toPage, (*Service).checkClient},
	{"the redirect URI is one of the client's", toPage, (*Service).checkRedirectURI},
	{"the response mode is one of ours", toClient, (*Service).checkResponseMode},
	{"the state is of a size that can be carried", toClient, (*Service).checkState},
	{"there is no request object", toClient, (*Service).checkRequestObject},
	{"the response type is code", toClient, (*Service).checkResponseType},
	{"the client may use the authorization code", toClient, (*Service).checkGrantType},
	{"the code is bound by PKCE where it must be", toClient, (*Service).checkPKCE},
	{"the prompts make sense together", toClient, (*Service).checkPrompt},
	{"the maximum age is a number of seconds", toClient, (*Service).checkMaxAge},
	{"the audience is an API of the tenant", toClient, (*Service).checkAudience},
	{"the scopes are known", toClient, (*Service).checkScope},
	{"the hints are ours", toClient, (*Service).checkHints},
}
