package login

import (
	"net/http"

	"github.com/gatehouse/gatehouse/identity/client"
	"github.com/gatehouse/gatehouse/identity/connection"
	"github.com/gatehouse/gatehouse/identity/tenant"
	"github.com/gatehouse/gatehouse/platform/fault"
	"github.com/gatehouse/gatehouse/platform/web"
	"github.com/gatehouse/gatehouse/protocol/login/pages"
)

// visit is one request to a page of a journey, with all that it stands for.
type visit struct {
	tenant     *tenant.Tenant
	journey    *Journey
	client     *client.Client
	connection *connection.Connection
}

// visited finds the journey of the request before the page.
func (s *Service) visited(page func(http.ResponseWriter, *http.Request, *visit) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		j, err := s.Resume(r)
		if err != nil {
			return err
		}
		ctx := r.Context()
		v := &visit{tenant: tenant.From(ctx), journey: j}
		if v.client, err = s.Clients.Find(ctx, v.tenant, j.Client); fault.Is(err, fault.NotFound) {
			return Page(pages.UnknownClient, "", "The application has been deleted.")
		} else if err != nil {
			return err
		}
		v.connection, err = s.connections.Get(v.tenant, "", func() (*connection.Connection, error) {
			return connection.Default(ctx, s.DB, v.tenant.ID)
		})
		if err != nil {
			return err
		}
		web.RecordOf(r).Client = j.Client
		return page(w, r, v)
	}
}

func redirect(w http.ResponseWriter, r *http.Request, path string) error {
	w.Header().Set("Cache-Control", "no-store")
	// 303, so that the browser never sends the password on (RFC 9700 §4.12).
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}
