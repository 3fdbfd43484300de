package directive

import (
	"fmt"
	"strings"

	"sluice/internal/config"
	"sluice/internal/filter/spoe"
	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// messageDraft is a message with what is only known when the section has ended.
type messageDraft struct {
	spoe.Message
	pos      proxy.Pos
	event    proxy.Step
	hasEvent bool
	group    *groupDraft // that it belongs to
}

// maxArgs is how many arguments the byte of their number can tell.
const maxArgs = 255

func (r *engineReader) openMessage(l *config.Line) {
	name, ok := r.title(l)
	if !ok {
		return
	}
	for _, m := range r.messages {
		if m.Name == name {
			l.Tightf(l.Arg(0), "spoe-message section '%s' has the same name as another one declared at %v.", name, m.pos)
			return
		}
	}
	m := &messageDraft{Message: spoe.Message{Name: name}, pos: place(l)}
	r.messages = append(r.messages, m)
	r.acls = pattern.NewScope(r.b.lists)
	r.section = func(l *config.Line) {
		if refused(l) {
			return
		}
		switch l.Words[0].Value {
		case "acl":
			r.messageACL(l)
		case "args":
			r.messageArgs(l, m)
		case "event":
			r.messageEvent(l, m)
		default:
			l.Warnf(l.Name(), "unknown keyword '%s' in spoe-message section: the line has no effect, as with HAProxy.", l.Words[0].Value)
		}
	}
}

// env is how expressions of a message are compiled: with the ACLs of that message alone.
func (r *engineReader) env(l *config.Line, what string) *sample.Env {
	e := r.b.sampleEnv(r.b.at, l.Report(), place(l), 0, what)
	acls := r.acls
	e.Condition = func(names []string) (proxy.Cond, error) { return acls.Named(names, e) }
	return e
}

func (r *engineReader) messageACL(l *config.Line) {
	if err := r.acls.Define(config.Values(l.Args), r.env(l, "ACL expression")); err != nil {
		l.Errorf(at(l, l.Args, err), "%v.", err)
	}
}

func (r *engineReader) messageArgs(l *config.Line, m *messageDraft) {
	for _, w := range l.Args {
		name, text := "", w.Value
		if before, after, found := strings.Cut(text, "="); found {
			name, text = before, after
		}
		e, _, err := sample.ParseExpr([]string{text}, r.env(l, "args"))
		switch {
		case err != nil:
			l.Errorf(w, "'args': %v.", err)
			return
		case len(m.Args) == maxArgs:
			l.Errorf(w, "'args': a message has at most %d arguments.", maxArgs)
			return
		}
		m.Args = append(m.Args, spoe.Arg{Name: name, Expr: e})
	}
}

func (r *engineReader) messageEvent(l *config.Line, m *messageDraft) {
	w := l.Arg(0)
	if w.Value == "" {
		l.Errorf(w, "missing event name.")
		return
	}
	m.hasEvent = false
	for at := range proxy.NSteps {
		if at.String() == w.Value {
			m.event, m.hasEvent = at, true
		}
	}
	if !m.hasEvent {
		l.Errorf(w, "unknown event '%s'.", w.Value)
		return
	}
	m.Cond = nil
	if len(l.Args) == 1 {
		return
	}
	if c := l.Arg(1).Value; c != "if" && c != "unless" {
		l.Tightf(l.Arg(1), "'event %s' expects either 'if' or 'unless' followed by a condition but found '%s'.", w.Value, c)
		return
	}
	cond, err := r.acls.ParseCond(config.Values(l.Args[2:]), l.Arg(1).Value == "unless", r.env(l, "condition"))
	if err != nil {
		l.Errorf(at(l, l.Args[2:], err), "error detected while parsing an 'event %s' condition : %v.", w.Value, err)
		return
	}
	m.Cond = cond
}

// join puts the parts of an engine together. The text says what does not fit.
func (r *engineReader) join(f *spoe.Filter) string {
	a := r.agent
	if a.Prefix == "" {
		a.Prefix = a.Name
	}
	for _, name := range a.registered {
		if _, err := r.b.lang.Names.ParseVar("txn." + a.Prefix + "." + name); err != nil {
			return fmt.Sprintf("SPOE agent '%s': failed to register variable %s.%s (%v)", a.Name, a.Prefix, name, err)
		}
	}
	for _, v := range [...]struct {
		name string
		into **proxy.VarRef
	}{{a.onError, &a.OnError}, {a.took, &a.ProcessTime}, {a.full, &a.TotalTime}} {
		ref, err := r.refer(v.name)
		if err != nil {
			return fmt.Sprintf("SPOE agent '%s': failed to register variable %s.%s (%v)", a.Name, a.Prefix, v.name, err)
		}
		*v.into = ref
	}
	for _, name := range a.names {
		m := r.message(name)
		if m == nil {
			return fmt.Sprintf("SPOE agent '%s' try to use undefined SPOE message '%s' at %v", a.Name, name, a.Pos)
		}
		if text := r.attach(f, m); text != "" {
			return text
		}
	}
	if text := r.joinGroups(f); text != "" {
		return text
	}
	r.careless(len(f.Groups) == 0 && len(a.names) == 0)
	return ""
}

// careless warns about what a working agent lacks.
func (r *engineReader) careless(idle bool) {
	a, px := r.agent, r.b.at
	if a.Processing == 0 {
		r.at.Report().Warnf(a.Pos, "config : Proxy '%s': missing 'processing' timeout for SPOE agent '%s' declare at %v.\n"+
			"   | While not properly invalid, you will certainly encounter various problems\n"+
			"   | with such a configuration. To fix this, please ensure it is set to a non-zero value.", px.Name, a.Name, a.Pos)
	}
	if idle {
		r.at.Report().Warnf(a.Pos, "config : Proxy '%s': No message/group used by SPOE agent '%s' declared at %v.", px.Name, a.Name, a.Pos)
	}
}

func (r *engineReader) joinGroups(f *spoe.Filter) string {
	for _, name := range r.agent.groups {
		var g *groupDraft
		for _, x := range r.groups {
			if x.Name == name {
				g = x
			}
		}
		if g == nil {
			return fmt.Sprintf("SPOE agent '%s' try to use undefined SPOE group '%s' at %v", r.agent.Name, name, r.agent.Pos)
		}
		for _, name := range g.names {
			m := r.message(name)
			if m == nil {
				return fmt.Sprintf("SPOE group '%s' try to use undefined SPOE message '%s' at %v", g.Name, name, r.agent.Pos)
			}
			if m.group != nil {
				return fmt.Sprintf("SPOE message '%s' already belongs to the SPOE group '%s' declare at %v", name, m.group.Name, m.group.pos)
			}
			m.group = g
			g.Messages = append(g.Messages, &m.Message)
		}
		f.Groups = append(f.Groups, &g.Group)
	}
	return ""
}

func (r *engineReader) message(name string) *messageDraft {
	for _, m := range r.messages {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// attach has an event send a message.
func (r *engineReader) attach(f *spoe.Filter, m *messageDraft) string {
	px := r.b.at
	if !m.hasEvent {
		r.at.Report().Warnf(m.pos, "config : Proxy '%s': Ignore SPOE message '%s' without event at %v.", px.Name, m.Name, m.pos)
		return ""
	}
	front := m.event == proxy.StepClientSession || m.event == proxy.StepFrontTCPRequest || m.event == proxy.StepFrontHTTPRequest
	if front && !px.IsFront() {
		r.at.Report().Warnf(m.pos, "config : Proxy '%s': frontend event used on a backend proxy at %v.", px.Name, m.pos)
		return ""
	}
	where := eventPlaces(m.event, px.Proxy)
	for i := range m.Args {
		if uses := m.Args[i].Expr.Uses(); uses.Places()&where == 0 {
			return fmt.Sprintf("Ignore SPOE message '%s' at %v: some args extract information from '%s', none of which is available here ('%s')",
				m.Name, m.pos, uses, where)
		}
	}
	f.Events[m.event] = append(f.Events[m.event], &m.Message)
	return ""
}

// eventPlaces returns where an event of a proxy is, in terms of what expressions may use.
func eventPlaces(at proxy.Step, px *proxy.Proxy) sample.Places {
	side := func(front, back sample.Places) (where sample.Places) {
		if px.IsFront() {
			where |= front
		}
		if px.IsBack() {
			where |= back
		}
		return where
	}
	switch at {
	case proxy.StepClientSession:
		return sample.FrontTCPConn
	case proxy.StepServerSession:
		return sample.ServerSource
	case proxy.StepFrontTCPRequest:
		return sample.FrontTCPReq
	case proxy.StepFrontHTTPRequest:
		return sample.FrontHTTPReq
	case proxy.StepBackTCPRequest:
		return side(sample.FrontTCPReq, sample.BackTCPReq)
	case proxy.StepBackHTTPRequest:
		return side(sample.FrontHTTPReq, sample.BackHTTPReq)
	case proxy.StepTCPResponse:
		return side(sample.FrontTCPRes, sample.BackTCPRes)
	}
	return side(sample.FrontHTTPRes, sample.BackHTTPRes)
}
