package attack

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gatehouse/gatehouse/app"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/notify"
	"github.com/gatehouse/gatehouse/test/house"
)

var (
	demoBy    = journal.Ref{Type: "system", ID: "test"}
	clientRef = journal.Ref{Type: "client", ID: "demo-m2m", Name: "Demo service"}
)

// trouble is a storage that cannot be written, between begin and end.
func trouble(t *testing.T, h *house.House, begin, end func()) {
	t.Helper()
	b := h.SignedIn(h.Alice())
	tokens, code := h.Exchange(h.Main(), b.Code(h.Main())), b.Code(h.Main())
	guest, newcomer := h.Browser(), h.Browser()
	login, join := guest.Get(house.Request(h.Main())), newcomer.Get(house.Request(h.Main(), "screen_hint", "signup"))
	tables := []string{"users", "identities", "passwords", "sessions", "grants", "refresh_tokens", "access_tokens", "codes", "revoked_tokens", "consents"}
	count := func() (all []int) {
		for _, table := range tables {
			all = append(all, h.Count(`SELECT count(*) FROM `+table))
		}
		return append(all, h.Count(`SELECT count(*) FROM codes WHERE redeemed_at > 0`), h.Count(`SELECT count(*) FROM refresh_tokens WHERE rotated_at > 0`))
	}
	before := count()
	for _, text := range []string{"status=503", "storage", "disk", "locked"} {
		h.Expect(text)
	}
	begin()
	var all sync.WaitGroup
	all.Go(func() { unavailable(t, "a code", h.Exchange(h.Main(), code)) })
	all.Go(func() { unavailable(t, "a refresh token", h.Refresh(h.Main(), tokens.RefreshToken)) })
	all.Go(func() { unavailable(t, "client credentials", h.Credentials()) })
	all.Go(func() {
		if a := h.Revoke(h.Main(), tokens.RefreshToken); a.Status != 503 {
			t.Errorf("a revocation answers %d %s", a.Status, a.Body)
		}
	})
	all.Go(func() { busyPage(t, "a sign-in", guest.SignIn(login, h.Alice())) })
	all.Go(func() {
		busyPage(t, "a sign-up", newcomer.Submit(join, "email", "new@demo.example", "password", "a long walk in the rain"))
	})
	all.Go(func() { busyPage(t, "a new journey", h.Browser().Get(house.Request(h.Main()))) })
	all.Wait()
	if h.Send("GET", house.Public+"/.well-known/jwks.json", nil, "").Status != 200 || h.Userinfo(tokens.AccessToken).Status != 200 {
		t.Error("what only reads does not work")
	}
	end()
	for i, n := range count() {
		if n != before[i] {
			t.Errorf("something half-written: %v before, %v after (%v)", before, count(), tables)
			break
		}
	}
	if !h.Exchange(h.Main(), code).OK() || !h.Refresh(h.Main(), tokens.RefreshToken).OK() || !h.Credentials().OK() {
		t.Error("what failed cannot be done again")
	}
	if !guest.SignIn(login, h.Alice()).Answer().Has("code") ||
		!newcomer.Submit(join, "email", "new@demo.example", "password", "a long walk in the rain").Answer().Has("code") {
		t.Error("nobody can go on where they stood")
	}
	report, err := h.App.Verify(context.Background())
	h.Must(err)
	if !report.Sound {
		t.Errorf("the journal is not sound: %s", report.Finding)
	}
}

func unavailable(t *testing.T, what string, got *house.Tokens) {
	if got.Status != 503 || got.Error != "temporarily_unavailable" || !strings.Contains(got.Description, "Nothing was changed") {
		t.Errorf("%s: %d %s", what, got.Status, got.Body)
	}
}

func busyPage(t *testing.T, what string, p *house.Page) {
	if p.Status != 503 || !strings.Contains(p.Header.Get("Content-Type"), "html") {
		t.Errorf("%s: %d %s", what, p.Status, p.Text())
	}
}

func TestTheDatabaseIsLocked(t *testing.T) {
	h := house.Open(t)
	other, err := sql.Open("sqlite", filepath.Join(h.Config.Data, "gatehouse.db"))
	h.Must(err)
	defer func() { _ = other.Close() }()
	other.SetMaxOpenConns(1)
	trouble(t, h, func() {
		_, err := other.Exec("BEGIN IMMEDIATE")
		h.Must(err)
	}, func() {
		_, err := other.Exec("ROLLBACK")
		h.Must(err)
	})
}

// TestTheDatabaseMayNotGrow fills the database while many are at it: some find
// room and some do not, in one and the same commit.
func TestTheDatabaseMayNotGrow(t *testing.T) {
	h := house.Open(t)
	h.Expect("status=503")
	h.Expect("storage is full") // A job may be due at this moment too.
	pragma := func(text string) {
		h.Write(func(ctx context.Context, tx *db.Tx) error {
			var n int
			return tx.QueryRow(ctx, text).Scan(&n)
		})
	}
	given := func() int {
		return h.Count(`SELECT count(*) FROM journal WHERE kind = 'token.client_credentials'`)
	}
	h.Credentials() // So that the application's events have their key.
	before, good := given(), 0
	pragma("PRAGMA max_page_count = 1") // The least it can be is what there is.
	for full := false; !full; {
		some, none := together(crowd, func(int) *house.Tokens { return h.Credentials() })
		for _, one := range none {
			unavailable(t, "client credentials", one)
		}
		good, full = good+len(some), len(none) == crowd || t.Failed()
	}
	if now := given() - before; now != good {
		t.Errorf("%d tokens were given and %d stand in the journal", good, now)
	}
	pragma("PRAGMA max_page_count = 1073741823")
	if !h.Credentials().OK() {
		t.Error("there is room again, and no token")
	}
	report, err := h.App.Verify(t.Context())
	h.Must(err)
	if !report.Sound {
		t.Errorf("the journal is not sound: %s", report.Finding)
	}
}

func TestTheDiskIsFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("gatehouse-test", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("NOT RUN: no file system of a few megabytes can be mounted here (%v); TestTheDatabaseMayNotGrow was", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	h := house.Open(t, func(c *app.Config) { c.Data = filepath.Join(dir, "data") })
	ballast := filepath.Join(dir, "ballast")
	trouble(t, h, func() {
		f, err := os.Create(ballast)
		h.Must(err)
		block := make([]byte, 4096)
		for err == nil {
			_, err = f.Write(block)
		}
		_ = f.Close()
		// The write-ahead log has room of its own from before; it is used up.
		for range 200 {
			if err := h.App.DB.Write(context.Background(), func(tx *db.Tx) error {
				_, err := tx.Exec(context.Background(), `INSERT INTO limit_buckets (bucket, tat) VALUES (hex(randomblob(50000)), 0)`)
				return err
			}); err != nil {
				break
			}
		}
	}, func() { h.Must(os.Remove(ballast)) })
}

func TestTheMailServerIsDown(t *testing.T) {
	h := house.Open(t, func(c *app.Config) {
		c.SMTP, c.SMTPAllowPlaintext = "smtp://127.0.0.1:1", []string{"127.0.0.1"}
	})
	h.Expect("mail")
	h.Expect("task")
	ctx := context.Background()
	h.Write(func(ctx context.Context, tx *db.Tx) error {
		return h.App.Mail.Send(ctx, tx, notify.Message{Tenant: "default", Kind: "test", To: "alice@demo.example", Subject: "Hello", Text: "Hello."})
	})
	if signUp(h, "new@demo.example").Status != 302 {
		t.Error("nobody can sign up")
	}
	for range 30 {
		h.Must(h.App.Jobs.RunDue(ctx))
		h.Forward(6 * time.Hour)
	}
	mails, err := h.App.Mail.Outbox(ctx, "default", 10)
	h.Must(err)
	if len(mails) != 1 || mails[0].State == "sent" || mails[0].Error == "" {
		t.Errorf("the mail and why it did not go are not to be seen: %+v", mails)
	}
}
