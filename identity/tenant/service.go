package tenant

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/journal"
)

// Stale is how old a pure read may be before the generation is looked at again.
const Stale = time.Second

// GenerationStamp is the SQL that reads a tenant's generation beside a journal
// event (journal.Config.Stamp).
const GenerationStamp = `(SELECT generation FROM tenants WHERE id = %s)`

// Created is the event of a new tenant.
var Created = journal.Register(journal.Kind{Name: "tenant.created", Title: "Tenant created"})

// Service finds tenants by host or id and makes them.
type Service struct {
	DB      *db.DB
	Journal *journal.Journal
	Clock   clock.Clock
	Public  *url.URL // scheme and port of every issuer
	// Provision makes the tenant's encryption key, before its first row.
	Provision func(ctx context.Context, tenant string) error
	// Warm opens the tenant's encryption key before its first request.
	Warm func(ctx context.Context, tenant string) error
	// Furnish gives a new tenant what each one has: keys, connection, API.
	Furnish func(ctx context.Context, t *Tenant) error

	mu     sync.RWMutex
	byHost map[string]*known
	byID   map[string]*known
}

// known is a tenant as last read.
type known struct {
	mu     sync.Mutex
	tenant *Tenant
	read   time.Time
}

// mostKnown bounds the memory that hosts nobody serves can take.
const mostKnown = 50_000

// ByHost finds the tenant that a host name belongs to. Errors: fault.NotFound.
func (s *Service) ByHost(ctx context.Context, host string) (*Tenant, error) {
	s.mu.RLock()
	k := s.byHost[host]
	s.mu.RUnlock()
	if k != nil {
		return s.fresh(ctx, k)
	}
	t, err := findByHost(ctx, s.DB, host)
	return s.learn(ctx, t, err)
}

// Find finds a tenant by id. Errors: fault.NotFound.
func (s *Service) Find(ctx context.Context, id string) (*Tenant, error) {
	s.mu.RLock()
	k := s.byID[id]
	s.mu.RUnlock()
	if k != nil {
		return s.fresh(ctx, k)
	}
	t, err := find(ctx, s.DB, id)
	return s.learn(ctx, t, err)
}

// List reads every tenant.
func (s *Service) List(ctx context.Context) ([]*Tenant, error) {
	tenants, err := list(ctx, s.DB)
	for _, t := range tenants {
		t.Issuer = s.issuer(t.Host)
	}
	return tenants, err
}

// Reload forgets what was read of the tenant and reads it again: the answer to
// a generation that turned out to be newer.
func (s *Service) Reload(ctx context.Context, id string) (*Tenant, error) {
	s.forget(id)
	return s.Find(ctx, id)
}

func (s *Service) fresh(ctx context.Context, k *known) (*Tenant, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s.Clock.Now().Sub(k.read) < Stale {
		return k.tenant, nil
	}
	t, err := find(ctx, s.DB, k.tenant.ID)
	if db.NoRows(err) {
		s.forget(k.tenant.ID)
		return nil, fault.New(fault.NotFound, "There is no such tenant.")
	}
	if err != nil {
		return nil, fmt.Errorf("read tenant: %w", err)
	}
	k.read = s.Clock.Now()
	if t.Generation != k.tenant.Generation {
		t.Issuer = s.issuer(t.Host)
		k.tenant = t
	}
	return k.tenant, nil
}

func (s *Service) learn(ctx context.Context, t *Tenant, err error) (*Tenant, error) {
	if db.NoRows(err) {
		return nil, fault.New(fault.NotFound, "There is no such tenant.")
	}
	if err != nil {
		return nil, fmt.Errorf("read tenant: %w", err)
	}
	if err := s.Warm(ctx, t.ID); err != nil {
		return nil, fmt.Errorf("open the tenant's key: %w", err)
	}
	t.Issuer = s.issuer(t.Host)
	k := &known{tenant: t, read: s.Clock.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byHost == nil || len(s.byHost) >= mostKnown {
		s.byHost, s.byID = map[string]*known{}, map[string]*known{}
	}
	s.byHost[t.Host], s.byID[t.ID] = k, k
	return t, nil
}

func (s *Service) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.byID[id]; k != nil {
		delete(s.byHost, k.tenant.Host)
		delete(s.byID, id)
	}
}

func (s *Service) issuer(host string) string {
	if port := s.Public.Port(); port != "" {
		host = net.JoinHostPort(host, port)
	} else if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return s.Public.Scheme + "://" + host + "/"
}

// Changed is told, in the transaction, of every change of a tenant's
// configuration, and makes everybody read it anew.
func (s *Service) Changed(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE tenants SET generation = generation + 1, updated_at = $2 WHERE id = $1`, id, db.Micros(tx.Now))
	if err != nil {
		return fmt.Errorf("bump tenant generation: %w", err)
	}
	tx.AfterCommit(func() { s.forget(id) })
	return nil
}

// Ensure makes the tenant unless it is there, with everything each tenant has.
// It may be repeated after it failed half-way. Errors: fault.Invalid for the
// id, fault.Conflict when the host belongs to another tenant.
func (s *Service) Ensure(ctx context.Context, id, name, host string) (*Tenant, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	if err := s.Provision(ctx, id); err != nil {
		return nil, fmt.Errorf("make the tenant's key: %w", err)
	}
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := find(ctx, tx, id); !db.NoRows(err) {
			return err
		}
		if other, err := findByHost(ctx, tx, host); err == nil {
			return fault.Newf(fault.Conflict, "The host %s belongs to the tenant %s.", host, other.ID)
		}
		if err := insert(ctx, tx, &Tenant{ID: id, Name: name, Host: host}); err != nil {
			return err
		}
		return s.Journal.Record(ctx, tx, journal.Event{Kind: Created, Tenant: id, Object: journal.Ref{Type: "tenant", ID: id, Name: name}})
	})
	if err != nil {
		return nil, err
	}
	t, err := s.Reload(ctx, id)
	if err != nil {
		return nil, err
	}
	return t, s.Furnish(ctx, t)
}

// Rehost moves the installation's own tenants when its public address has
// changed.
func (s *Service) Rehost(ctx context.Context, id, host string) error {
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		t, err := find(ctx, tx, id)
		if err != nil || t.Host == host {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE tenants SET host = $2 WHERE id = $1`, id, host); err != nil {
			return fmt.Errorf("move tenant: %w", err)
		}
		return s.Changed(ctx, tx, id)
	})
	if db.NoRows(err) {
		return fault.New(fault.NotFound, "There is no such tenant.")
	}
	if db.Unique(err) {
		return fault.Newf(fault.Conflict, "The host %s belongs to another tenant.", host)
	}
	return err
}
