package manage

import (
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// object is a JSON object.
type object = map[string]any

// details is the journal's details in the form that the schema of the log type
// asks for. A member that the schemas know is passed on only in its own type; a
// member that they do not know is passed on as it is.
func details(t *tenant.Tenant, e *journal.Entry) object {
	d := object{}
	for name, value := range e.Details {
		if name == "audience" || name == "scope" || name == "scopes" {
			continue // members of the event itself
		}
		if fits, known := typed[name]; !known || fits(value) {
			d[name] = value
		}
	}
	if session := e.Ref("session"); session.ID != "" {
		d["session_id"] = session.ID
	}
	if complete := shapes[e.Kind.LogType]; complete != nil {
		complete(t, e, d)
	}
	return d
}

// typed are the members of details that some schema gives a type.
var typed = map[string]func(any) bool{
	"access_token_jti": isText, "channel": isText, "code": isText, "credential_id": isText, "familyId": isText,
	"failure_reason": among("session_not_found", "grant_revoked", "invalid_token"), "grant_type": isText,
	"initiated_by": isText, "policy_used": among("mrrt", "refresh_token_user_grant"), "protocol": isText,
	"requested_audience": isText, "requested_client_id": isText, "requested_scope": isText, "return_to": isText,
	"session_id": isText, "token_endpoint_auth_method": isText, "transaction_id": isText, "connection": isText,
	"tenant": isText, "flow": isText, "email": isText, "grant_id": isText, "host": isText, "method": isText, "origin": isText,
	"client_authentoication_error": isText,
	"allowed_logout_url":           isTexts,
	"tokenCounter":                 isNumber, "latestCounter": isNumber, "elapsedTime": isNumber, "initiatedAt": isNumber, "completedAt": isNumber,
	// Made by shapes or not at all.
	"actions": never, "body": never, "error": never, "prompts": never, "qs": never, "refresh_token": never, "request": never,
	"response": never, "riskAssessment": never, "session": never, "session_metadata": never, "stats": never, "xhr": never,
	"phone_number": never, "phone_risk_assessment": never, "upstream_userinfo_fetch": never,
}

func never(any) bool { return false }

func isText(v any) bool { _, ok := v.(string); return ok }

func isNumber(v any) bool { _, ok := v.(float64); return ok }

func isTexts(v any) bool {
	list, ok := v.([]any)
	for _, item := range list {
		ok = ok && isText(item)
	}
	return ok
}

func among(values ...string) func(any) bool {
	return func(v any) bool {
		for _, value := range values {
			if v == value {
				return true
			}
		}
		return false
	}
}

// shapes complete the details of the log types whose schemas require members.
var shapes = map[string]func(t *tenant.Tenant, e *journal.Entry, d object){
	"f":      oauthError,
	"fp":     message,
	"fu":     message,
	"ss":     signup,
	"flo":    logout,
	"seccft": noActions,
	"ferrt":  family,
	"srrt":   revoked,
	"sdu":    deleted,
	"fdu":    deleted,
}

func message(_ *tenant.Tenant, e *journal.Entry, d object) {
	d["error"] = object{"message": e.Description}
}

// oauthError takes the OAuth error code of the details' member error.
func oauthError(_ *tenant.Tenant, e *journal.Entry, d object) {
	code, _ := e.Details["error"].(string)
	d["error"] = object{"message": e.Description, "oauthError": code}
}

func signup(t *tenant.Tenant, e *journal.Entry, d object) {
	u := e.Ref("user")
	d["body"] = object{"client_id": e.Ref("client").ID, "connection": e.Ref("connection").Name, "email": u.Name, "tenant": t.ID, "user_id": u.ID}
}

func logout(_ *tenant.Tenant, _ *journal.Entry, d object) {
	absent(d, "allowed_logout_url", []string{})
	absent(d, "return_to", "")
}

func noActions(_ *tenant.Tenant, _ *journal.Entry, d object) {
	d["actions"] = object{"executions": []string{}}
}

func family(_ *tenant.Tenant, e *journal.Entry, d object) {
	absent(d, "familyId", e.Ref("grant").ID)
	absent(d, "tokenCounter", 0)
	absent(d, "latestCounter", 0)
}

func revoked(_ *tenant.Tenant, e *journal.Entry, d object) {
	absent(d, "credential_id", e.Ref("grant").ID)
}

func deleted(t *tenant.Tenant, e *journal.Entry, d object) {
	d["body"] = object{"connection": e.Ref("connection").Name, "tenant": t.ID}
}

func absent(d object, name string, value any) {
	if _, there := d[name]; !there {
		d[name] = value
	}
}
