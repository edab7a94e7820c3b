//go:build !linux

package credential

// lowerPriority does nothing: only Linux has priorities by thread that need no
// privilege.
func lowerPriority() error { return nil }
