package web

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse/gatehouse/platform/clock"
)

// CertFiles is a certificate and key in files that somebody else renews. A new
// pair is taken up without a restart; a broken one is logged and the old one
// stays in use.
type CertFiles struct {
	certFile, keyFile string
	clock             clock.Clock
	log               *slog.Logger
	current           atomic.Pointer[tls.Certificate]
	checked           atomic.Int64 // Unix seconds of the last look
	reloading         sync.Mutex
	loaded, refused   [2]fileStamp // of the pair in use, and of the last broken one
}

type fileStamp struct {
	modified time.Time
	size     int64
}

// OpenCertFiles loads the PEM pair; the first one must be sound.
func OpenCertFiles(certFile, keyFile string, clk clock.Clock, log *slog.Logger) (*CertFiles, error) {
	f := &CertFiles{certFile: certFile, keyFile: keyFile, clock: clk, log: log}
	stamps, err := f.stamps()
	if err != nil {
		return nil, fmt.Errorf("certificate files: %w", err)
	}
	if err := f.load(stamps); err != nil {
		return nil, err
	}
	f.checked.Store(clk.Now().Unix())
	return f, nil
}

// GetCertificate is for tls.Config. It looks at the files at most once a second.
func (f *CertFiles) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	now, last := f.clock.Now().Unix(), f.checked.Load()
	if now != last && f.checked.CompareAndSwap(last, now) {
		f.reload()
	}
	return f.current.Load(), nil
}

func (f *CertFiles) reload() {
	f.reloading.Lock()
	defer f.reloading.Unlock()
	stamps, err := f.stamps()
	if err == nil && stamps == f.loaded {
		return
	}
	if err == nil {
		err = f.load(stamps)
	}
	if err == nil {
		f.log.Info("certificate files reloaded", "certificate", f.certFile, "expires", f.current.Load().Leaf.NotAfter)
		return
	}
	// A pair that is being written is broken for a moment and looked at again in
	// a second; the same broken pair is worth one line only.
	if stamps != f.refused {
		f.refused = stamps
		f.log.Error("certificate files are broken, the old pair stays in use", "error", err)
	}
}

func (f *CertFiles) load(stamps [2]fileStamp) error {
	pair, err := tls.LoadX509KeyPair(f.certFile, f.keyFile)
	if err != nil {
		return fmt.Errorf("certificate files: %w", err)
	}
	f.current.Store(&pair)
	f.loaded, f.refused = stamps, [2]fileStamp{}
	return nil
}

// stamps are read before the files, so that a change in between is seen later.
func (f *CertFiles) stamps() (stamps [2]fileStamp, err error) {
	for i, name := range [...]string{f.certFile, f.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return [2]fileStamp{}, err
		}
		stamps[i] = fileStamp{info.ModTime(), info.Size()}
	}
	return stamps, nil
}
