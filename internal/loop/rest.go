package loop

import (
	"net"
	"slices"
	"time"
)

// A connection on which all has been said can leave a socket that connects again (connect(2), AF_UNSPEC), with its options and
// its registration: that saves the system the making of a socket and its end, a tenth of what a new connection to a
// server costs.

const (
	// mostResting is how many sockets one Resting holds.
	mostResting = 128
	// restSpan is how long a socket rests at least before it is given back as not needed, in nanoseconds. None rests
	// unneeded for more than twice as long.
	restSpan = int64(5 * time.Second)
)

// Resting holds sockets of a loop that have no connection. Those of one kind may stand for one another; what kinds there
// are is for its user to say.
type Resting struct {
	l       *Loop
	sockets []restingSocket // the last one is the warmest
	coming  int             // sockets that are disconnected at the end of the turn
	least   int             // the fewest that rested since timer was armed: nobody needed so many
	timer   Timer
}

type restingSocket struct{ fd, kind int32 }

// NewResting returns a place for sockets of l to rest. It lasts as long as the loop.
func (l *Loop) NewResting() *Resting {
	r := &Resting{l: l}
	l.restings = append(l.restings, r)
	return r
}

// Rest ends a connection on which all has been said: with an end where the peer has said its own, else with a reset. Its
// socket rests in r where that has room, for Take to give away: a TCP socket whose options say what its kind says, which is
// positive. Kind 0 does not rest.
func (c *Conn) Rest(r *Resting, kind int) error {
	gone := c.PeerClosed()
	switch {
	case c.l == nil:
		return net.ErrClosed
	case kind > 0 && c.l.ep != nil && c.a == nil && c.flags&(late|owes) == 0 && !c.Failed() && len(r.sockets)+r.coming < mostResting:
		l, fd := c.l, c.fd
		c.leave()
		r.coming++
		l.end(ending{fd: fd, kind: int32(kind), rest: r, said: gone})
		return nil
	case gone:
		return c.Close()
	}
	return c.Reset()
}

// Take gives away a socket of the kind that is ready to connect. OpenAgain registers its connection.
func (r *Resting) Take(kind int) (fd int, ok bool) {
	for i := len(r.sockets) - 1; i >= 0; i-- {
		if s := r.sockets[i]; s.kind == int32(kind) {
			r.sockets = slices.Delete(r.sockets, i, i+1)
			r.least = min(r.least, len(r.sockets))
			return int(s.fd), true
		}
	}
	return -1, false
}

// add takes a socket that has been disconnected.
func (r *Resting) add(fd, kind int32) {
	if !r.timer.Armed() {
		r.least = 0
		r.l.Arm(&r.timer, r.l.now+restSpan, r)
	}
	r.sockets = append(r.sockets, restingSocket{fd, kind})
}

// Expired closes the sockets that nobody needed for a while, the coldest.
func (r *Resting) Expired(l *Loop, t *Timer) {
	r.release(r.least)
	if r.least = len(r.sockets); r.least > 0 {
		l.Arm(t, l.now+restSpan, r)
	}
}

func (r *Resting) release(n int) {
	for _, s := range r.sockets[:n] {
		closeFD(int(s.fd))
	}
	r.sockets = slices.Delete(r.sockets, 0, n)
}

// releaseResting closes all sockets that rest, and says whether there were any.
func (l *Loop) releaseResting() bool {
	n := 0
	for _, r := range l.restings {
		n += len(r.sockets)
		r.release(len(r.sockets))
		r.least = 0
	}
	return n > 0
}
