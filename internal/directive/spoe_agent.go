package directive

import (
	"strconv"

	"sluice/internal/config"
	"sluice/internal/filter/spoe"
	"sluice/internal/proxy"
	"sluice/internal/wire/spop"
)

// agentDraft is an agent while its section is read.
type agentDraft struct {
	spoe.Agent
	backend             string
	names, groups       []string
	registered          []string
	onError, took, full string // names of variables, without prefix
	logGlobal           bool
}

func (r *engineReader) openAgent(l *config.Line) {
	if r.agent != nil {
		l.Errorf(l.Name(), "another spoe-agent section previously defined.")
		return
	}
	name, ok := r.title(l)
	if !ok {
		return
	}
	a := &agentDraft{}
	a.Name, a.Pos, a.EngineID = name, place(l), uuid()
	a.Pipelining, a.MaxFrameSize = true, uint32(r.b.frameRoom())
	r.agent = a
	r.section = r.agentLine
}

// agentRows are the keywords of a spoe-agent section (SPOE.txt 2.2).
var agentRows = [...]struct {
	name, doc string
	no        bool
	parse     func(*engineReader, *config.Line)
}{
	{"groups", "The groups that rules may send.", false, func(r *engineReader, l *config.Line) { nameList(l, "spoe-group", &r.agent.groups) }},
	{"log", "Where processing is logged.", true, (*engineReader).agentLog},
	{"max-frame-size", "The largest frame.", false, (*engineReader).agentFrameSize},
	{"max-waiting-frames", "A limit that is no more.", false, agentRetired},
	{"maxconnrate", "A limit that is no more.", false, agentRetired},
	{"maxerrrate", "A limit that is no more.", false, agentRetired},
	{"messages", "The messages that events send.", false, func(r *engineReader, l *config.Line) { nameList(l, "spoe-message", &r.agent.names) }},
	{"option", "How the agent is treated.", true, (*engineReader).agentOption},
	{"register-var-names", "Variables that the agent may set.", false, (*engineReader).agentRegister},
	{"timeout", "How long processing may take.", false, (*engineReader).agentTimeout},
	{"use-backend", "The backend of the agent's servers.", false, (*engineReader).agentBackend},
}

func (r *engineReader) agentLine(l *config.Line) {
	word := l.Words[0].Value
	for i := range agentRows {
		if row := &agentRows[i]; row.name == word {
			if row.no && l.Form != config.Default || !refused(l) {
				row.parse(r, l)
			}
			return
		}
	}
	refused(l)
	l.Errorf(l.Name(), "unknown keyword '%s' in spoe-agent section.", word)
}

// agentRetired takes a keyword that HAProxy 3.1 and later know and do not use.
func agentRetired(_ *engineReader, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'%s' expects an integer argument.", l.Words[0].Value)
		return
	}
	l.Diagf(l.Name(), "'%s' has no effect since HAProxy 3.1: remove the line.", l.Words[0].Value)
}

func (r *engineReader) agentBackend(l *config.Line) {
	switch {
	case len(l.Args) == 0:
		l.Errorf(l.End(), "'use-backend' expects a backend name.")
	case len(l.Args) > 1:
		l.Errorf(l.Arg(1), "'use-backend' cannot handle unexpected argument '%s'.", l.Arg(1).Value)
	default:
		r.agent.backend = l.Arg(0).Value
	}
}

func (r *engineReader) agentFrameSize(l *config.Line) {
	most := r.b.frameRoom()
	switch n, err := strconv.Atoi(l.Arg(0).Value); {
	case len(l.Args) == 0:
		l.Errorf(l.End(), "'max-frame-size' expects an integer argument.")
	case len(l.Args) > 1:
		l.Errorf(l.Arg(1), "'max-frame-size' cannot handle unexpected argument '%s'.", l.Arg(1).Value)
	case err != nil || n < spop.MinFrameSize || n > most:
		l.Errorf(l.Arg(0), "'max-frame-size' expects a positive integer argument in the range [%d, %d].", spop.MinFrameSize, most)
	default:
		r.agent.MaxFrameSize = uint32(n)
	}
}

func (r *engineReader) agentTimeout(l *config.Line) {
	switch w := l.Arg(0); w.Value {
	case "":
		l.Errorf(w, "'timeout' expects 'hello', 'idle' and 'processing'.")
		return
	case "hello", "idle":
		l.Diagf(w, "'timeout %s' has no effect since HAProxy 3.1: remove the line.", w.Value)
		return
	case "processing":
	default:
		l.Errorf(w, "'timeout' supports 'processing' (got %s).", w.Value)
		return
	}
	w := l.Arg(1)
	if w.Value == "" {
		l.Errorf(w, "'timeout processing' expects an integer value (in milliseconds).")
		return
	}
	d, rest, err := config.ParseTime(w.Value, 1e6)
	switch {
	case err != nil && err.Overflow:
		l.Errorf(w, "timer overflow in argument <%s> to 'timeout processing' (maximum value is 2147483647 ms or ~24.8 days).", w.Value)
	case err != nil || rest != "":
		l.Errorf(w, "unexpected character '%c' in 'timeout processing'.", strayByte(w.Value))
	case len(l.Args) > 2:
		l.Errorf(l.Arg(2), "'timeout' cannot handle unexpected argument '%s'.", l.Arg(2).Value)
	default:
		r.agent.Processing = int64(d)
	}
}

func (r *engineReader) agentRegister(l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'register-var-names' expects one or more variable names.")
	}
	r.agent.registered = append(r.agent.registered, config.Values(l.Args)...)
}

func (r *engineReader) agentLog(l *config.Line) {
	a := r.agent
	switch {
	case l.Form == config.Negated && len(l.Args) > 0:
		l.Errorf(l.Arg(0), "log : 'no log' does not expect arguments")
	case l.Form == config.Negated:
		a.Loggers, a.logGlobal = nil, false
	case len(l.Args) == 1 && l.Arg(0).Value == "global":
		a.logGlobal = true
	case len(l.Args) > 1 && l.Arg(0).Value == "global":
		l.Errorf(l.Arg(1), "log : unknown log facility '%s'", l.Arg(1).Value)
	default:
		if g := r.b.logLine(l, "or global"); g != nil {
			a.Loggers = append(a.Loggers, g)
		}
	}
}

// optionRows are the words after `option` in a spoe-agent section. Those with a value take a word of letters, digits,
// points and underscores; a row without a function does nothing since HAProxy 3.1.
var optionRows = [...]struct {
	name   string
	no     bool // accepts "no"
	valued bool
	set    func(a *agentDraft, on bool, text string)
}{
	{"async", true, false, nil},
	{"continue-on-error", false, false, func(a *agentDraft, on bool, _ string) { a.ContinueOnError = on }},
	{"dontlog-normal", true, false, func(a *agentDraft, on bool, _ string) { a.DontLogNormal = on }},
	{"force-set-var", false, false, func(a *agentDraft, on bool, _ string) { a.ForceSetVar = on }},
	{"pipelining", true, false, func(a *agentDraft, on bool, _ string) { a.Pipelining = on }},
	{"send-frag-payload", true, false, nil},
	{"set-on-error", false, true, func(a *agentDraft, _ bool, text string) { a.onError = text }},
	{"set-process-time", false, true, func(a *agentDraft, _ bool, text string) { a.took = text }},
	{"set-total-time", false, true, func(a *agentDraft, _ bool, text string) { a.full = text }},
	{"var-prefix", false, true, func(a *agentDraft, _ bool, text string) { a.Prefix = text }},
}

func (r *engineReader) agentOption(l *config.Line) {
	w := l.Arg(0)
	if w.Value == "" {
		l.Tightf(w, "'option' expects an option name.")
		return
	}
	for i := range optionRows {
		o := &optionRows[i]
		if o.name != w.Value {
			continue
		}
		takes := 1
		if o.valued {
			takes = 2
		}
		text := l.Arg(1).Value
		switch {
		case l.Form == config.Negated && !o.no:
			l.Tightf(w, "negation is not supported for option '%s'.", w.Value)
		case o.valued && text == "":
			l.Tightf(l.End(), "'option %s' expects a value.", w.Value)
		case len(l.Args) > takes:
			l.Errorf(l.Arg(takes), "'option' cannot handle unexpected argument '%s'.", l.Arg(takes).Value)
		case o.valued && !variableName(text):
			l.Tightf(l.Arg(1), "'option %s' only supports [a-zA-Z0-9_.] chars.", w.Value)
		case o.set == nil:
			l.Diagf(w, "'option %s' has no effect since HAProxy 3.1: remove the line.", w.Value)
		default:
			o.set(r.agent, l.Form != config.Negated, text)
		}
		return
	}
	l.Tightf(w, "option '%s' is not supported.", w.Value)
}

func variableName(text string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.') {
			return false
		}
	}
	return true
}

// agentLogs joins the log targets of the agents, when all are known.
func (r *resolver) agentLogs() {
	for _, a := range r.b.agents {
		if a.logGlobal {
			a.Loggers = append(a.Loggers[:len(a.Loggers):len(a.Loggers)], r.b.global.Loggers...)
		}
		for _, g := range a.Loggers {
			r.target(g)
		}
		r.b.snap.Loggers = append(r.b.snap.Loggers, a.Loggers...)
	}
}

// refer returns the variable of an option.
func (r *engineReader) refer(name string) (*proxy.VarRef, error) {
	if name == "" {
		return nil, nil
	}
	ref, err := r.b.lang.Names.ParseVar("txn." + r.agent.Prefix + "." + name)
	return &ref, err
}
