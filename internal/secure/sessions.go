package secure

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"sync"
	"time"
)

// Sessions is how long sessions with clients may be resumed, and the place where those are kept whose tickets must not
// carry them (configuration.txt 5.1, no-tls-tickets; 3.2, tune.ssl.cachesize, tune.ssl.lifetime). All bind lines share
// it. A ticket is then nothing but the number of a session that is kept here, so it opens nothing once that is gone.
type Sessions struct {
	Size     int           // how many are kept; 0: none
	Lifetime time.Duration // how long one may be resumed

	mu   sync.Mutex
	kept map[sessionID]keptSession
	ring []sessionID // in the order in which they came
	next int         // the oldest of a full ring
}

// sessionID is the number of a session, of the size that OpenSSL's have.
type sessionID [32]byte

type keptSession struct {
	owner *tls.Config
	state []byte
	until int64 // Unix time in seconds
}

// What holds unless the configuration says otherwise.
const (
	DefaultSessions        = 20000
	DefaultSessionLifetime = 300 * time.Second
)

// NewSessions returns an empty place.
func NewSessions() *Sessions {
	return &Sessions{Size: DefaultSessions, Lifetime: DefaultSessionLifetime}
}

// keep makes a ticket of a session.
func (s *Sessions) keep(owner *tls.Config, state []byte, now time.Time) []byte {
	var id sessionID
	rand.Read(id[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[sessionID]keptSession{}
	}
	if len(s.ring) < s.Size {
		s.ring = append(s.ring, id)
	} else {
		delete(s.kept, s.ring[s.next])
		s.ring[s.next] = id
		s.next = (s.next + 1) % len(s.ring)
	}
	s.kept[id] = keptSession{owner, state, now.Add(s.Lifetime).Unix()}
	return id[:]
}

// find returns the session of a ticket, nil without.
func (s *Sessions) find(owner *tls.Config, ticket []byte, now time.Time) []byte {
	if len(ticket) != len(sessionID{}) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kept[sessionID(ticket)]
	if k.owner != owner || k.until < now.Unix() {
		return nil
	}
	return k.state
}

// ageSize is the length of the time of its making that a session carries, in front of what others put there.
const ageSize = 8

// stamp notes when a session began. One that was resumed keeps the time of its first handshake.
func stamp(ss *tls.SessionState, now time.Time) {
	for _, extra := range ss.Extra {
		if len(extra) == ageSize {
			return
		}
	}
	ss.Extra = append(ss.Extra, binary.BigEndian.AppendUint64(nil, uint64(now.Unix())))
}

// fresh reports whether a session is young enough to be resumed.
func (s *Sessions) fresh(ss *tls.SessionState, now time.Time) bool {
	for _, extra := range ss.Extra {
		if len(extra) == ageSize {
			age := now.Unix() - int64(binary.BigEndian.Uint64(extra))
			return age >= 0 && age <= int64(s.Lifetime/time.Second)
		}
	}
	return false
}

// resumes lets clients who were shown g resume their sessions for as long as s says: with tickets that carry them, or with
// such that only number them. Those of other configurations are not theirs: a session ends with the certificate.
func (s *Sessions) resumes(g *tls.Config, said *Settings) {
	switch {
	case said.Tickets != Off:
		if said.TicketKeys != nil {
			said.TicketKeys.into(g)
		}
		g.WrapSession = func(cs tls.ConnectionState, ss *tls.SessionState) ([]byte, error) {
			stamp(ss, time.Now())
			return g.EncryptTicket(cs, ss)
		}
		g.UnwrapSession = func(ticket []byte, cs tls.ConnectionState) (*tls.SessionState, error) {
			ss, err := g.DecryptTicket(ticket, cs)
			if err != nil || ss == nil || !s.fresh(ss, time.Now()) {
				return nil, nil
			}
			return ss, nil
		}
	case s.Size > 0:
		g.WrapSession = func(_ tls.ConnectionState, ss *tls.SessionState) ([]byte, error) {
			b, err := ss.Bytes()
			if err != nil {
				return nil, err
			}
			return s.keep(g, b, time.Now()), nil
		}
		g.UnwrapSession = func(ticket []byte, _ tls.ConnectionState) (*tls.SessionState, error) {
			b := s.find(g, ticket, time.Now())
			if b == nil {
				return nil, nil
			}
			return tls.ParseSessionState(b)
		}
	default:
		g.SessionTicketsDisabled = true
	}
}
