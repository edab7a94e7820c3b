package credential

import "github.com/prometheus/client_golang/prometheus"

var (
	hashesMetric  = prometheus.NewDesc("gatehouse_password_hashes_total", "Password hashes computed.", nil, nil)
	refusedMetric = prometheus.NewDesc("gatehouse_password_refused_total", "Passwords turned away because the queue was full.", nil, nil)
	waitingMetric = prometheus.NewDesc("gatehouse_password_waiting", "Passwords that wait for a thread.", nil, nil)
)

// Describe makes a Hasher a prometheus.Collector.
func (h *Hasher) Describe(to chan<- *prometheus.Desc) {
	to <- hashesMetric
	to <- refusedMetric
	to <- waitingMetric
}

// Collect makes a Hasher a prometheus.Collector.
func (h *Hasher) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.MustNewConstMetric(hashesMetric, prometheus.CounterValue, float64(h.hashes.Load()))
	to <- prometheus.MustNewConstMetric(refusedMetric, prometheus.CounterValue, float64(h.refused.Load()))
	to <- prometheus.MustNewConstMetric(waitingMetric, prometheus.GaugeValue, float64(h.queue.length()))
}
