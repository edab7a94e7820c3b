package db

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// counts are what a DB counts of its writing.
type counts struct {
	writes  atomic.Uint64
	commits atomic.Uint64
}

var (
	writesMetric  = prometheus.NewDesc("gatehouse_db_writes_total", "Transactions asked for.", nil, nil)
	commitsMetric = prometheus.NewDesc("gatehouse_db_commits_total", "Commits made; on SQLite several transactions share one, and each is one fsync.", nil, nil)
)

// Describe makes a DB a prometheus.Collector.
func (d *DB) Describe(to chan<- *prometheus.Desc) {
	to <- writesMetric
	to <- commitsMetric
}

// Collect makes a DB a prometheus.Collector.
func (d *DB) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.MustNewConstMetric(writesMetric, prometheus.CounterValue, float64(d.counts.writes.Load()))
	to <- prometheus.MustNewConstMetric(commitsMetric, prometheus.CounterValue, float64(d.counts.commits.Load()))
}
