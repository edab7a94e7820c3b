package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"sync/atomic"
)

// A sealed value is one byte for the format, the key's id, the nonce, and the
// ciphertext with its tag.
const (
	format    = 1
	idSize    = 12
	nonceSize = 12
	tagSize   = 16
	headSize  = 1 + idSize
	overhead  = headSize + nonceSize + tagSize
)

type level uint8

const (
	levelTenant level = iota
	levelNamespace
	levelData
)

func (l level) String() string { return [...]string{"tenant", "namespace", "data"}[l] }

// name is what a key is for: its level and the part of the scope that the
// level uses.
type name struct {
	level level
	Scope
}

type keyID [idSize]byte

func (id keyID) String() string { return base64.RawURLEncoding.EncodeToString(id[:]) }

func parseID(text string) (id keyID, err error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != idSize {
		return id, ErrUnknown
	}
	return keyID(b), nil
}

// opened is a key in the clear, in memory.
type opened struct {
	id     keyID
	name   name
	secret [32]byte
	aead   cipher.AEAD

	// Nonces count up from a random start (SP 800-38D §8.2.1), so that a key
	// may seal far more values than random nonces would allow.
	start [nonceSize]byte
	used  atomic.Uint64

	newer, older *opened // the cache's order of use
}

func newOpened(id keyID, n name, secret []byte) (*opened, error) {
	if len(secret) != 32 {
		return nil, ErrAltered
	}
	o := &opened{id: id, name: n, secret: [32]byte(secret)}
	_, _ = rand.Read(o.start[:]) // It ends the program rather than fail.
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	o.aead, err = cipher.NewGCM(block)
	return o, err
}

func (o *opened) appendNonce(b []byte) []byte {
	b = append(b, o.start[:4]...)
	return binary.BigEndian.AppendUint64(b, binary.BigEndian.Uint64(o.start[4:])+o.used.Add(1))
}

func (o *opened) seal(f Field, plaintext []byte) []byte {
	out := make([]byte, 0, overhead+len(plaintext))
	out = append(out, format)
	out = append(out, o.id[:]...)
	out = o.appendNonce(out)
	buf := additional.Get().(*[]byte)
	aad := o.appendAdditional((*buf)[:0], f)
	out = o.aead.Seal(out, out[headSize:headSize+nonceSize], plaintext, aad)
	*buf = aad
	additional.Put(buf)
	return out
}

func (o *opened) open(f Field, sealed []byte) ([]byte, error) {
	buf := additional.Get().(*[]byte)
	aad := o.appendAdditional((*buf)[:0], f)
	out, err := o.aead.Open(nil, sealed[headSize:headSize+nonceSize], sealed[headSize+nonceSize:], aad)
	*buf = aad
	additional.Put(buf)
	if err != nil {
		return nil, ErrAltered
	}
	return out, nil
}

func keyOf(sealed []byte) (keyID, error) {
	if len(sealed) < overhead || sealed[0] != format {
		return keyID{}, ErrAltered
	}
	return keyID(sealed[1:headSize]), nil
}

var additional = sync.Pool{New: func() any { b := make([]byte, 0, 256); return &b }}

// appendAdditional writes each part with its length before it, so that no two
// places share an encoding.
func (o *opened) appendAdditional(b []byte, f Field) []byte {
	b = append(b, format)
	b = append(b, o.id[:]...)
	for _, part := range [...]string{o.name.Tenant, o.name.Namespace, o.name.Subject, f.Table, f.Column, f.Row} {
		b = appendPart(b, part)
	}
	return b
}

func appendPart(b []byte, part string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(part))), part...) // #nosec G115 -- far below 4 GiB
}

// wrapAdditional binds a wrapped key to its own row.
func wrapAdditional(id keyID, n name) []byte {
	b := append([]byte("gatehouse key\x00"), id[:]...)
	for _, part := range [...]string{n.level.String(), n.Tenant, n.Namespace, n.Subject} {
		b = appendPart(b, part)
	}
	return b
}

func (o *opened) wrap(child *opened) []byte {
	nonce := o.appendNonce(make([]byte, 0, nonceSize+len(child.secret)+tagSize))
	return o.aead.Seal(nonce, nonce, child.secret[:], wrapAdditional(child.id, child.name))
}

func (o *opened) unwrap(id keyID, n name, wrapped []byte) ([]byte, error) {
	if len(wrapped) < nonceSize {
		return nil, ErrAltered
	}
	secret, err := o.aead.Open(nil, wrapped[:nonceSize], wrapped[nonceSize:], wrapAdditional(id, n))
	if err != nil {
		return nil, ErrAltered
	}
	return secret, nil
}
