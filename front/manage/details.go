package manage

import (
	"strings"

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
	if _, coded := e.Details["error"].(string); coded {
		oauthError(t, e, d)
	}
	if session := e.Ref("session"); session.ID != "" {
		d["session_id"] = session.ID
	}
	if complete := shapes[e.Kind.LogType]; complete != nil {
		complete(t, e, d)
	}
	return d
}

// typed are the members of details to which some schema gives a type.
var typed = index([]kindOfMember{
	{isText, `access_token_jti channel client_authentoication_error code connection credential_id dpop_signing_alg email familyId flow
		grant_id grant_type host id_token_signing_alg idp_token_type initiated_by method organization_id origin originUrl originalUrl
		protocol requested_audience requested_client_id requested_scope return_to saml_certificate_thumbprint session_id tenant title
		token_endpoint_auth_method token_endpoint_auth_signing_alg token_endpoint_auth_signing_kid transaction_id`},
	{isTexts, `allowed_logout_url id_token_signed_response_algs`},
	{isNumber, `completedAt elapsedTime initiatedAt latestCounter tokenCounter`},
	{among("session_not_found", "grant_revoked", "invalid_token"), `failure_reason`},
	{among("mrrt", "refresh_token_user_grant"), `policy_used`},
	// Made by shapes or not at all.
	{never, `actions body dpop_nonce_used error phone_number phone_risk_assessment prompts qs query refresh_token request response
		riskAssessment session session_metadata stats triggered_by_session_transfer_token upstream_userinfo_fetch xhr`},
})

type kindOfMember struct {
	fits  func(any) bool
	names string
}

func index(kinds []kindOfMember) map[string]func(any) bool {
	all := map[string]func(any) bool{}
	for _, k := range kinds {
		for _, name := range strings.Fields(k.names) {
			all[name] = k.fits
		}
	}
	return all
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
