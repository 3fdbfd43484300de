package proxy

import (
	"sluice/internal/sticktable"
)

// Trackers are the stick counters of a session or of a stream (configuration.txt 4.2, track-sc0): by number, the entry
// that each of them tracks.
type Trackers []sticktable.Entry

// at returns what counter i tracks, nothing when it tracks nothing.
func (t Trackers) at(i int) sticktable.Entry {
	if uint(i) < uint(len(t)) {
		return t[i]
	}
	return sticktable.Entry{}
}

// set makes counter i of n track e.
func (t *Trackers) set(i, n int, e sticktable.Entry) {
	for len(*t) <= min(i, n-1) {
		*t = append(*t, sticktable.Entry{})
	}
	(*t)[i] = e
}

// Drop ends the tracking of all counters.
func (t *Trackers) Drop(now int64) {
	for i, e := range *t {
		if e.Table() != nil {
			e.Release(now)
			(*t)[i] = sticktable.Entry{}
		}
	}
	*t = (*t)[:0]
}

// Now returns the time of this turn of the stream's loop, in monotonic nanoseconds; where there is no loop, that of the
// process's clock.
func (s *Stream) Now() int64 {
	switch {
	case s.Task != nil:
		return s.Task.Loop().Now()
	case s.Sess != nil && s.Sess.Conn.Loop() != nil:
		return s.Sess.Conn.Loop().Now()
	case s.Snap != nil && s.Snap.Proc != nil && s.Snap.Proc.Clock != nil:
		return s.Snap.Proc.Clock()
	}
	return 0
}

// Tracked returns what stick counter i tracks: for the stream, or else for its session.
func (s *Stream) Tracked(i int) sticktable.Entry {
	if e := s.Track.at(i); e.Table() != nil {
		return e
	}
	if s.Sess != nil && s.Sess.Extra != nil {
		return s.Sess.Extra.Track.at(i)
	}
	return sticktable.Entry{}
}

// Begin makes stick counter i track a key: of the session for its whole life, or of the stream. A counter that tracks
// something already is left alone. ok is false when nothing new is tracked.
func (s *Stream) Begin(i int, t *sticktable.Table, key []byte, session bool) (e sticktable.Entry, ok bool) {
	on := &s.Track
	if session {
		on = &s.Sess.More().Track
	}
	if s.Tracked(i).Table() != nil {
		return e, false
	}
	e, ok = t.Track(key, s.Now())
	if ok {
		on.set(i, s.Snap.Global.Tune.StickCounters, e)
	}
	return e, ok
}

// Count adds n to a counter, and to the rate beside it, of everything that is tracked for the stream.
func (s *Stream) Count(cnt, rate sticktable.Field, n uint64) {
	if len(s.Track) > 0 || s.Sess.Extra != nil && len(s.Sess.Extra.Track) > 0 {
		s.countTracked(cnt, rate, n)
	}
}

func (s *Stream) countTracked(cnt, rate sticktable.Field, n uint64) {
	now := s.Now()
	for i := range s.Snap.Global.Tune.StickCounters {
		if e := s.Tracked(i); e.Table() != nil {
			e.Count(cnt, rate, n, now)
		}
	}
}

// CountBytes adds what passed to the counters of bytes of everything that is tracked for the stream.
func (s *Stream) CountBytes(in, out uint64) {
	if in|out == 0 || len(s.Track) == 0 && (s.Sess.Extra == nil || len(s.Sess.Extra.Track) == 0) {
		return
	}
	now := s.Now()
	for i := range s.Snap.Global.Tune.StickCounters {
		if e := s.Tracked(i); e.Table() != nil {
			e.Bytes(in, out, now)
		}
	}
}

// CountError counts a request that was invalid, refused, or answered with a 4xx by a server; CountFailure a response
// that was invalid or a 5xx (configuration.txt 11.1, http_err_cnt, http_fail_cnt).
func (s *Stream) CountError() { s.Count(sticktable.HTTPErrCnt, sticktable.HTTPErrRate, 1) }

// CountFailure see CountError.
func (s *Stream) CountFailure() { s.Count(sticktable.HTTPFailCnt, sticktable.HTTPFailRate, 1) }

// CountStatus counts a server's response by its status (configuration.txt 3.1, http-err-codes, http-fail-codes).
func (s *Stream) CountStatus(status int) {
	g := s.Snap.Global
	if g.HTTPErrCodes.Has(status) {
		s.CountError()
	}
	if g.HTTPFailCodes.Has(status) {
		s.CountFailure()
	}
}

// StickRule is a `stick` line (configuration.txt 4.2).
type StickRule struct {
	ID    uint32
	Pos   Pos
	Text  string
	Cond  Cond
	Expr  Expr
	Table *sticktable.Table
	// Match looks for the server of the key; Request and Response remember it, by what is in the message of that name.
	Match, Request, Response bool
}
