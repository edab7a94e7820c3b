package journal

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/gatehouse/gatehouse/platform/db"
	"github.com/gatehouse/gatehouse/platform/keyring"
)

// Checkpoint says that the first Size events have this root (C2SP
// tlog-checkpoint: origin, size, root, then extension lines).
type Checkpoint struct {
	Size int64
	Root tlog.Hash
	At   time.Time
}

// origin is the checkpoint's first line, and the name of the key that signs it.
const origin = "gatehouse-journal"

func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\ntime %s\n", origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]), c.At.UTC().Format(time.RFC3339))
}

func parseCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] != origin {
		return c, errors.New("this is not a checkpoint of a Gatehouse journal")
	}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 {
		return c, fmt.Errorf("checkpoint size %q", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return c, fmt.Errorf("checkpoint root %q", lines[2])
	}
	copy(c.Root[:], root)
	if at, ok := strings.CutPrefix(lines[3], "time "); ok {
		c.At, err = time.Parse(time.RFC3339, at)
	}
	return c, err
}

// signer signs checkpoints with the installation's Ed25519 key.
type signer struct {
	note.Signer
	verifier note.Verifier
}

// storedSigner is the form of the key in the installation table.
type storedSigner struct {
	Public string `json:"public"`
	Sealed []byte `json:"sealed"`
}

const signerName = "journal_signer"

func openSigner(ctx context.Context, d *db.DB, keys *keyring.Keyring) (*signer, error) {
	// Made outside the closure, used only when there is none yet.
	fresh, made, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return nil, fmt.Errorf("make the checkpoint key: %w", err)
	}
	private, public := fresh, made
	err = d.Write(ctx, func(tx *db.Tx) error {
		private, public = fresh, made
		s, err := loadSigner(ctx, tx)
		if db.NoRows(err) {
			sealed, err := keys.Seal(ctx, tx, scope(System, ""), signerField, []byte(fresh))
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `INSERT INTO installation (name, value) VALUES ($1, $2)`, signerName, db.JSON[storedSigner]{V: storedSigner{public, sealed}})
			return err
		}
		if err != nil {
			return err
		}
		opened, err := keys.Open(ctx, tx, scope(System, ""), signerField, s.Sealed)
		private, public = string(opened), s.Public
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the checkpoint key: %w", err)
	}
	s := &signer{}
	if s.Signer, err = note.NewSigner(private); err != nil {
		return nil, fmt.Errorf("open the checkpoint key: %w", err)
	}
	s.verifier, err = note.NewVerifier(public)
	return s, err
}

var signerField = keyring.Field{Table: "installation", Column: "value", Row: signerName}

func loadSigner(ctx context.Context, q db.Querier) (storedSigner, error) {
	var raw []byte
	var s storedSigner
	if err := q.QueryRow(ctx, `SELECT value FROM installation WHERE name = $1`, signerName).Scan(&raw); err != nil {
		return s, err
	}
	return s, json.Unmarshal(raw, &s)
}

func (s *signer) sign(c Checkpoint) (string, error) {
	signed, err := note.Sign(&note.Note{Text: c.text()}, s.Signer)
	return string(signed), err
}

func (s *signer) open(signed string) (Checkpoint, error) {
	n, err := note.Open([]byte(signed), note.VerifierList(s.verifier))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint signature: %w", err)
	}
	return parseCheckpoint(n.Text)
}

// publish hands the checkpoint on, at most once in publishEvery. That it could
// not be handed on undoes nothing: the events are sealed.
func (j *Journal) publish(signed string) error {
	now := j.Clock.Now()
	if j.Publish == nil || now.Sub(j.published) < publishEvery {
		return nil
	}
	if err := j.Publish(signed); err != nil {
		j.Log.Error("publish a journal checkpoint", "error", err)
		return nil
	}
	j.published = now
	return nil
}
