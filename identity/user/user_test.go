package user_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse/gatehouse/identity/user"
)

func TestClaims(t *testing.T) {
	anne := &user.User{
		ID: "auth0|1", Email: "anne@example.com", EmailVerified: true, Name: "Anne Lee", GivenName: "Anne",
		Nickname: "anne", Updated: time.Unix(1772366400, 999),
		AppMetadata: map[string]any{"plan": "secret"},
	}
	for _, tt := range []struct {
		name   string
		user   *user.User
		scopes []string
		want   map[string]any
	}{
		{"openid alone tells nothing more", anne, []string{"openid"}, map[string]any{}},
		{"email tells the address and whether it is verified", anne, []string{"openid", "email"}, map[string]any{
			"email": "anne@example.com", "email_verified": true}},
		{"profile leaves out what is not known, and metadata", anne, []string{"profile"}, map[string]any{
			"name": "Anne Lee", "given_name": "Anne", "nickname": "anne", "updated_at": int64(1772366400)}},
		{"a user without an address has no email claims", &user.User{}, []string{"email"}, map[string]any{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.user.Claims(tt.scopes)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
