package trace

import (
	"encoding/json"
	"net/netip"
	"unicode/utf8"

	"sluice/internal/proxy"
)

// Version is the number of the JSON form. It grows when a field changes its meaning or goes, not when one is added.
const Version = 1

// AppendJSON appends the record as one line of JSON, documented in docs/explain.md.
func (r *Record) AppendJSON(b []byte) ([]byte, error) {
	out := document{Version: Version, Mode: r.Mode.String(), State: r.End, Status: r.Status, Cut: r.Cut, Steps: []step{}}
	out.Client, out.Destination = address(r.Src), address(r.Dst)
	if r.Mode == proxy.ModeHTTP {
		out.Request = &request{Method: r.Method, Target: r.Target, Version: r.Version, Headers: []header{}}
		for _, f := range r.Fields {
			out.Request.Headers = append(out.Request.Headers, header(f))
		}
	}
	if f := r.Frontend; f != nil {
		out.Frontend = place{Name: f.Name, File: f.Pos.File, Line: f.Pos.Line, Why: r.Why}
		if r.Bind != nil {
			out.Frontend.Bind = r.Bind.Addr.Text
		}
	}
	if r.Backend != nil {
		out.Backend = &r.Backend.Name
	}
	if r.Server != nil {
		name := r.Server.NameNow()
		out.Server = &name
	}
	for i := range r.Steps {
		out.Steps = append(out.Steps, r.Steps[i].document())
	}
	line, err := json.Marshal(out)
	return append(b, line...), err
}

// document is a record in JSON.
type document struct {
	Version     int      `json:"version"`
	Mode        string   `json:"mode"`
	Request     *request `json:"request,omitempty"`
	Client      string   `json:"client"`
	Destination string   `json:"destination"`
	Frontend    place    `json:"frontend"`
	Backend     *string  `json:"backend"`
	Server      *string  `json:"server"`
	Status      int      `json:"status,omitempty"`
	State       string   `json:"state"`
	Steps       []step   `json:"steps"`
	Cut         bool     `json:"cut,omitempty"`
}

type request struct {
	Method  string   `json:"method"`
	Target  string   `json:"target"`
	Version string   `json:"version"`
	Headers []header `json:"headers"`
}

type header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type place struct {
	Name string `json:"name"`
	File string `json:"file"`
	Line int    `json:"line"`
	Bind string `json:"bind,omitempty"`
	Why  string `json:"why,omitempty"`
}

// step is one step; the fields that its kind does not have are left out.
type step struct {
	Kind      string   `json:"kind"`
	Proxy     string   `json:"proxy,omitempty"`
	Set       string   `json:"set,omitempty"`
	File      string   `json:"file,omitempty"`
	Line      int      `json:"line,omitempty"`
	Text      string   `json:"text,omitempty"`
	Matched   *bool    `json:"matched,omitempty"`
	Verdict   string   `json:"verdict,omitempty"`
	Chosen    string   `json:"chosen,omitempty"`
	Terms     []term   `json:"terms,omitempty"`
	Changes   []change `json:"changes,omitempty"`
	Note      string   `json:"note,omitempty"`
	Algorithm string   `json:"algorithm,omitempty"`
	Server    string   `json:"server,omitempty"`
	Address   string   `json:"address,omitempty"`
	Why       string   `json:"why,omitempty"`
	Head      string   `json:"head,omitempty"`
	Body      string   `json:"body,omitempty"`
}

type term struct {
	ACL     string  `json:"acl,omitempty"`
	Test    string  `json:"test"`
	File    string  `json:"file"`
	Line    int     `json:"line"`
	Negated bool    `json:"negated,omitempty"`
	Type    string  `json:"type,omitempty"`
	Value   *string `json:"value"`
	Matched bool    `json:"matched"`
	Unknown bool    `json:"unknown,omitempty"`
}

type change struct {
	What   string  `json:"what"`
	Before *string `json:"before"`
	After  *string `json:"after"`
}

func (s *Step) document() step {
	out := step{Kind: s.Kind.String(), Set: s.Set, File: s.Pos.File, Line: s.Pos.Line}
	if s.Proxy != nil {
		out.Proxy = s.Proxy.Name
	}
	if s.Server != nil {
		out.Server, out.Address = s.Server.NameNow(), ServerAddress(s.Server)
	}
	switch s.Kind {
	case KindRule, KindChoice:
		out.Text, out.Matched, out.Verdict, out.Chosen = valid(s.Text), &s.Matched, s.Verdict, s.Chosen
	case KindBackend:
		out.Why = s.Text
	case KindBalance:
		out.Algorithm, out.Why = s.Chosen, s.Text
	case KindNote:
		out.Note, out.Text = s.Chosen, valid(s.Text)
	case KindSent, KindAnswer:
		out.Head, out.Body = valid(s.Text), valid(string(s.Body))
	}
	for _, t := range s.Terms {
		n := term{ACL: t.ACL, Test: t.Test, File: t.Pos.File, Line: t.Pos.Line, Negated: t.Negated, Type: t.Type,
			Matched: t.Matched, Unknown: t.Unknown}
		if t.Type != "" {
			v := valid(t.Value)
			n.Value = &v
		}
		out.Terms = append(out.Terms, n)
	}
	for _, c := range s.Changes {
		out.Changes = append(out.Changes, change{c.What, side(c.Before), side(c.After)})
	}
	return out
}

// side is one side of a change.
func side(text *string) *string {
	if text == nil {
		return nil
	}
	out := valid(*text)
	return &out
}

// valid returns text as JSON can hold it: bytes that are no UTF-8 become the characters of their numbers.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var out []rune
	for i := range len(text) {
		out = append(out, rune(text[i]))
	}
	return string(out)
}

func address(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// ServerAddress is where a server is, as far as it is known.
func ServerAddress(srv *proxy.Server) string {
	a := &srv.Addr
	if srv.State != nil {
		a = srv.State.Addr.Load()
	}
	switch {
	case a.IsUnix():
		return a.Path
	case a.IP.IsValid():
		return a.AddrPort().String()
	}
	return a.Text
}
