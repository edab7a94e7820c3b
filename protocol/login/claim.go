package login

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gatehouse/gatehouse/guard/shield"
	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/identity/user"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/keyring"
	"github.com/gatehouse/gatehouse/platform/web"
)

// claim is who somebody claims to be, and what was found for it.
type claim struct {
	address, key, password string

	user    *user.User // nil when there is none
	account credential.Account
	hash    credential.Hash
	renewed *credential.Hash // a better hash of the same password, or nil
}

// ref is the claimed user in the journal.
func (c *claim) ref() journal.Ref {
	if c.user == nil {
		return stranger(c.address)
	}
	return c.user.Ref()
}

// look finds the account and its password.
func (s *Service) look(ctx context.Context, v *visit, c *claim) error {
	c.account = credential.Account{Tenant: v.tenant.ID, Connection: v.connection.ID}
	u, identity, err := user.FindAccount(ctx, s.DB, v.tenant.ID, v.connection.ID, c.key)
	switch {
	case err == nil:
		c.user, c.account.Account = u, identity.Account
	case !fault.Is(err, fault.NotFound):
		return err
	}
	c.hash, _, err = credential.Get(ctx, s.DB, c.account)
	return err
}

func (s *Service) attempt(r *http.Request, v *visit, c *claim) (*shield.Attempt, error) {
	account, err := s.Account(r.Context(), v.tenant, v.connection.ID, c.key)
	if err != nil {
		return nil, err
	}
	a := &shield.Attempt{Tenant: v.tenant.ID, Account: account, IP: web.ClientIP(r), Settings: shield.Defaults()}
	a.Settings.Off = !v.connection.Settings.BruteForceProtection
	if c.user != nil {
		a.LastIP = c.user.LastIP
	}
	return a, nil
}

// Account is what the shield knows an address of a connection by.
func (s *Service) Account(ctx context.Context, t *tenant.Tenant, connection, emailKey string) (shield.Account, error) {
	key, err := s.shieldKeys.Get(t, "", func() (key []byte, err error) {
		err = s.DB.Write(ctx, func(tx *db.Tx) error {
			key, err = s.Keys.Derive(ctx, tx, keyring.Scope{Tenant: t.ID, Namespace: "shield"}, "accounts")
			return err
		})
		return key, err
	})
	if err != nil {
		return shield.Account{}, fmt.Errorf("key of the shield: %w", err)
	}
	return shield.NewAccount(key, connection, emailKey), nil
}
