package oauth

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gatehouse/gatehouse/protocol/login/pages"
	"github.com/gatehouse/gatehouse/ui"
)

// respond sends an authorization response to the request's redirect URI, in
// its mode, with state and iss (RFC 9207).
func (s *Service) respond(w http.ResponseWriter, r *http.Request, a *authorization, values [][2]string) error {
	if a.State != "" {
		values = append(values, [2]string{"state", a.State})
	}
	values = append(values, [2]string{"iss", a.tenant.Issuer})
	noStore(w)
	if a.Mode == "form_post" {
		return s.respondByForm(w, a, values)
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	// 303 turns a posted request into a GET, so that nothing posted to us is
	// posted on (RFC 9700 §4.12).
	status := http.StatusFound
	if r.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	w.Header().Set("Location", located(a.RedirectURI, a.Mode, values))
	w.WriteHeader(status)
	return nil
}

// located adds the values to the URI's query, which stays as it was registered
// (RFC 6749 §3.1.2), or makes them its fragment.
func located(uri, mode string, values [][2]string) string {
	var b strings.Builder
	b.WriteString(uri)
	separator := byte('?')
	if mode == "fragment" {
		separator = '#'
	} else if strings.Contains(uri, "?") {
		separator = '&'
	}
	for _, v := range values {
		b.WriteByte(separator)
		b.WriteString(url.QueryEscape(v[0]) + "=" + url.QueryEscape(v[1]))
		separator = '&'
	}
	return b.String()
}

// respondByForm is OAuth 2.0 Form Post Response Mode §2.
func (s *Service) respondByForm(w http.ResponseWriter, a *authorization, values [][2]string) error {
	u, err := url.Parse(a.RedirectURI)
	if err != nil {
		return err
	}
	fields := make([]ui.Hidden, len(values))
	for i, v := range values {
		fields[i] = ui.Hidden{Name: v[0], Value: v[1]}
	}
	// The answer of the application may lead anywhere, and form-action would
	// bind its redirects too.
	ui.SecurityHeaders(w, ui.Headers{AnyFormAction: true})
	return pages.RenderFormPost(w, http.StatusOK, pages.FormPost{
		Page:   pages.Page{Application: a.client.Name, Tenant: a.tenant.Name, LogoURL: a.client.Settings.LogoURI},
		Action: u.String(), Fields: fields})
}
