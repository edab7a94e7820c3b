package web_test

import (
	"net/http"

	"github.com/gatehouse/gatehouse/platform/fault"
)

func plain(w http.ResponseWriter, _ *http.Request, err error) {
	w.WriteHeader(fault.KindOf(err).Status())
	_, _ = w.Write([]byte(fault.Public(err)))
}
