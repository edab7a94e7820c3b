package manage

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse/gatehouse/platform/journal"
)

// A log id is 900, the time to the millisecond (17 digits) and the position in
// the journal (36 digits): as long as Auth0's, and sorted by time.
const (
	idPrefix    = "900"
	idTime      = "20060102150405.000"
	idDigits    = 17
	idPositions = 36
)

func logID(e *journal.Entry) string {
	at := strings.Replace(e.At.UTC().Format(idTime), ".", "", 1)
	return fmt.Sprintf("%s%s%0*d", idPrefix, at, idPositions, e.Position)
}

// parseLogID reads the position and the time, whose sub-milliseconds are lost.
func parseLogID(id string) (position int64, at time.Time, ok bool) {
	digits, found := strings.CutPrefix(id, idPrefix)
	if !found || len(digits) != idDigits+idPositions || strings.Trim(digits, "0123456789") != "" {
		return 0, time.Time{}, false
	}
	position, err := strconv.ParseInt(digits[idDigits:], 10, 64)
	if err != nil {
		return 0, time.Time{}, false
	}
	at, err = time.Parse(idTime, digits[:14]+"."+digits[14:idDigits])
	return position, at, err == nil
}
