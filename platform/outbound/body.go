package outbound

import (
	"errors"
	"fmt"
	"io"

	"github.com/gatehouse/gatehouse/platform/fault"
)

// boundedBody errs on the first byte over the limit: a cut body that looks whole
// would be worse than none. It stands above the transport's decompression, so it
// counts what a small compressed body swells to.
type boundedBody struct {
	io.ReadCloser
	left, limit int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, tooLarge(b.limit)
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n - 1, tooLarge(b.limit)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, fault.Wrap(fault.Unavailable, "The other side did not finish its answer.", err)
	}
	return n, err
}

func tooLarge(limit int64) error {
	return fault.Wrap(fault.TooLarge, "The answer of the other side is too large.", fmt.Errorf("answer has more than %d bytes", limit))
}
