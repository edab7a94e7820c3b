package login

import (
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
	"github.com/gatehouse/gatehouse/ui"
)

// page is what every page of the visit shows.
func (v *visit) page() pages.Page {
	return pages.Page{Language: v.journey.Stage.Language, Application: v.client.Name, LogoURL: v.client.Settings.LogoURI, Tenant: v.tenant.Name}
}

// headers sets those of a page whose form ends at the application: after the
// post the browser is redirected there, and Chromium applies form-action to
// every redirect that follows a post.
func (v *visit) headers(w http.ResponseWriter) {
	origins, all := destinations(v.client)
	ui.SecurityHeaders(w, ui.Headers{FormAction: origins, AnyFormAction: !all})
}

// destinations are the origins at which the application can be answered; all is
// false when one of them cannot be written into a policy: a scheme of its own,
// or a loopback address whose port is free (RFC 8252 §7.1, §7.3).
func destinations(c *client.Client) (origins []string, all bool) {
	for _, uri := range c.Settings.Callbacks {
		u, err := url.Parse(uri)
		if err != nil {
			continue
		}
		if u.Scheme != "http" && u.Scheme != "https" || c.Settings.AppType == client.Native && isLoopback(u.Hostname()) {
			return nil, false
		}
		if origin := u.Scheme + "://" + u.Host; !slices.Contains(origins, origin) {
			origins = append(origins, origin)
		}
	}
	return origins, true
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// refusal is why a form was not accepted: the words for the whole form, and the
// status they are said with.
type refusal struct {
	problem pages.Problem
	status  int
}

// refused makes a refusal of a fault that a form can survive. A person who has
// typed something in does not lose it because the house is busy.
func refused(w http.ResponseWriter, err error) (refusal, error) {
	f := fault.From(err)
	no := refusal{status: f.Kind.Status()}
	switch f.Kind {
	case fault.Unavailable:
		no.problem = pages.Busy
	case fault.Limited:
		no.problem = pages.TooManyAttempts
	default:
		return no, err
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	return no, nil
}

// render writes a page after its headers.
func render[V any](w http.ResponseWriter, v *visit, status int, page func(http.ResponseWriter, int, V) error, view V) error {
	v.headers(w)
	if err := page(w, status, view); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	return nil
}
