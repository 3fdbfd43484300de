package proxy

// Cause is the first character of the termination state in logs: who or what ended the stream (configuration.txt 8.5).
type Cause byte

// The causes.
const (
	CauseNone     Cause = 0   // normal: '-'
	CauseClient   Cause = 'C' // aborted by the client
	CauseServer   Cause = 'S' // aborted or refused by the server
	CauseProxy    Cause = 'P' // aborted by the proxy: a limit, a rule, an error
	CauseLocal    Cause = 'L' // answered by the proxy itself
	CauseResource Cause = 'R' // a resource was exhausted
	CauseInternal Cause = 'I'
	CauseDown     Cause = 'D' // killed because the server went down
	CauseUp       Cause = 'U' // killed because an active server came back
	CauseKilled   Cause = 'K' // killed by an operator
	CauseCliTO    Cause = 'c' // the client's timeout
	CauseSrvTO    Cause = 's' // the server's timeout
)

// Phase is the second character: what the stream was doing.
type Phase byte

// The phases.
const (
	PhaseNone    Phase = 0
	PhaseRequest Phase = 'R'
	PhaseQueue   Phase = 'Q'
	PhaseConnect Phase = 'C'
	PhaseHeaders Phase = 'H'
	PhaseData    Phase = 'D'
	PhaseLast    Phase = 'L'
	PhaseTarpit  Phase = 'T'
)

// Termination is why and where a stream ended. The first reason stays.
type Termination struct {
	Cause Cause
	Phase Phase
	// CookieIn and CookieOut are the third and fourth characters, '-' or 0 for nothing.
	CookieIn, CookieOut byte
}

// Set records the reason unless there is one already.
func (t *Termination) Set(c Cause, p Phase) {
	if t.Cause == CauseNone {
		t.Cause, t.Phase = c, p
	}
}

// Ended reports whether a reason was recorded.
func (t *Termination) Ended() bool { return t.Cause != CauseNone }

// Append appends the two characters of %ts, or with cookies the four of %tsc.
func (t *Termination) Append(dst []byte, cookies bool) []byte {
	dst = append(dst, dash(byte(t.Cause)), dash(byte(t.Phase)))
	if cookies {
		dst = append(dst, dash(t.CookieIn), dash(t.CookieOut))
	}
	return dst
}

func dash(b byte) byte {
	if b == 0 {
		return '-'
	}
	return b
}
