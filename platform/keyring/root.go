package keyring

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// fileRoot is a root whose 32 bytes lie in a file of this machine.
type fileRoot struct {
	name string
	aead cipher.AEAD
}

// OpenFileRoot reads the root key at path, and makes it when there is no such
// file. It refuses a file that anybody but its owner may read. Whoever loses
// the file loses everything that was sealed under it.
func OpenFileRoot(path string) (Root, error) {
	secret, err := readRoot(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeRoot(path); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("make the root key: %w", err)
		}
		secret, err = readRoot(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the root key: %w", err)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	// The fingerprint shows which file is meant, and nothing of what is in it.
	fingerprint, err := hkdf.Key(sha256.New, secret, nil, "gatehouse root name", 8)
	if err != nil {
		return nil, err
	}
	return &fileRoot{name: "file:" + hex.EncodeToString(fingerprint), aead: aead}, nil
}

func (r *fileRoot) Name() string { return r.name }

// Local says that the root answers from memory.
func (r *fileRoot) Local() bool { return true }

func (r *fileRoot) Wrap(_ context.Context, plaintext, additional []byte) ([]byte, error) {
	return r.aead.Seal(nil, nil, plaintext, additional), nil
}

func (r *fileRoot) Unwrap(_ context.Context, ciphertext, additional []byte) ([]byte, error) {
	secret, err := r.aead.Open(nil, nil, ciphertext, additional)
	if err != nil {
		return nil, ErrAltered
	}
	return secret, nil
}

func readRoot(path string) ([]byte, error) {
	f, err := os.Open(path) // #nosec G304 -- the operator's own path
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s must be a plain file that only its owner may read (mode 0600), and is %s", path, info.Mode())
	}
	secret, err := io.ReadAll(io.LimitReader(f, 33))
	if err != nil {
		return nil, err
	}
	if len(secret) != 32 {
		return nil, fmt.Errorf("%s must hold exactly 32 bytes", path)
	}
	return secret, nil
}

// makeRoot writes a whole file beside path and links it there, so that no crash
// leaves half a key and no two processes make two. Errors: fs.ErrExist.
func makeRoot(path string) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".root-*") // It has mode 0600.
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	_, err = f.Write(secret)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncDirectory(dir)
}

func syncDirectory(dir string) error {
	d, err := os.Open(dir) // #nosec G304 -- the operator's own path
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
