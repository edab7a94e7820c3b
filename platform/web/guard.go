package web

import "fmt"

// OnlyPublic is the guard of surfaces whose every route is open to anyone, or
// proves its caller in a protocol's own way. It knows the one permission "public".
func OnlyPublic(permission string, next Handler) (Handler, error) {
	if permission != "public" {
		return nil, fmt.Errorf("permission %q is not known", permission)
	}
	return next, nil
}
