package user

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
)

// New is what a user of a database connection is made of. Email is checked by
// Create; what else is empty gets its default.
type New struct {
	Tenant        string
	Connection    string // the connection's id
	Provider      string // the connection's strategy
	Email         string
	EmailVerified bool
	Name          string // default: the address
	Nickname      string // default: the address up to the @
	GivenName     string
	FamilyName    string
	Picture       string // default: none; one made from the address would give it away
	UserMetadata  map[string]any
	AppMetadata   map[string]any
}

// Create makes a user and its first account. The caller records the event:
// signing up and being made by an administrator are different acts.
// Errors: fault.Invalid, and fault.Conflict with code user_exists when the
// connection has an account with this address.
func Create(ctx context.Context, tx *db.Tx, n New) (*User, error) {
	display, key, err := Address(n.Email)
	if err != nil {
		return nil, err
	}
	if err := checkProfile(&n); err != nil {
		return nil, err
	}
	if _, err := accountID(ctx, tx, n.Tenant, n.Connection, key); !fault.Is(err, fault.NotFound) {
		if err == nil {
			err = exists(nil)
		}
		return nil, err
	}
	account := newAccount()
	u := &User{
		Tenant: n.Tenant, ID: n.Provider + "|" + account, Email: display, EmailVerified: n.EmailVerified,
		Name: n.Name, GivenName: n.GivenName, FamilyName: n.FamilyName, Nickname: n.Nickname, Picture: n.Picture,
		UserMetadata: n.UserMetadata, AppMetadata: n.AppMetadata, Created: tx.Now, Updated: tx.Now,
	}
	if u.Name == "" {
		u.Name = display
	}
	if u.Nickname == "" {
		u.Nickname, _, _ = strings.Cut(display, "@")
	}
	if err := insert(ctx, tx, u, key); err != nil {
		return nil, err
	}
	return u, Link(ctx, tx, Identity{
		Tenant: n.Tenant, Connection: n.Connection, Account: account, Provider: n.Provider, UserID: u.ID, EmailKey: key,
	})
}

func exists(cause error) error {
	return fault.Wrap(fault.Conflict, "The user already exists.", cause).WithCode("user_exists")
}

// newAccount is 24 hexadecimal digits: 96 random bits.
func newAccount() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // It does not fail (crypto/rand).
	return hex.EncodeToString(b[:])
}

func insert(ctx context.Context, tx *db.Tx, u *User, key string) error {
	_, err := tx.Exec(ctx, `INSERT INTO users (tenant, id, email, email_key, email_verified, name, given_name, family_name, nickname,
			picture, user_metadata, app_metadata, blocked, logins_count, last_login, last_ip, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, '', $14, $14)`,
		u.Tenant, u.ID, u.Email, key, u.EmailVerified, u.Name, u.GivenName, u.FamilyName, u.Nickname,
		u.Picture, metadata(u.UserMetadata), metadata(u.AppMetadata), u.Blocked, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("create user: %w", err)
	}
	return nil
}

// metadata is stored as an object even when there is none.
func metadata(m map[string]any) db.JSON[map[string]any] {
	if m == nil {
		m = map[string]any{}
	}
	return db.JSON[map[string]any]{V: m}
}

const columns = `users.tenant, users.id, users.email, users.email_verified, users.name, users.given_name, users.family_name,
	users.nickname, users.picture, users.user_metadata, users.app_metadata, users.blocked, users.logins_count, users.last_login,
	users.last_ip, users.created_at, users.updated_at`

// scan reads columns, and what follows them into more.
func scan(row interface{ Scan(...any) error }, more ...any) (*User, error) {
	var u User
	var own, app db.JSON[map[string]any]
	var login, created, updated int64
	err := row.Scan(append([]any{
		&u.Tenant, &u.ID, &u.Email, &u.EmailVerified, &u.Name, &u.GivenName, &u.FamilyName,
		&u.Nickname, &u.Picture, &own, &app, &u.Blocked, &u.LoginsCount, &login,
		&u.LastIP, &created, &updated,
	}, more...)...)
	if err != nil {
		return nil, err
	}
	u.UserMetadata, u.AppMetadata = own.V, app.V
	u.LastLogin, u.Created, u.Updated = db.Time(login), db.Time(created), db.Time(updated)
	return &u, nil
}

// Find finds a user by its id. Errors: fault.NotFound.
func Find(ctx context.Context, q db.Querier, tenant, id string) (*User, error) {
	u, err := scan(q.QueryRow(ctx, `SELECT `+columns+` FROM users WHERE tenant = $1 AND id = $2`, tenant, id))
	return u, found(err)
}

func found(err error) error {
	if db.NoRows(err) {
		return fault.New(fault.NotFound, "The user does not exist.").WithCode("inexistent_user")
	}
	if err != nil {
		return fmt.Errorf("find user: %w", err)
	}
	return nil
}

// SignedIn counts a sign-in and remembers when and from where.
// Errors: fault.NotFound.
func SignedIn(ctx context.Context, tx *db.Tx, tenant, id, ip string) error {
	n, err := tx.Exec(ctx, `UPDATE users SET logins_count = logins_count + 1, last_login = $3, last_ip = $4 WHERE tenant = $1 AND id = $2`,
		tenant, id, db.Micros(tx.Now), ip)
	return changed(n, err)
}

// SetEmailVerified says whether the address is known to be the user's.
// Errors: fault.NotFound.
func SetEmailVerified(ctx context.Context, tx *db.Tx, tenant, id string, verified bool) error {
	n, err := tx.Exec(ctx, `UPDATE users SET email_verified = $3, updated_at = $4 WHERE tenant = $1 AND id = $2`,
		tenant, id, verified, db.Micros(tx.Now))
	return changed(n, err)
}

func setBlocked(ctx context.Context, tx *db.Tx, u *User, blocked bool) error {
	n, err := tx.Exec(ctx, `UPDATE users SET blocked = $3, updated_at = $4 WHERE tenant = $1 AND id = $2`,
		u.Tenant, u.ID, blocked, db.Micros(tx.Now))
	return changed(n, err)
}

func remove(ctx context.Context, tx *db.Tx, u *User) error {
	n, err := tx.Exec(ctx, `DELETE FROM users WHERE tenant = $1 AND id = $2`, u.Tenant, u.ID)
	return changed(n, err)
}

func changed(rows int64, err error) error {
	if err != nil {
		return fmt.Errorf("change user: %w", err)
	}
	if rows == 0 {
		return fault.New(fault.NotFound, "The user does not exist.").WithCode("inexistent_user")
	}
	return nil
}
