package manage

import (
	"encoding/base64"
	"encoding/json"
	"net"
	"strings"

	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// logEvent is one event as the logs show it. The published schemas require
// texts where there is nothing to say, so few members are left out.
type logEvent struct {
	ID              string         `json:"_id"`
	LogID           string         `json:"log_id"`
	Date            string         `json:"date"` // ISO 8601, milliseconds
	Type            string         `json:"type"`
	Description     string         `json:"description"`
	Connection      string         `json:"connection,omitempty"`
	ConnectionID    string         `json:"connection_id,omitempty"`
	ClientID        *string        `json:"client_id"`
	ClientName      string         `json:"client_name"`
	IP              string         `json:"ip"`
	Hostname        string         `json:"hostname"`
	UserID          string         `json:"user_id,omitempty"`
	UserName        string         `json:"user_name,omitempty"`
	UserAgent       string         `json:"user_agent"`
	Audience        string         `json:"audience"`
	Scope           string         `json:"scope,omitempty"`
	Strategy        string         `json:"strategy"`
	StrategyType    string         `json:"strategy_type"`
	IsMobile        bool           `json:"isMobile"`  // as the SDKs read it
	Mobile          bool           `json:"is_mobile"` // as the schemas name it
	Auth0Client     map[string]any `json:"auth0_client,omitempty"`
	Details         map[string]any `json:"details"`
	TenantName      string         `json:"tenant_name"`
	EnvironmentName string         `json:"environment_name"`
}

// shown reports whether the logs show an event at all; kinds says it to the
// database.
func shown(e *journal.Entry) bool { return e.Kind != nil && e.Kind.LogType != "" }

const (
	dateForm = "2006-01-02T15:04:05.000Z"
	// unknownIP stands where an event did not come from the network, or its
	// source was erased: the schemas require an address.
	unknownIP = "0.0.0.0"
	erased    = "What this event said was erased."
	damaged   = "What this event said cannot be opened."
)

// logOf makes the log event of a journal event that is shown.
func (s *Service) logOf(t *tenant.Tenant, e *journal.Entry) logEvent {
	id := logID(e)
	l := logEvent{
		ID: id, LogID: id, Date: e.At.UTC().Format(dateForm), Type: e.Kind.LogType, Description: e.Description,
		IP: unknownIP, Hostname: hostname(e.Source.Host, t), UserAgent: e.Source.UserAgent, IsMobile: mobile(e.Source.UserAgent),
		Auth0Client: auth0Client(e.Source.Auth0Client), TenantName: t.ID, EnvironmentName: s.Environment,
	}
	l.Mobile = l.IsMobile
	switch {
	case e.Erased:
		l.Description = erased
	case e.Damaged:
		l.Description = damaged
	}
	if e.Source.IP.IsValid() {
		l.IP = e.Source.IP.Unmap().WithZone("").String()
	}
	if c := e.Ref("client"); c.ID != "" {
		l.ClientID, l.ClientName = &c.ID, c.Name
	}
	if u := e.Ref("user"); u.Type != "" {
		l.UserID, l.UserName = u.ID, u.Name
	}
	if c := e.Ref("connection"); c.Type != "" {
		l.Connection, l.ConnectionID, l.Strategy, l.StrategyType = c.Name, c.ID, "auth0", "database"
	}
	l.Audience, l.Scope = audienceOf(e), words(e.Details["scope"])
	if l.Scope == "" {
		l.Scope = words(e.Details["scopes"])
	}
	l.Details = details(t, e)
	return l
}

func audienceOf(e *journal.Entry) string {
	if audience, ok := e.Details["audience"].(string); ok {
		return audience
	}
	return e.Ref("api").ID
}

// words joins a list of words, as scopes are written.
func words(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		list := make([]string, 0, len(v))
		for _, word := range v {
			if text, ok := word.(string); ok {
				list = append(list, text)
			}
		}
		return strings.Join(list, " ")
	}
	return ""
}

func hostname(host string, t *tenant.Tenant) string {
	if host == "" {
		return t.Host
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

func mobile(userAgent string) bool {
	for _, mark := range []string{"Mobile", "Android", "iPhone", "iPad"} {
		if strings.Contains(userAgent, mark) {
			return true
		}
	}
	return false
}

const mostAuth0Client = 4096 // bytes of the header

// auth0Client reads the header that Auth0's SDKs send: a JSON object in base64,
// of either alphabet. What is not one is left out.
func auth0Client(header string) map[string]any {
	if header == "" || len(header) > mostAuth0Client {
		return nil
	}
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(header, "="))
	raw, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil {
		return nil
	}
	var object map[string]any
	if json.Unmarshal(raw, &object) != nil {
		return nil
	}
	return object
}
