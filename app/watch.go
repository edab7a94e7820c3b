package app

import (
	"context"
	"time"

	"github.com/gatehouse/gatehouse/identity/credential"
	"github.com/gatehouse/gatehouse/platform/journal"
	"github.com/gatehouse/gatehouse/platform/web"
)

// verifyEvery is how often the whole journal is verified.
const verifyEvery = 24 * time.Hour

// watch registers every district's probes.
func (a *App) watch() {
	l := web.Listener{Address: func() string { return a.ownAddress }, Hosts: a.hosts, Clock: a.clock, Plain: a.settings.public.Scheme == "http"}
	if a.localCA != nil {
		l.Roots = a.localCA.Pool()
	}
	a.Checks.Register(web.TLSProbe(l))
	a.Checks.Register(web.HSTSProbe(l))
	a.Checks.Register(credential.Probe(a.DB))
	a.Checks.Register(a.Keys.Probe(a.DB))
	a.Checks.Register(a.Jobs.Probe())
	a.Checks.Register(a.Mail.Probe(a.clock))
	a.Checks.Register(a.Journal.Probe(verifyEvery, func(ctx context.Context) (journal.Report, error) {
		report, err := a.Verify(ctx)
		if err != nil {
			return journal.Report{}, err
		}
		return *report, nil
	}))
}

// mostProbed bounds how many hosts one probe looks at.
const mostProbed = 100

func (a *App) hosts(ctx context.Context) ([]string, error) {
	tenants, err := a.Tenants.List(ctx)
	if err != nil {
		return nil, err
	}
	hosts := make([]string, 0, len(tenants))
	for _, t := range tenants[:min(len(tenants), mostProbed)] {
		hosts = append(hosts, t.Host)
	}
	return hosts, nil
}
