package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// addressFile remembers where the folder's server is met, so that a command
// that works without the server means the same issuers.
const addressFile = "address.json"

// address is what the file holds.
type address struct {
	PublicURL    string `json:"public_url"`
	OperatorHost string `json:"operator_host,omitempty"`
}

// rememberAddress is done by the server, when it begins to serve.
func (a *App) rememberAddress() error {
	b, err := json.Marshal(address{a.settings.PublicURL, a.settings.Operator})
	if err != nil {
		return err
	}
	if err := os.WriteFile(a.path(addressFile), b, 0o600); err != nil {
		return fmt.Errorf("remember the public address: %w", err)
	}
	return nil
}

// asServed is the configuration with the addresses that the folder was last
// served at.
func (c Config) asServed() (Config, error) {
	b, err := os.ReadFile(filepath.Join(c.Data, addressFile)) // #nosec G304 -- the operator names the data folder
	if errors.Is(err, os.ErrNotExist) {
		return c, nil // It was never served: a demo may come first.
	}
	if err != nil {
		return c, fmt.Errorf("read the public address: %w", err)
	}
	var known address
	if err := json.Unmarshal(b, &known); err != nil {
		return c, fmt.Errorf("read the public address: %w", err)
	}
	c.PublicURL, c.Operator = known.PublicURL, known.OperatorHost
	return c, nil
}
