package sample

import (
	"sluice/internal/buf"
	"sluice/internal/proxy"
	"sluice/internal/value"
)

// Env is what the compilation of one line needs to know of its surroundings.
type Env struct {
	Reg   *Registry
	Names *proxy.Names // where variable names are interned
	// Pending collects references to what may be declared further down; nil forbids them.
	Pending *Pending
	Proxy   *proxy.Proxy // section at hand, nil outside of one
	Pos     proxy.Pos
	// Where holds the places in which the expression will run. Data must exist in at least one of them. 0 checks nothing.
	Where Places
	// What names the use in messages of references that do not resolve, e.g. "http-request expression".
	What string
	// HTTP says that formats belong to rules of HTTP, which do not see raw bytes.
	HTTP bool
	// RawSet names the set of rules on connections and bytes at hand, for messages about its conditions.
	RawSet string
	// ACL says that messages of references name the keyword as one of an ACL, without a use.
	ACL bool
	// Condition looks up the named ACLs of the section for the acl() fetch; nil where there are none.
	Condition func(names []string) (proxy.Cond, error)
	// Maps opens the maps that converters name; nil where there are none.
	Maps Maps
	// ReadFile returns the content of a file named in the configuration; nil forbids files.
	ReadFile func(name string) ([]byte, error)
	// ReadAnswer is ReadFile for a complete HTTP answer, whose head it checks (configuration.txt 4.2, errorfile).
	ReadAnswer func(name string) ([]byte, error)
	// Keys are the keys of tokens that the configuration names; nil where none are kept.
	Keys *proxy.Keys
	// Wants is told what fetches show of handshakes of TLS; nil where nobody keeps it.
	Wants *proxy.TLSWants
	// Warn takes warnings about the line, nil drops them.
	Warn func(text string)
	// Getenv looks up an environment variable as the configuration sees it; nil when there is none.
	Getenv func(name string) (string, bool)
	// Counters is the number of stick counters (tune.stick-counters).
	Counters int
	// Experimental says that the configuration allows what is experimental.
	Experimental bool
}

// Maps opens maps (configuration.txt 7.3.1, map).
type Maps interface {
	Map(use MapUse, e *Env) (Map, error)
}

// MapUse says which map is wanted and how it will be searched.
type MapUse struct {
	Name   string     // as written
	Method string     // the matching method, as after -m
	Value  value.Type // what values are read as: Str, Sint or Addr
	Expand bool       // back-references in values are replaced
}

// Map is a map as one converter searches it. It may change at any time.
type Map interface {
	// Find returns the key and the value of the entry that v matches. They never change.
	Find(v *value.Value, a *buf.Arena) (key, text []byte, ok bool)
	// Expand returns the value of the first regular expression that v matches, with its back-references replaced.
	Expand(v *value.Value, a *buf.Arena) ([]byte, bool)
}

// Warning passes text to Warn.
func (e *Env) Warning(text string) {
	if e.Warn != nil {
		e.Warn(text)
	}
}

// Var interns the variable called text.
func (e *Env) Var(text string) (proxy.VarRef, error) { return e.Names.ParseVar(text) }

// Reference is an argument that names something declared elsewhere.
type Reference struct {
	Pos     proxy.Pos
	Resolve func(s *proxy.Snapshot) error // its error is the whole message
	Plain   bool                          // the message stands alone, without the place
	Bare    bool                          // "config :" does not go before the place, and a full stop goes behind
}

// Pending are the references of a configuration, resolved once all sections were read.
type Pending struct{ list []Reference }

// Add remembers a reference.
func (p *Pending) Add(r Reference) { p.list = append(p.list, r) }

// Unresolved is a reference that names nothing.
type Unresolved struct {
	Pos   proxy.Pos
	Text  string
	Plain bool
	Bare  bool
	Mild  bool // a warning
}

// Remark is what Resolve of a Reference returns where a warning is enough.
type Remark string

// Error returns the warning.
func (r Remark) Error() string { return string(r) }

// Error returns the message without its place.
func (u *Unresolved) Error() string { return u.Text }

// Resolve looks up all references in s, which holds every section, and returns what was not found. It forgets the
// references.
func (p *Pending) Resolve(s *proxy.Snapshot) []*Unresolved {
	var bad []*Unresolved
	for _, r := range p.list {
		if err := r.Resolve(s); err != nil {
			_, mild := err.(Remark)
			bad = append(bad, &Unresolved{Pos: r.Pos, Text: err.Error(), Plain: r.Plain, Bare: r.Bare, Mild: mild})
		}
	}
	p.list = nil
	return bad
}

// Error is what is wrong in the text of an expression, a format or a condition.
type Error struct {
	Word int // index of the word among those that were parsed
	Off  int // byte in that word where the mistake is
	Text string
}

// Error returns the message without its place.
func (e *Error) Error() string { return e.Text }
