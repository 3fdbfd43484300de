package proxy

import (
	"sync/atomic"

	"sluice/internal/password"
	"sluice/internal/sticktable"
)

// Snapshot is one parsed configuration, immutable once published. Streams finish on the snapshot they began with.
type Snapshot struct {
	Proc       *Process // the process that runs it; set before the snapshot is published
	Global     *Global
	Proxies    []*Proxy // of the configuration, in order of declaration, without defaults sections; All has those of now
	Defaults   []*Proxy
	Rings      []*Ring
	Programs   []*Program
	Forwards   []*LogForward
	Resolvers  []*Resolvers
	Peers      []*Peers
	Userlists  []*Userlist
	HTTPErrors []*HTTPErrors
	Profiles   []*LogProfile
	Loggers    []*Logger // log targets besides those of the process and of proxies
	Rules      int       // number of rule ids given out: size of the hit counters
	// Hits are the rules' hit counters, by loop and rule id; only that loop writes its own.
	Hits [][]uint64
	Comp []CompRates // by loop

	byName map[string]*Proxy
	cast   atomic.Pointer[cast] // what is there instead, once backends came or went
}

// Front returns the proxy of that name with a frontend side, nil when there is none.
func (s *Snapshot) Front(name string) *Proxy { return s.find(name, CapFrontend) }

// Back returns the proxy of that name with a backend side, nil when there is none.
func (s *Snapshot) Back(name string) *Proxy { return s.find(name, CapBackend) }

func (s *Snapshot) find(name string, caps Caps) *Proxy {
	byName, all := s.byName, s.Proxies
	if c := s.cast.Load(); c != nil {
		byName, all = c.byName, c.proxies
	}
	if p := byName[name]; p != nil && p.Caps&caps != 0 {
		return p
	}
	for _, p := range all {
		if p.Name == name && p.Caps&caps != 0 {
			return p
		}
	}
	return nil
}

// Profile returns the log-profile section of that name, nil when there is none.
func (s *Snapshot) Profile(name string) *LogProfile {
	for _, p := range s.Profiles {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// Errors returns the http-errors section of that name, nil when there is none.
func (s *Snapshot) Errors(name string) *HTTPErrors {
	for _, e := range s.HTTPErrors {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// Table returns the stick table of that name, nil when there is none.
func (s *Snapshot) Table(name string) *sticktable.Table {
	for _, t := range s.Tables() {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Index prepares fast look-ups by name; call it once when all proxies are there.
func (s *Snapshot) Index() {
	s.byName = named(s.Proxies)
}

// named finds the first proxy of each name.
func named(all []*Proxy) map[string]*Proxy {
	m := make(map[string]*Proxy, len(all))
	for _, p := range all {
		if _, dup := m[p.Name]; !dup {
			m[p.Name] = p
		}
	}
	return m
}

// Prepare allocates what n loops write.
func (s *Snapshot) Prepare(n int) {
	s.Comp = make([]CompRates, n)
	s.Hits = make([][]uint64, n)
	for i := range s.Hits {
		s.Hits[i] = make([]uint64, s.Rules)
	}
}

// Ring is a `ring` section (configuration.txt 12.5).
type Ring struct {
	Name, Desc     string
	Format         LogHeader
	MaxLen, Size   int
	BackingFile    string
	Servers        []*Server
	ConnectTimeout int64
	ServerTimeout  int64
	Pos            Pos
}

// Userlist is a `userlist` section (12.2).
type Userlist struct {
	Name   string
	Users  map[string]*User
	Groups map[string]bool // the names of all groups
	Cache  *password.Cache // of comparisons with its passwords
	Pos    Pos
}

// User is one user of a Userlist.
type User struct {
	Name   string
	Secret *password.Secret // nil: nobody is this user
	Groups []string
	Pos    Pos
}

// HTTPErrors is an `http-errors` section (12.4).
type HTTPErrors struct {
	Name  string
	Files map[int]*ErrorFile
	Pos   Pos
}
