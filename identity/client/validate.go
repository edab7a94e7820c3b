package client

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/gatehouse/gatehouse/platform/fault"
)

var (
	appTypes   = []string{RegularWeb, SPA, Native, NonInteractive}
	methods    = []string{MethodNone, MethodBasic, MethodPost}
	grantTypes = []string{"authorization_code", "refresh_token", "client_credentials"}
	algorithms = []string{"", "RS256", "ES256"}
)

// Check refuses settings that are not in effect or not safe. Errors:
// fault.Invalid, naming the property.
func (s Settings) Check() error {
	for _, rule := range []struct {
		broken bool
		says   string
	}{
		{!slices.Contains(appTypes, s.AppType), "app_type must be one of " + strings.Join(appTypes, ", ") + "."},
		{!slices.Contains(methods, s.TokenEndpointAuthMethod), "token_endpoint_auth_method must be one of " + strings.Join(methods, ", ") + "."},
		{!slices.Contains(algorithms, s.IDTokenAlgorithm), "id_token_signed_response_alg must be RS256 or ES256."},
		{s.IDTokenLifetime < 0 || s.RefreshToken.Leeway < 0 || s.RefreshToken.Lifetime < 0 || s.RefreshToken.IdleLifetime < 0, "Lifetimes are not negative."},
		{s.TokenEndpointAuthMethod == MethodNone && s.RefreshToken.NonRotating, "A public client's refresh tokens rotate (RFC 9700 §4.14.2)."},
		{s.TokenEndpointAuthMethod == MethodNone && slices.Contains(s.GrantTypes, "client_credentials"), "A public client cannot use client_credentials (RFC 6749 §4.4)."},
	} {
		if rule.broken {
			return fault.New(fault.Invalid, rule.says)
		}
	}
	for _, g := range s.GrantTypes {
		if !slices.Contains(grantTypes, g) {
			return fault.Newf(fault.Invalid, "grant_types: %q is not supported.", g)
		}
	}
	for _, uri := range s.Callbacks {
		if err := checkRedirect("callbacks", uri, s.AppType); err != nil {
			return err
		}
	}
	for _, uri := range s.AllowedLogoutURLs {
		if err := checkRedirect("allowed_logout_urls", uri, s.AppType); err != nil {
			return err
		}
	}
	return nil
}

// checkRedirect refuses addresses that a browser must not be sent to with
// something of value: relative, with a fragment (RFC 6749 §3.1.2), with
// credentials, of a scheme that runs code, or plain HTTP that is not this
// machine (RFC 8252 §7.3, §7.1).
func checkRedirect(property, uri, appType string) error {
	u, err := url.Parse(uri)
	refuse := func(why string) error {
		return fault.Newf(fault.Invalid, "%s: %q %s.", property, uri, why)
	}
	switch {
	case err != nil || u.Scheme == "" || strings.ContainsAny(uri, " \\\t\r\n*"):
		return refuse("is not an absolute address")
	case strings.Contains(uri, "#"):
		return refuse("has a fragment")
	case u.User != nil:
		return refuse("has credentials")
	}
	switch u.Scheme {
	case "https":
		if u.Host == "" {
			return refuse("has no host")
		}
	case "http":
		if !loopback(u.Hostname()) {
			return refuse("is plain HTTP to another machine")
		}
	case "javascript", "data", "vbscript", "file", "blob", "about", "filesystem":
		return refuse("has a scheme that is not allowed")
	default:
		if appType != Native || !strings.Contains(u.Scheme, ".") {
			return refuse("has a private scheme, which only a native application may use, in reverse domain form")
		}
	}
	return nil
}

func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func withoutLoopbackPort(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" || u.User != nil || strings.Contains(uri, "#") {
		return "", false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil || !addr.IsLoopback() {
		return "", false
	}
	u.Host = u.Hostname()
	return u.String(), true
}
