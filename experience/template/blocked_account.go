package template

import (
	"time"

	"github.com/gatehouse/gatehouse/platform/notify"
)

// BlockedAccount tells people that somebody guessed at their password until
// signing in was paused for the address it came from.
type BlockedAccount struct {
	Service string // the tenant's name
	Email   string // what the account signs in with
	IP      string // where the attempts came from
	At      time.Time
}

// Message is the mail to that address, for a tenant's outbox.
func (m BlockedAccount) Message(tenant, to string) (notify.Message, error) {
	return blockedAccount.message(tenant, to, m)
}

var blockedAccount = register("blocked_account",
	`Somebody tried to sign in to your {{.Service}} account`,
	`
Somebody entered a wrong password for your {{.Service}} account too many times
in a row. They did not get in. Signing in is now paused for the place they came
from; from elsewhere you can sign in as usual.

Account:  {{.Email}}
From:     {{.IP}}
When:     {{when .At}}

If this was you: wait a day, or sign in from another network.

If this was not you: nothing was changed, and you need do nothing. If the same
password opens your account somewhere else, change it there.
`,
	`
<h1 style="margin:0 0 16px;font-size:20px;line-height:1.3">Somebody tried to sign in to your account</h1>
<p>Somebody entered a wrong password for your {{.Service}} account too many times in a row. They did not get in.
Signing in is now paused for the place they came from; from elsewhere you can sign in as usual.</p>
<table style="margin:24px 0;border-collapse:collapse">
<tr><th style="padding:4px 16px 4px 0;text-align:left;font-weight:normal;color:#6e675d" scope="row">Account</th><td>{{.Email}}</td></tr>
<tr><th style="padding:4px 16px 4px 0;text-align:left;font-weight:normal;color:#6e675d" scope="row">From</th><td>{{.IP}}</td></tr>
<tr><th style="padding:4px 16px 4px 0;text-align:left;font-weight:normal;color:#6e675d" scope="row">When</th><td>{{when .At}}</td></tr>
</table>
<p><b>If this was you:</b> wait a day, or sign in from another network.</p>
<p style="margin-bottom:0"><b>If this was not you:</b> nothing was changed, and you need do nothing. If the same password opens your account
somewhere else, change it there.</p>
`,
)
