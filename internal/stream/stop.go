package stream

import (
	"math"
	"time"

	"sluice/internal/proxy"
)

// SoftStop begins a soft stop on this loop: clients that are between requests are let go, soon or spread over
// close-spread-time, and answers say that their connection ends (configuration.txt 3.1, close-spread-time; 4.2, option
// idle-close-on-response). On the home's loop.
func (h *Home) SoftStop() {
	h.stopFrom = h.loop.Now()
	for x := h.sessions.next; x != &h.sessions; {
		after := x.next
		if x.work == nil && x.relay == nil && x.Requests > 0 {
			x.leave()
		}
		x = after
	}
}

// lastWord is how long a client that is between requests may still send one, when a stop begins. One that asks again and
// again has its next request on the way: it is answered with the word that the connection ends, where a close would be an
// error to the client.
const lastWord = int64(time.Second)

// leave arms the timer of an idle client of a process that stops for the moment when it is to be closed.
func (x *session) leave() {
	h := x.home
	at := h.leavesAt(x)
	if h.snap.Global.CloseSpreadTime == 0 {
		at = h.loop.Now() + lastWord
	}
	switch {
	case x.Front.Options.Has(proxy.OptIdleCloseOnResponse):
	case at < math.MaxInt64 && (!x.Timer.Armed() || at < x.Timer.Deadline()):
		h.loop.Arm(&x.Timer, at, x)
	}
}

// leavesAt is when the client's connection is to end because the process stops, in the loop's nanoseconds.
func (h *Home) leavesAt(x *session) int64 {
	spread := h.snap.Global.CloseSpreadTime
	if h.stopFrom == 0 || spread < 0 {
		return math.MaxInt64
	}
	if spread == 0 {
		return h.stopFrom
	}
	const golden = 0x9e3779b97f4a7c15 // spreads neighbours far apart
	return h.stopFrom + int64(x.ID*golden%uint64(spread))
}

// leaving reports whether the client is to be told that its connection ends with the answer at hand.
func (x *session) leaving() bool {
	return x.home.stopFrom > 0 && x.home.leavesAt(x) <= x.home.loop.Now()
}
