package directive

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"syscall"

	"sluice/internal/config"
	"sluice/internal/filter/spoe"
	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/wire/spop"
)

// parseSPOE reads a `filter spoe` line and the file that it names (configuration.txt 9.3).
func parseSPOE(b *Builder, l *config.Line) proxy.Filter {
	var engine, file config.Word
	for i := 1; i < len(l.Args); i += 2 {
		var into *config.Word
		switch w := l.Arg(i); w.Value {
		case "engine":
			into = &engine
		case "config":
			into = &file
		default:
			l.Errorf(w, "'filter' : unknown keyword '%s'", w.Value)
			return nil
		}
		if *into = l.Arg(i + 1); into.Value == "" {
			l.Errorf(l.Arg(i), "'filter' : 'spoe' : '%s' option without value", l.Arg(i).Value)
			return nil
		}
	}
	if file.Value == "" {
		l.Errorf(l.End(), "'filter' : 'spoe' : missing config file")
		return nil
	}
	name := b.path(l.Pos.File, file.Value)
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, syscall.EISDIR) {
		l.Report().Errorf(l.At(file), "config : stat() failed for configuration file %s : %s", name, reason(err))
		l.Errorf(file, "'filter' : error encountered while processing 'spoe'")
		return nil
	}
	return b.engine(l, engine.Value, name, text)
}

// engine reads the text of a file of SPOE as far as it is about one engine, and joins what it says.
func (b *Builder) engine(l *config.Line, name, file string, text []byte) proxy.Filter {
	r := &engineReader{b: b, at: l, engine: name, acls: pattern.NewScope(b.lists)}
	report := &config.Report{}
	config.Walk(config.Scan(file, text), config.Settings{Env: b.Env, Report: report}, r.line)
	for _, d := range report.Diagnostics() {
		l.Report().Add(d)
	}
	if report.Fatal() {
		l.Errorf(l.Arg(0), "'filter' : Error(s) found in configuration file %s", file)
		return nil
	}
	if r.agent == nil {
		l.Errorf(l.Arg(0), "'filter' : No SPOE agent found in file %s", file)
		return nil
	}
	if r.agent.backend == "" {
		l.Errorf(l.Arg(0), "'filter' : No backend declared for SPOE agent '%s' declared at %v", r.agent.Name, r.agent.Pos)
		return nil
	}
	f := &spoe.Filter{ID: name, Agent: &r.agent.Agent}
	if name == "" {
		f.ID = r.agent.Name
	}
	if text := r.join(f); text != "" {
		l.Errorf(l.Arg(0), "'filter' : %s", text)
		return nil
	}
	b.awaitBackend(l, f, r.agent)
	return f
}

// awaitBackend has the backend of an agent found when all sections are read, and its variables when all names are.
func (b *Builder) awaitBackend(l *config.Line, f *spoe.Filter, a *agentDraft) {
	px := b.at.Proxy
	b.agents = append(b.agents, a)
	b.pending.Add(sample.Reference{Pos: place(l), Plain: true, Resolve: func(s *proxy.Snapshot) error {
		a.Learn(b.lang.Names)
		for _, other := range px.Rules.Filters.Declared {
			if o, ok := other.(*spoe.Filter); ok && o != f && o.ID == f.ID {
				return fmt.Errorf("Proxy %s : duplicated name for SPOE engine '%s'.", px.Name, f.ID)
			}
		}
		back := s.Back(a.backend)
		switch {
		case back == nil:
			return fmt.Errorf("Proxy %s : unknown backend '%s' used by SPOE agent '%s' declared at %v.", px.Name, a.backend, a.Name, a.Pos)
		case back.Mode != proxy.ModeSPOP && back.Mode != proxy.ModeTCP:
			return fmt.Errorf("Proxy %s : backend '%s' used by SPOE agent '%s' declared at %v must use SPOP mode.", px.Name, a.backend, a.Name, a.Pos)
		}
		a.Backend = back
		return nil
	}})
}

// engineReader reads the part of a file of SPOE that is about one engine.
type engineReader struct {
	b        *Builder
	at       *config.Line // the filter line
	engine   string
	scope    string // that the lines are in, "" before the first
	broken   bool   // the scope has no name
	agent    *agentDraft
	messages []*messageDraft
	groups   []*groupDraft
	section  func(*config.Line) // takes the lines of the section at hand, nil before the first
	acls     *pattern.Scope     // of the message at hand
}

// line takes one line.
func (r *engineReader) line(l *config.Line) {
	if name, is := l.Scope(); is {
		r.scope, r.broken, r.section = name, name == "", nil
		return
	}
	if open := r.opener(l); open != nil {
		r.section = func(*config.Line) {} // of other engines
		if r.scope == r.engine && !r.broken {
			open(l)
		}
		return
	}
	if r.section == nil {
		l.Tightf(l.Name(), "unknown keyword '%s' out of section.", l.Words[0].Value)
		return
	}
	r.section(l)
}

func (r *engineReader) opener(l *config.Line) func(*config.Line) {
	if l.Form == config.Plain {
		switch l.Words[0].Value {
		case "spoe-agent":
			return r.openAgent
		case "spoe-message":
			return r.openMessage
		case "spoe-group":
			return r.openGroup
		}
	}
	return nil
}

// title reads the name behind the word that opens a section.
func (r *engineReader) title(l *config.Line) (name string, ok bool) {
	what := l.Words[0].Value
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "missing name for %s section.", what)
		return "", false
	}
	if len(l.Args) > 1 {
		l.Errorf(l.Arg(1), "'%s' cannot handle unexpected argument '%s'.", what, l.Arg(1).Value)
		return "", false
	}
	name = l.Arg(0).Value
	if c := permitted(name); c != 0 {
		l.Errorf(l.Arg(0), "character '%c' is not permitted in '%s' name '%s'.", c, what, name)
		return "", false
	}
	return name, true
}

// groupDraft is a group with the names of its messages.
type groupDraft struct {
	spoe.Group
	pos   proxy.Pos
	names []string
}

func (r *engineReader) openGroup(l *config.Line) {
	name, ok := r.title(l)
	if !ok {
		return
	}
	for _, g := range r.groups {
		if g.Name == name {
			l.Tightf(l.Arg(0), "spoe-group section '%s' has the same name as another one declared at %v.", name, g.pos)
			return
		}
	}
	g := &groupDraft{Group: spoe.Group{Name: name}, pos: place(l)}
	r.groups = append(r.groups, g)
	r.section = func(l *config.Line) {
		switch {
		case refused(l):
		case l.Words[0].Value == "messages":
			nameList(l, "spoe-message", &g.names)
		default:
			l.Errorf(l.Name(), "unknown keyword '%s' in spoe-group section.", l.Words[0].Value)
		}
	}
}

// nameList adds the arguments of a line to a list without duplicates.
func nameList(l *config.Line, what string, list *[]string) {
	for _, w := range l.Args {
		for _, old := range *list {
			if old == w.Value {
				l.Tightf(w, "%s '%s' already used.", what, w.Value)
				return
			}
		}
		*list = append(*list, w.Value)
	}
}

// refused reports a "no" or "default" before a keyword of SPOE that takes none.
func refused(l *config.Line) bool {
	if l.Form == config.Plain {
		return false
	}
	l.Tightf(l.Name(), "negation/default currently supported only for options, log, busy-polling, set-dumpable, "+
		"strict-limits, insecure-fork-wanted and numa-cpu-mapping.")
	return true
}

// uuid returns a random identifier (RFC 9562 5.4), by which agents tell engines apart.
func uuid() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// frameRoom is the largest frame that a buffer holds with its length.
func (b *Builder) frameRoom() int { return b.global.Tune.BufSize - spop.LengthSize }
