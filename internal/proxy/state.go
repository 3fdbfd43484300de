package proxy

import (
	"sync"
	"sync/atomic"
)

// State is the running state of a proxy or of one bind, shared by all loops: atomics for what decisions need now, and
// counters per loop for what is only reported. It outlives the snapshot that described it: a reload finds it by
// identity.
type State struct {
	Front, Back Role

	// Changes is held while the state of a server of the backend changes. Nothing on the path of a request takes it.
	Changes sync.Mutex

	// Stopped is set once the proxy has been shut down (`shutdown frontend`, soft stop).
	Stopped                     atomic.Bool
	Paused                      atomic.Bool
	MaxConn                     atomic.Int32 // frontend limit in force; 0 none, negative takes nobody
	Queue                       Queue        // streams that wait for any server of the backend
	QMax                        atomic.Int32
	LastUse                     atomic.Int64 // wall seconds of the last session, -1: never (backend)
	LastChange                  atomic.Int64
	DownSince, DownTotal, Downs atomic.Int64

	RateLimit GlobalRate // sessions per second of the frontend, counted only under a limit
	// Sessions of the frontend and of the backend and requests of the frontend, by the wall clock, counted only where an
	// expression asks for them.
	FrontSessions, BackSessions, Requests GlobalRate

	NextUID  atomic.Uint32
	LogLines atomic.Uint32 // log lines that show their number (%lc)

	Unpublished atomic.Bool // streams of other proxies do not switch to the backend
	DynCookies  atomic.Bool // servers without a cookie of their own get one from address and key
	DynKey      atomic.Pointer[string]
}

// Role is the state of a proxy in one role.
type Role struct {
	Cur    atomic.Int32 // connections (frontend) or streams (backend) now
	CurMax atomic.Int32
	Loops  []*Counters // by loop number; nil until the loop first used it. Owned by that loop.
}

// Enter counts one more and keeps the maximum; it returns the new count.
func (r *Role) Enter() int32 {
	n := r.Cur.Add(1)
	raise(&r.CurMax, n)
	return n
}

// Leave counts one less and returns the new count.
func (r *Role) Leave() int32 { return r.Cur.Add(-1) }

// On returns the counters of loop i, made at the first use. Call it on that loop only.
func (r *Role) On(i int) *Counters {
	c := r.Loops[i]
	if c == nil {
		c = &Counters{Lat: new(Latency)}
		r.Loops[i] = c
	}
	return c
}

// On returns the counters of loop i, made at the first use. Call it on that loop only.
func (s *ServerState) On(i int) *Counters {
	l := &s.Loops[i]
	if l.C == nil {
		l.C = &Counters{Lat: new(Latency)}
	}
	return l.C
}

func raise(m *atomic.Int32, n int32) {
	for {
		old := m.Load()
		if n <= old || m.CompareAndSwap(old, n) {
			return
		}
	}
}

// Raise stores n in m if it is higher.
func Raise(m *atomic.Int32, n int32) { raise(m, n) }

// NewState returns the state of a proxy or bind on n loops.
func NewState(n int) *State {
	s := &State{}
	s.Front.Loops = make([]*Counters, n)
	s.Back.Loops = make([]*Counters, n)
	s.LastUse.Store(-1)
	return s
}

// Begin takes over what the configuration says of a backend that may change later.
func (s *State) Begin(p *Proxy) {
	s.Unpublished.Store(p.Unpublished)
	s.DynCookies.Store(p.Cookie != nil && p.Cookie.Dynamic)
	s.DynKey.Store(&p.DynKey)
}

// NewServerState returns the state of a server on n loops, with the configured weight and limit.
func NewServerState(srv *Server, n int) *ServerState {
	s := &ServerState{Loops: make([]ServerLoop, n)}
	s.UserWeight.Store(int32(srv.Weight))
	s.Effective.Store(int32(srv.Weight) * WeightScale)
	s.MaxConn.Store(int32(max(srv.MaxConn, srv.MinConn))) // minconn alone is a limit as well
	s.Addr.Store(&srv.Addr)
	switch {
	case srv.NoTLS:
		s.UseTLS.Store(-1)
	case srv.TLS != nil:
		s.UseTLS.Store(1)
	}
	if srv.Cookie != "" {
		value := []byte(srv.Cookie)
		s.Cookie.Store(&value)
	}
	s.ResetHealth(srv)
	if srv.Disabled {
		s.Admin.Store(uint32(AdminConfigMaint | AdminForcedMaint))
		s.Oper.Store(uint32(OperStopped))
	}
	s.LastUse.Store(-1)
	return s
}

// ResetHealth puts the server in the state it has before its first check (configuration.txt 5.2, init-state): up, and
// with checks one failure away from being down, unless the configuration says otherwise.
func (s *ServerState) ResetHealth(srv *Server) {
	c := &srv.Check
	health, oper := c.Rise, OperRunning
	switch srv.InitState {
	case InitFullyUp:
		health = c.Rise + c.Fall - 1
	case InitDown:
		health, oper = c.Rise-1, OperStopped
	case InitFullyDown:
		health, oper = 0, OperStopped
	}
	if !c.Enabled {
		health, oper = c.Rise+c.Fall-1, OperRunning
	}
	s.Check.Health.Store(int32(max(health, 0)))
	s.Agent.Health.Store(1)
	s.Oper.Store(uint32(oper))
}

// GlobalRate is a rate shared by all loops, for limits: one atomic word holds the period's number and its count.
type GlobalRate struct {
	cur  atomic.Uint64 // second<<32 | count
	prev atomic.Uint64
}

// Add counts one event at monotonic nanosecond now and returns the estimated rate per second.
func (g *GlobalRate) Add(now int64) uint32 {
	sec := uint64(now / 1e9)
	for {
		old := g.cur.Load()
		if old>>32 == sec {
			if g.cur.CompareAndSwap(old, old+1) {
				return g.Read(now)
			}
			continue
		}
		if g.cur.CompareAndSwap(old, sec<<32|1) {
			g.prev.Store(old)
			return g.Read(now)
		}
	}
}

// Read returns the rate per second at monotonic nanosecond now.
func (g *GlobalRate) Read(now int64) uint32 {
	c, p, left := g.parts(now)
	return uint32(c + p*left/1e9)
}

// parts returns what was counted in this second and in the one before, and how much of this second is left.
func (g *GlobalRate) parts(now int64) (c, p, left uint64) {
	sec := uint64(now / 1e9)
	left = uint64(1e9 - now%1e9)
	cur, prev := g.cur.Load(), g.prev.Load()
	switch cur >> 32 {
	case sec:
		c = cur & 0xffffffff
		if prev>>32 == sec-1 {
			p = prev & 0xffffffff
		}
	case sec - 1:
		p = cur & 0xffffffff
	}
	return c, p, left
}

// Until returns how long it is, in nanoseconds, until the rate is below limit if nothing else happens; 0 when it is.
func (g *GlobalRate) Until(now int64, limit uint64) int64 {
	c, p, left := g.parts(now)
	switch {
	case c+p*left/1e9 < limit:
		return 0
	case c < limit: // the second before fades
		return int64(left - (limit-c)*1e9/p + 1)
	case c == limit:
		return int64(left + 1)
	}
	return int64(left + 1e9 - limit*1e9/c + 1) // and then this one has to
}
