// Package browser walks through Gatehouse as people do: in Chromium, over HTTPS
// with the local CA, against the program itself.
//
// It needs Chromium and certutil, so its tests stand behind a build tag:
//
//	go test -tags browser ./test/browser/...
//
// The same walk takes the pictures of docs/screenshots when it is told to:
//
//	go test -count=1 -tags browser ./test/browser/... -update
package browser
