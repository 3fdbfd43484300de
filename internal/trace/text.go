package trace

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"sluice/internal/proxy"
)

// Style is how a record is printed for people.
type Style struct {
	Color bool
	Tight bool // no empty lines, which end an answer of the runtime API
}

// The colours, as the terminal takes them.
const (
	colorOff    = "\x1b[0m"
	colorBold   = "\x1b[1m"
	colorDim    = "\x1b[2m"
	colorRed    = "\x1b[31m"
	colorGreen  = "\x1b[32m"
	colorYellow = "\x1b[33m"
	colorCyan   = "\x1b[36m"
)

// printer writes one record.
type printer struct {
	Style
	b     []byte
	width int // of the widest place, so that rules stand in one column
	set   string
	proxy *proxy.Proxy
	apart bool // a head stands above: what follows begins a part of its own
}

// AppendText appends the record as people read it.
func (r *Record) AppendText(b []byte, style Style) []byte {
	p := &printer{Style: style, b: b}
	for i := range r.Steps {
		if s := &r.Steps[i]; s.Kind == KindRule || s.Kind == KindChoice {
			p.width = max(p.width, len(s.Pos.String()))
		}
	}
	p.request(r)
	for i := range r.Steps {
		p.step(&r.Steps[i])
	}
	p.end(r)
	return p.b
}

// say appends text in a colour, if there are any.
func (p *printer) say(color, text string) {
	if !p.Color || color == "" {
		p.b = append(p.b, text...)
		return
	}
	p.b = append(append(append(p.b, color...), text...), colorOff...)
}

// gap leaves a line empty before another part.
func (p *printer) gap() {
	if !p.Tight {
		p.b = append(p.b, '\n')
	}
}

func (p *printer) line(color, text string) {
	p.say(color, text)
	p.b = append(p.b, '\n')
}

// request prints what the record is about.
func (p *printer) request(r *Record) {
	switch {
	case r.Method != "":
		p.line(colorBold, clean(r.Method+" "+r.Target+" "+r.Version))
	case r.Mode == proxy.ModeHTTP:
		p.line(colorBold, "(no request)")
	default:
		p.line(colorBold, "TCP connection")
	}
	for _, f := range r.Fields {
		p.line("", "  "+clean(f.Name+": "+f.Value))
	}
	p.pair("from", address(r.Src)+" to "+address(r.Dst))
	if f := r.Frontend; f != nil {
		text := f.Name + " (" + f.Pos.String() + ")"
		if r.Why != "" {
			text += ": " + r.Why
		}
		p.pair(f.TypeWord(), text)
	}
}

// pair prints a word and what it says.
func (p *printer) pair(word, text string) {
	p.say(colorCyan, word)
	p.b = append(p.b, ' ')
	p.b = append(append(p.b, clean(text)...), '\n')
}

// heading begins a rule set when it is another one.
func (p *printer) heading(s *Step) {
	if s.Set == p.set && s.Proxy == p.proxy {
		return
	}
	p.set, p.proxy = s.Set, s.Proxy
	if s.Set == "" {
		return
	}
	text := s.Set
	if s.Proxy != nil {
		text = s.Proxy.TypeWord() + " " + s.Proxy.Name + ", " + s.Set
	}
	p.gap()
	p.line(colorBold, text)
}

func (p *printer) step(s *Step) {
	apart := p.apart
	p.apart = false
	switch s.Kind {
	case KindRule, KindChoice:
		p.heading(s)
		p.rule(s)
	case KindChange:
		p.heading(s)
		p.terms(s.Terms, 2)
		p.changes(s.Changes, 2)
	case KindNote:
		if apart {
			p.gap()
		}
		p.b = append(p.b, "  "...)
		p.say(colorYellow, s.Chosen)
		p.line("", ": "+clean(s.Text))
	case KindBackend:
		p.backend(s)
	case KindBalance:
		p.balance(s)
	case KindSent:
		if s.Text == "" {
			p.own(colorGreen, "connected to server "+s.Server.NameNow())
			return
		}
		p.own(colorGreen, "sent to server "+s.Server.NameNow())
		p.head(s.Text)
		p.apart = true
	case KindAnswer:
		p.own(colorGreen, "sent to the client")
		p.head(s.Text)
		if len(s.Body) > 0 {
			for line := range strings.Lines(strings.TrimRight(string(s.Body), "\r\n")) {
				p.line(colorDim, "  "+clean(strings.TrimRight(line, "\r\n")))
			}
		}
	}
}

// own prints the title of a part of its own.
func (p *printer) own(color, text string) {
	p.set, p.proxy = "", nil
	p.gap()
	p.line(color, text)
}

func (p *printer) backend(s *Step) {
	name := "none"
	if s.Proxy != nil {
		name = s.Proxy.Name
	}
	p.set, p.proxy = "", nil
	p.gap()
	p.say(colorCyan, "backend ")
	p.say(colorBold, name)
	p.line("", ": "+s.Text+" ("+s.Pos.String()+")")
}

func (p *printer) balance(s *Step) {
	p.set, p.proxy = "", nil
	p.gap()
	p.say(colorCyan, "server ")
	p.say(colorBold, s.Server.NameNow())
	text := " at " + ServerAddress(s.Server) + ": "
	if s.Chosen != "" {
		text += "balance " + s.Chosen + ", "
	}
	p.line("", text+s.Text+" ("+s.Pos.String()+")")
}

// rule prints a rule: its place, whether its condition held, the line, and what decided it.
func (p *printer) rule(s *Step) {
	place := s.Pos.String()
	p.b = append(p.b, "  "...)
	p.say(colorDim, place+strings.Repeat(" ", p.width-len(place)))
	if s.Matched {
		p.say(colorGreen, "  yes  ")
		p.say("", clean(s.Text))
	} else {
		p.say(colorDim, "  no   "+clean(s.Text))
	}
	outcome := ""
	switch {
	case s.Kind == KindRule && s.Matched && s.Verdict != "continue":
		outcome = s.Verdict
	case s.Kind == KindChoice && s.Chosen != "" && !strings.Contains(s.Text, " "+s.Chosen):
		outcome = s.Chosen
	}
	if outcome != "" {
		p.say(colorYellow, "  => "+outcome)
	}
	p.b = append(p.b, '\n')
	indent := 2 + p.width + 7
	p.terms(s.Terms, indent)
	p.changes(s.Changes, indent)
}

// mostTerms is how many tests of one condition are shown; those that decide come last.
const mostTerms = 4

// terms prints the tests in the order in which they were made; the last one decided.
func (p *printer) terms(terms []Term, indent int) {
	if n := len(terms) - mostTerms; n > 0 {
		p.line(colorDim, strings.Repeat(" ", indent)+"("+strconv.Itoa(n)+" more tests before)")
		terms = terms[n:]
	}
	for i := range terms {
		t := &terms[i]
		p.b = append(p.b, strings.Repeat(" ", indent)...)
		name := t.Test
		if t.ACL != "" {
			name = t.ACL + " { " + t.Test + " }"
		}
		if t.Negated {
			name = "!" + name
		}
		p.say(colorDim, clean(name)+": ")
		value := "no sample"
		if t.Type != "" {
			value = show(t)
		}
		p.say("", value)
		switch {
		case t.Unknown:
			p.line(colorYellow, "  not known yet")
		case t.Matched != t.Negated:
			p.line(colorGreen, "  holds")
		default:
			p.line(colorRed, "  does not hold")
		}
	}
}

// show prints the sample of a test.
func show(t *Term) string {
	switch t.Type {
	case "str", "bin":
		return strconv.Quote(t.Value)
	case "bool":
		if t.Value == "0" {
			return "false"
		}
		return "true"
	}
	return clean(t.Value)
}

// changes prints rewrites: "+" for what came, "-" for what went, "~" for what became something else.
func (p *printer) changes(changes []Change, indent int) {
	for _, c := range changes {
		p.b = append(p.b, strings.Repeat(" ", indent)...)
		name := strings.TrimPrefix(c.What, "header ")
		switch {
		case c.Before == nil && c.After == nil:
			p.line(colorDim, "= "+clean(name)+": no value")
		case c.Before == nil:
			p.line(colorGreen, "+ "+clean(name+": "+*c.After))
		case c.After == nil:
			p.line(colorRed, "- "+clean(name+": "+*c.Before))
		case *c.Before == *c.After:
			p.line(colorDim, "= "+clean(name+": "+*c.After))
		default:
			p.say(colorYellow, "~ ")
			p.line("", clean(name+": "+*c.Before+" -> "+*c.After))
		}
	}
}

// head prints the head of a message, a line for each of its own.
func (p *printer) head(head string) {
	for line := range strings.SplitSeq(strings.TrimRight(head, "\r\n"), "\r\n") {
		p.line("", "  "+clean(line))
	}
}

// end prints where it ended.
func (p *printer) end(r *Record) {
	if r.End == "" && !r.Cut {
		return
	}
	p.gap()
	p.say(colorCyan, "end ")
	text := r.End
	if text != "" {
		text += ": " + Reason(text)
	}
	if r.Status > 0 {
		text += ", status " + strconv.Itoa(r.Status)
	}
	if r.Cut {
		text += "; the record is cut, more happened"
	}
	p.line("", text)
}

// clean returns text with what a terminal would act upon, and what is no text at all, written as an escape.
func clean(text string) string {
	plain := true
	for _, c := range text {
		if c < ' ' || c == 0x7f || c == utf8.RuneError || c >= 0x80 && c < 0xa0 {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
