package oauth

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse/gatehouse/platform/db"
)

// codeLifetime is how long a code is good. RFC 6749 §4.1.2 allows ten minutes;
// a browser needs seconds.
const codeLifetime = time.Minute

// codeKept is how long a code is remembered, so that its replay is noticed.
const codeKept = 24 * time.Hour

// code is an authorization code as stored.
type code struct {
	client, user, session string
	request               codeRequest
	authTime              time.Time
	methods               []string
	family                string // "" until redeemed
	expires               time.Time
	redeemed              bool
}

// codeRequest is what the token endpoint needs of the authorization request.
type codeRequest struct {
	RedirectURI  string   `json:"redirect_uri"`
	RedirectSent bool     `json:"redirect_sent"`
	Challenge    string   `json:"challenge,omitempty"`
	Nonce        string   `json:"nonce,omitempty"`
	Scopes       []string `json:"scopes"`
	Audience     string   `json:"audience,omitempty"`
}

func insertCode(ctx context.Context, tx *db.Tx, tenant string, stored []byte, c *code) error {
	_, err := tx.Exec(ctx, `INSERT INTO codes (tenant, code, client, user_id, session, request, auth_time, methods, grant_id, created_at, expires_at, redeemed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, 0)`,
		tenant, stored, c.client, c.user, c.session, db.JSON[codeRequest]{V: c.request}, db.Micros(c.authTime),
		db.JSON[[]string]{V: c.methods}, db.Micros(tx.Now), db.Micros(tx.Now.Add(codeLifetime)))
	if err != nil {
		return fmt.Errorf("store code: %w", err)
	}
	return nil
}

// findCode finds a code; db.NoRows when there is none.
func findCode(ctx context.Context, q db.Querier, tenant string, stored []byte) (*code, error) {
	c := &code{}
	var request db.JSON[codeRequest]
	var methods db.JSON[[]string]
	var auth, expires, redeemed int64
	err := q.QueryRow(ctx, `SELECT client, user_id, session, request, auth_time, methods, grant_id, expires_at, redeemed_at FROM codes WHERE tenant = $1 AND code = $2`,
		tenant, stored).Scan(&c.client, &c.user, &c.session, &request, &auth, &methods, &c.family, &expires, &redeemed)
	c.request, c.methods, c.authTime, c.expires, c.redeemed = request.V, methods.V, db.Time(auth), db.Time(expires), redeemed != 0
	return c, err
}

// redeemCode marks a code as used, and reports whether it was unused: of
// several at once exactly one is told so.
func redeemCode(ctx context.Context, tx *db.Tx, tenant string, stored []byte, family string) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE codes SET redeemed_at = $3, grant_id = $4 WHERE tenant = $1 AND code = $2 AND redeemed_at = 0`,
		tenant, stored, db.Micros(tx.Now), family)
	if err != nil {
		return false, fmt.Errorf("redeem code: %w", err)
	}
	return n > 0, nil
}

// Prune deletes codes whose replay no longer matters. It is run by a job.
func (s *Service) Prune(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM codes WHERE (tenant, code) IN (SELECT tenant, code FROM codes WHERE expires_at < $1 LIMIT 10000)`,
			db.Micros(tx.Now.Add(-codeKept)))
		return err
	})
}
