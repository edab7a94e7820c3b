package user

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// Auth0's bounds on profile fields.
const (
	mostName    = 300  // characters of name and nickname
	mostPart    = 150  // characters of given and family name
	mostPicture = 2048 // bytes
)

// checkProfile refuses what could not be shown or would break a header when it
// is put into a mail. Errors: fault.Invalid.
func checkProfile(n *New) error {
	for _, field := range []struct {
		name, value string
		most        int
	}{
		{"name", n.Name, mostName},
		{"nickname", n.Nickname, mostName},
		{"given_name", n.GivenName, mostPart},
		{"family_name", n.FamilyName, mostPart},
	} {
		if utf8.RuneCountInString(field.value) > field.most {
			return fault.Newf(fault.Invalid, "The %s is longer than %d characters.", field.name, field.most)
		}
		if !utf8.ValidString(field.value) || strings.ContainsFunc(field.value, unicode.IsControl) {
			return fault.Newf(fault.Invalid, "The %s holds a character that cannot be used.", field.name)
		}
	}
	if n.Picture == "" {
		return nil
	}
	u, err := url.Parse(n.Picture)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(n.Picture) > mostPicture {
		return fault.New(fault.Invalid, "The picture must be an https URL.")
	}
	return nil
}
