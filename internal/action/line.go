package action

import (
	"bytes"
	"errors"
	"strconv"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// lineRows are the rules that HAProxy had before http-request and http-response: a regular expression that is laid on each
// line of the head, the first one included, in the order of the rules (configuration.txt 6 of HAProxy 1.8). Rules of a
// proxy run behind its http-request, or http-response, rules, and the lines they add are added last.
func lineRows() []rule.Action {
	req, res := rule.OldRequest, rule.OldResponse
	return []rule.Action{
		{Name: "cliexp", Doc: "The oldest name of reqrep.", Sets: req, Parse: parseLine(lineReplace, false)},
		{Name: "reqadd", Doc: "Appends a line to the head of the request.", Sets: req, Parse: parseAddLine},
		{Name: "reqallow", Doc: "Lets a request pass by later reqdeny and reqtarpit rules.", Sets: req, Parse: parseLine(lineAllow, false)},
		{Name: "reqdel", Doc: "Removes header lines that match.", Sets: req, Parse: parseLine(lineDelete, false)},
		{Name: "reqdeny", Doc: "Refuses requests with a line that matches.", Sets: req, Parse: parseLine(lineDeny, false)},
		{Name: "reqiallow", Doc: "Is reqallow in any case of letters.", Sets: req, Parse: parseLine(lineAllow, true)},
		{Name: "reqidel", Doc: "Is reqdel in any case of letters.", Sets: req, Parse: parseLine(lineDelete, true)},
		{Name: "reqideny", Doc: "Is reqdeny in any case of letters.", Sets: req, Parse: parseLine(lineDeny, true)},
		{Name: "reqipass", Doc: "Is reqpass in any case of letters.", Sets: req, Parse: parseLine(linePass, true)},
		{Name: "reqirep", Doc: "Is reqrep in any case of letters.", Sets: req, Parse: parseLine(lineReplace, true)},
		{Name: "reqisetbe", Doc: "Is reqsetbe in any case of letters.", Sets: req, Parse: parseLine(lineBackend, true)},
		{Name: "reqitarpit", Doc: "Is reqtarpit in any case of letters.", Sets: req, Parse: parseLine(lineTarpit, true)},
		{Name: "reqpass", Doc: "Ends the rules of this kind for requests with a line that matches.", Sets: req, Parse: parseLine(linePass, false)},
		{Name: "reqrep", Doc: "Replaces lines that match.", Sets: req, Parse: parseLine(lineReplace, false)},
		{Name: "reqsetbe", Doc: "Chooses the backend of requests with a line that matches.", Sets: req, Parse: parseLine(lineBackend, false)},
		{Name: "reqtarpit", Doc: "Refuses requests with a line that matches, and lets them wait.", Sets: req, Parse: parseLine(lineTarpit, false)},
		{Name: "rspadd", Doc: "Appends a line to the head of the response.", Sets: res, Parse: parseAddLine},
		{Name: "rspdel", Doc: "Removes header lines that match.", Sets: res, Parse: parseLine(lineDelete, false)},
		{Name: "rspdeny", Doc: "Refuses responses with a line that matches.", Sets: res, Parse: parseLine(lineDeny, false)},
		{Name: "rspidel", Doc: "Is rspdel in any case of letters.", Sets: res, Parse: parseLine(lineDelete, true)},
		{Name: "rspideny", Doc: "Is rspdeny in any case of letters.", Sets: res, Parse: parseLine(lineDeny, true)},
		{Name: "rspirep", Doc: "Is rsprep in any case of letters.", Sets: res, Parse: parseLine(lineReplace, true)},
		{Name: "rsprep", Doc: "Replaces lines that match.", Sets: res, Parse: parseLine(lineReplace, false)},
		{Name: "srvexp", Doc: "The oldest name of rsprep.", Sets: res, Parse: parseLine(lineReplace, false)},
	}
}

// deed is what happens when a line matches.
type deed uint8

const (
	lineReplace deed = iota
	lineDelete
	lineDeny
	lineTarpit
	lineAllow
	linePass
	lineBackend
)

// line is a rule with a regular expression.
type line struct {
	side side
	deed deed
	re   *sample.Regex
	to   []byte // lineReplace: the new line, with back-references
	own  *proxy.Proxy
	name string // lineBackend
}

// Backend returns the name of the backend that a reqsetbe rule chooses, "" for other rules.
func (a *line) Backend() string { return a.name }

// parseLine reads an expression, the word that the deed wants, and leaves the condition.
func parseLine(what deed, fold bool) func(*rule.Parser) (proxy.Action, error) {
	return func(p *rule.Parser) (proxy.Action, error) {
		a := &line{side: side(p.Set == rule.OldResponse), deed: what, own: p.Env.Proxy}
		word, ok := p.Next()
		if !ok {
			return nil, errors.New("expects <search> as an argument")
		}
		var err error
		if a.re, err = sample.CompileRegex(word, fold); err != nil {
			return nil, err
		}
		if what != lineReplace && what != lineBackend {
			return a, nil
		}
		if word, ok = p.Next(); !ok || word == "" {
			return nil, errors.New("expects <search> and another argument: what to replace the line by, or a backend")
		}
		if what == lineBackend {
			a.name = word
		} else {
			a.to = []byte(word)
		}
		return a, nil
	}
}

// Run lays the expression on every line. The lines of one message are looked at once: what a rule puts there is seen by the
// rules after it.
func (a *line) Run(s *proxy.Stream) proxy.Verdict {
	mark := &s.Tune.Lines
	switch {
	case mark.Passed != nil && mark.Passed == a.own:
		return proxy.Continue
	case mark.Allowed && (a.deed == lineDeny || a.deed == lineTarpit || a.deed == lineAllow || a.deed == linePass):
		return proxy.Continue
	case a.deed == lineReplace:
		return a.replace(s)
	case a.deed == lineDelete:
		for i := range *a.side.fields(s) {
			if a.matches(s, i) {
				if s.Trace != nil {
					f := &(*a.side.fields(s))[i]
					s.Trace.Rewrite("header "+string(f.Name), f.Value, nil)
				}
				a.side.drop(s, i)
			}
		}
		return proxy.Continue
	}
	for i := firstLine; i < len(*a.side.fields(s)); i++ {
		if a.matches(s, i) {
			return a.decide(s)
		}
	}
	return proxy.Continue
}

// decide acts on a match.
func (a *line) decide(s *proxy.Stream) proxy.Verdict {
	mark := &s.Tune.Lines
	switch a.deed {
	case lineAllow:
		mark.Allowed = true
	case linePass:
		mark.Passed = a.own
	case lineBackend:
		if mark.Backend == "" {
			mark.Backend = a.name
		}
	case lineTarpit:
		s.Deny = proxy.DenyState{Tarpit: true}
		return proxy.Deny
	default:
		s.Deny = proxy.DenyState{}
		return proxy.Deny
	}
	return proxy.Continue
}

// firstLine stands for the first line of a head where others have the index of their field.
const firstLine = -1

// text returns a line of the head in memory of the stream: give it to done. It is nil for a field that is gone.
func (a *line) text(s *proxy.Stream, i int) []byte {
	b := s.Scratch[:0]
	s.Scratch = nil
	switch {
	case i >= 0:
		f := &(*a.side.fields(s))[i]
		if f.Dead {
			s.Scratch = b
			return nil
		}
		return f.AppendLine(b)
	case a.side == response:
		return s.Res.AppendLine(b)
	}
	return s.Req.AppendLine(b)
}

// matches reports whether the expression matches the i-th line. The name of a field that came without capitals, as HTTP/2
// has them and other rules write them, also counts with those that people write.
func (a *line) matches(s *proxy.Stream, i int) bool {
	b := a.text(s, i)
	if b == nil {
		return false
	}
	found := a.re.Match(b, &s.Arena)
	if f := *a.side.fields(s); !found && i >= 0 && f[i].Upper == 0 {
		msg.Capitalize(b, len(f[i].Name))
		found = a.re.Match(b, &s.Arena)
	}
	done(s, b)
	return found
}

// replace rewrites the lines that match.
func (a *line) replace(s *proxy.Stream) proxy.Verdict {
	for i, n := firstLine, len(*a.side.fields(s)); i < n; i++ {
		if !a.matches(s, i) {
			continue
		}
		b := a.text(s, i)
		var found sample.Found
		places := a.re.Find(b, &found, &s.Arena)
		if f := *a.side.fields(s); places == nil && i >= 0 {
			msg.Capitalize(b, len(f[i].Name))
			places = a.re.Find(b, &found, &s.Arena)
		}
		if places == nil { // the time for searches is over
			done(s, b)
			continue
		}
		out := sample.Expand(s.Arena.Alloc(sample.ExpandLen(a.to, b, places))[:0], a.to, b, places)
		done(s, b)
		if !a.put(s, i, out) {
			return failed(s)
		}
	}
	return proxy.Continue
}

// put makes a text the i-th line. Lines that it has behind a line end are added behind all others. False means that it is
// no line, or too long.
func (a *line) put(s *proxy.Stream, i int, text []byte) bool {
	text, more, _ := bytes.Cut(text, []byte{'\n'})
	text = bytes.TrimSuffix(text, []byte{'\r'})
	ok := false
	switch {
	case i >= 0:
		ok = a.putField(s, i, text)
	case a.side == response:
		ok = putStatus(s, text)
	default:
		ok = putTarget(s, text)
	}
	for ok && len(more) > 0 {
		text, more, _ = bytes.Cut(more, []byte{'\n'})
		if text = bytes.TrimSuffix(text, []byte{'\r'}); len(text) > 0 {
			ok = addLine(s, a.side, text)
		}
	}
	return ok
}

// putField replaces a header line; nothing in its place removes it.
func (a *line) putField(s *proxy.Stream, i int, text []byte) bool {
	if len(text) == 0 {
		a.side.drop(s, i)
		return true
	}
	name, v, ok := msg.CutLine(text)
	if !ok {
		return false
	}
	f := &(*a.side.fields(s))[i]
	if s.Trace != nil {
		s.Trace.Rewrite("header "+string(f.Name), f.Value, v)
	}
	if bytes.EqualFold(f.Name, name) {
		return a.side.setValue(s, i, v)
	}
	a.side.drop(s, i)
	return a.side.add(s, msg.NewName(string(name)), v)
}

// putTarget replaces method and target. The version of a request is that of its connection, whatever the line says.
func putTarget(s *proxy.Stream, text []byte) bool {
	method, rest, ok := bytes.Cut(text, []byte{' '})
	if end := bytes.LastIndexByte(rest, ' '); end >= 0 && bytes.HasPrefix(rest[end+1:], []byte("HTTP/")) {
		rest = rest[:end]
	}
	rest = bytes.TrimSpace(rest)
	if !ok || len(method) == 0 || len(rest) == 0 {
		return false
	}
	if !bytes.Equal(method, s.Req.Method) && !targetMethod.put(s, method) {
		return false
	}
	return bytes.Equal(rest, s.Req.Target) || targetWhole.put(s, rest)
}

// putStatus replaces status and reason.
func putStatus(s *proxy.Stream, text []byte) bool {
	_, rest, _ := bytes.Cut(text, []byte{' '})
	code, reason, _ := bytes.Cut(rest, []byte{' '})
	n, err := strconv.Atoi(string(code))
	if err != nil || n < 100 || n > 999 {
		return false
	}
	s.Res.SetStatus(n, reason, &s.Arena)
	return true
}

// addedLine is reqadd and rspadd.
type addedLine struct {
	side  side
	name  msg.Name
	value []byte
}

func parseAddLine(p *rule.Parser) (proxy.Action, error) {
	word, ok := p.Next()
	if !ok {
		return nil, errors.New("expects <string> as an argument")
	}
	name, v, ok := msg.CutLine([]byte(word))
	if !ok {
		return nil, errors.New("expects a header line '<name>: <value>' as an argument, not '" + word + "'")
	}
	return &addedLine{side(p.Set == rule.OldResponse), msg.NewName(string(name)), v}, nil
}

// Run appends the line.
func (a *addedLine) Run(s *proxy.Stream) proxy.Verdict {
	if !a.side.add(s, a.name, a.value) {
		return failed(s)
	}
	if s.Trace != nil {
		s.Trace.Rewrite("header "+a.name.String(), nil, a.value)
	}
	return proxy.Continue
}

// addLine appends a line that a replacement brought.
func addLine(s *proxy.Stream, d side, text []byte) bool {
	name, v, ok := msg.CutLine(text)
	return ok && d.add(s, msg.NewName(string(name)), v)
}
