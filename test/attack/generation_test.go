package attack

import (
	"context"
	"testing"

	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/test/house"
)

// elsewhere changes the default tenant's configuration as another process
// would: nothing in this one is told. The clock stands still, so what was read
// before is kept as fresh.
func elsewhere(h *house.House, query string, args ...any) {
	h.Helper()
	h.Write(func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, query, args...); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE tenants SET generation = generation + 1 WHERE id = 'default'`)
		return err
	})
}

func TestAnAnswerIsMadeFromTheConfigurationThatHolds(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		b := h.SignedIn(h.Alice())
		if got := h.Credentials(); got.Scope != "read:demo" {
			t.Fatal(got.Body)
		}
		elsewhere(h, `UPDATE client_grants SET scopes = $1 WHERE tenant = 'default' AND client = 'demo-m2m'`, db.JSON[[]string]{V: []string{"write:demo"}})
		if got := h.Credentials(); got.Scope != "write:demo" {
			t.Errorf("the old grant is answered: %s", got.Body)
		}
		elsewhere(h, `DELETE FROM client_grants WHERE tenant = 'default' AND client = 'demo-m2m'`)
		if got := h.Credentials(); got.Error != "unauthorized_client" {
			t.Errorf("a grant that is gone: %s", got.Body)
		}
		settings := func(change func(*client.Settings)) db.JSON[client.Settings] {
			c, err := h.App.Clients.Find(context.Background(), h.Tenant("default"), "demo-main")
			h.Must(err)
			s := c.Settings
			change(&s)
			return db.JSON[client.Settings]{V: s}
		}
		tokens, code := h.Exchange(h.Main(), b.Code(h.Main())), b.Code(h.Main())
		without := settings(func(s *client.Settings) { s.GrantTypes = []string{"authorization_code"} })
		with := settings(func(*client.Settings) {})
		elsewhere(h, `UPDATE clients SET settings = $1 WHERE tenant = 'default' AND id = 'demo-main'`, without)
		if got := h.Refresh(h.Main(), tokens.RefreshToken); got.Error != "unauthorized_client" {
			t.Errorf("a grant type that was taken away: %s", got.Body)
		}
		if got := h.Exchange(h.Main(), code); !got.OK() || got.RefreshToken != "" {
			t.Errorf("a code, after refresh tokens were taken away: %s", got.Body)
		}
		elsewhere(h, `UPDATE clients SET settings = $1 WHERE tenant = 'default' AND id = 'demo-main'`, with)
		h.Tenant("default")
		if got := h.Refresh(h.Main(), tokens.RefreshToken); !got.OK() {
			t.Errorf("the refused attempt has used the token up: %s", got.Body)
		}
	})
}

func TestAnswersDuringChanges(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		api, err := h.App.APIs.Find(context.Background(), h.Tenant("default"), h.Demo.Audience)
		h.Must(err)
		for round := range 10 {
			scopes := []string{"read:demo"}
			if round%2 == 0 {
				scopes = []string{"write:demo"}
			}
			before := make(chan struct{})
			go func() {
				defer close(before)
				together(8, func(int) *house.Tokens { return h.Credentials() })
			}()
			h.Must(h.App.APIs.Grant(context.Background(), h.Tenant("default"), demoBy, clientRef, api, scopes))
			if got := h.Credentials(); got.Scope != scopes[0] {
				t.Errorf("after the change was acknowledged: %s", got.Body)
			}
			<-before
		}
	})
}
