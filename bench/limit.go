package main

import (
	"bufio"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// roleVariable makes this program the limit in place of the load.
const roleVariable = "GATEHOUSE_BENCH_LIMIT"

// limitConfig is what the limit must do the same as the product.
type limitConfig struct {
	Payload   []byte            // of the token
	Answer    string            // the token response, with %s for the token
	Documents map[string][]byte // by path
	Cost      int               // of the password hash
}

// limit is the running limit.
type limit struct {
	*process
	address string
}

// openLimit starts the limit as a process of its own.
func openLimit(ctx context.Context, c limitConfig) (*limit, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	l := &limit{process: command(ctx, self)}
	l.cmd.Env = append(os.Environ(), roleVariable+"=1")
	l.cmd.Stdin = strings.NewReader(string(config))
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := l.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the limit did not start: %w: %s", err, l.stderr.String())
	}
	l.address = strings.TrimSpace(line)
	return l, nil
}

// serveLimit is the limit's main: handlers that do the one thing and no more.
func serveLimit() error {
	var c limitConfig
	if err := json.NewDecoder(os.Stdin).Decode(&c); err != nil {
		return err
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	hash, err := bcrypt.GenerateFromPassword([]byte("password"), c.Cost)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /es256", func(w http.ResponseWriter, _ *http.Request) { c.sign(w, "ES256", ec) })
	mux.HandleFunc("POST /rs256", func(w http.ResponseWriter, _ *http.Request) { c.sign(w, "RS256", rsaKey) })
	mux.HandleFunc("GET /hash", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, fmt.Append(nil, bcrypt.CompareHashAndPassword(hash, []byte("password")) == nil))
	})
	for path, body := range c.Documents {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { answer(w, body) })
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return (&http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}).Serve(l)
}

func answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// sign makes the token that the product makes: same header, same claims.
func (c *limitConfig) sign(w http.ResponseWriter, algorithm string, key crypto.Signer) {
	kid := strings.Repeat("k", 43)
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"` + algorithm + `","typ":"at+jwt","kid":"` + kid + `"}`))
	message := header + "." + base64.RawURLEncoding.EncodeToString(c.Payload)
	digest := sha256.Sum256([]byte(message))
	var signature []byte
	var err error
	switch private := key.(type) {
	case *rsa.PrivateKey:
		signature, err = rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest[:])
	case *ecdsa.PrivateKey:
		r, s, failed := ecdsa.Sign(rand.Reader, private, digest[:])
		signature, err = make([]byte, 64), failed
		if err == nil {
			r.FillBytes(signature[:32])
			s.FillBytes(signature[32:])
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, fmt.Appendf(nil, c.Answer, message+"."+base64.RawURLEncoding.EncodeToString(signature)))
}
