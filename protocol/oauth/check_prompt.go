package oauth

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

var prompts = []string{"none", "login", "consent", "select_account", "create"}

// longestPrompt has room for every prompt once, in bytes.
const longestPrompt = 64

// checkPrompt is OpenID Connect Core §3.1.2.1, and Initiating User Registration
// for create. Auth0's screen_hint=signup says the same as create.
func (s *Service) checkPrompt(_ context.Context, a *authorization) error {
	text := a.params.Get("prompt")
	if len(text) > longestPrompt {
		return refuse(InvalidRequest, "prompt is too long.")
	}
	a.Prompt = strings.Fields(text)
	for _, p := range a.Prompt {
		if !slices.Contains(prompts, p) {
			return refusef(InvalidRequest, "prompt %q is not known.", p)
		}
	}
	if a.has("none") && len(a.Prompt) > 1 {
		return refuse(InvalidRequest, "prompt none goes with no other.")
	}
	a.SignUp = a.has("create") || a.params.Get("screen_hint") == "signup"
	return nil
}

func (s *Service) checkMaxAge(_ context.Context, a *authorization) error {
	a.MaxAge = -1
	text := a.params.Get("max_age")
	if text == "" {
		return nil
	}
	seconds, err := strconv.ParseInt(text, 10, 32)
	if err != nil || seconds < 0 {
		return refuse(InvalidRequest, "max_age must be a whole number of seconds.")
	}
	a.MaxAge = seconds
	return nil
}
