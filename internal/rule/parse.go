package rule

import (
	"errors"
	"fmt"
	"strings"

	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// Parse reads one rule: words are those behind the name of the rule set. The caller gives the rule its ID. Errors are
// *Error. env describes the section; Where and What are set here.
func Parse(reg *Registry, set Set, words []string, scope *pattern.Scope, env *sample.Env) (*proxy.Rule, error) {
	e := *env
	e.Where = set.Where(env.Proxy)
	e.What = set.row().name + " expression"
	if e.HTTP = !set.raw(); !e.HTTP {
		e.RawSet = set.String()
	}
	if set&HTTPReply != 0 {
		e.What = "http-response response"
	}
	if e.Condition == nil && scope != nil {
		e.Condition = func(names []string) (proxy.Cond, error) { return scope.Named(names, &e) }
	}
	p := &Parser{Reg: reg, Env: &e, Scope: scope, Set: set, words: words}
	word, _ := p.Next()
	row, paren := reg.Lookup(set, word)
	if row == nil {
		for _, w := range [...]string{"capture", "expect-netscaler-cip", "expect-proxy"} {
			if w == word && w != "capture" && set&TCPRequest != 0 && p.Peek() != "layer4" {
				return nil, &Error{Text: fmt.Sprintf("'%s %s' only supports 'layer4'%s (got '%s')", set, word, p.Section(), p.Peek())}
			}
			if w == word && set&TCPRequest != 0 {
				return nil, &Error{Text: fmt.Sprintf("'%s %s' is not allowed in '%s' rules%s", word, p.Peek(), set, p.Section())}
			}
		}
		return nil, p.unknown(reg, word)
	}
	p.Row, p.Word, p.Paren = row, word, paren
	if row.Experimental && !env.Experimental {
		return nil, &Error{Text: fmt.Sprintf("'%s %s' action is experimental, must be allowed via a global 'expose-experimental-directives'", set, word)}
	}
	action, err := row.Parse(p)
	if err != nil {
		return nil, p.failed(err)
	}
	final := row.Final
	if a, ok := action.(Passing); ok && a.Passes() {
		final = false
	}
	r := &proxy.Rule{Pos: env.Pos, Text: lineOf(set, words), Action: action, Name: row.Name, Final: final}
	cond, err := p.condition()
	if err != nil {
		return nil, err
	}
	if cond != nil {
		r.Cond = cond
	}
	return r, nil
}

// lineOf is the line as it was written, without needless spaces.
func lineOf(set Set, words []string) string {
	text := strings.Join(words, " ")
	if set.alone() {
		return text
	}
	return set.row().name + " " + text
}

// condition reads what is left of the line.
func (p *Parser) condition() (*pattern.Cond, error) {
	word, ok := p.Next()
	if !ok {
		return nil, nil
	}
	if word != "if" && word != "unless" {
		if p.Set.raw() {
			return nil, &Error{Word: p.at - 1, Text: fmt.Sprintf("'%s %s' only accepts 'if' or 'unless',%s (got '%s')", p.Set, p.Word, p.Section(), word)}
		}
		return nil, &Error{Word: p.at - 1, Tight: true, Text: fmt.Sprintf("'%s %s' expects either 'if' or 'unless' followed by a condition but found '%s'.", p.Set, p.Word, word)}
	}
	cond, err := p.Scope.ParseCond(p.words[p.at:], word == "unless", p.Env)
	if err != nil {
		bad := err.(*sample.Error)
		if p.Set.alone() {
			return nil, &Error{Word: bad.Word + p.at, Off: bad.Off, Text: fmt.Sprintf("error detected%s while parsing %s rule : error in condition: %s.", p.Section(), p.Word, bad.Text)}
		}
		if p.Set.raw() {
			return nil, &Error{Word: bad.Word + p.at, Off: bad.Off, Text: fmt.Sprintf("'%s %s' : error detected%s while parsing '%s' condition : %s", p.Set, p.Word, p.Section(), word, bad.Text)}
		}
		return nil, &Error{Word: bad.Word + p.at, Off: bad.Off, Text: fmt.Sprintf("error detected while parsing an '%s %s' condition : %s.", p.Set, p.Word, bad.Text)}
	}
	return cond, nil
}

// what is the rule in messages.
func (p *Parser) what() string {
	if p.Set.alone() {
		return p.Word
	}
	return fmt.Sprintf("'%s %s'", p.Set, p.Word)
}

// failed puts the error of an action's row into HAProxy's words.
func (p *Parser) failed(err error) error {
	if whole, ok := err.(*Error); ok {
		return whole
	}
	out := &Error{Word: max(p.at-1, 0)}
	var bad *sample.Error
	if errors.As(err, &bad) {
		out.Word, out.Off = bad.Word, bad.Off
	}
	if p.Set.raw() {
		out.Text = err.Error()
		return out
	}
	out.Text = fmt.Sprintf("error detected%s while parsing %s rule : %s.", p.Section(), p.what(), err.Error())
	return out
}

// unknown is the error of a word that names no action of the rule set.
func (p *Parser) unknown(reg *Registry, word string) error {
	list := "'" + strings.Join(reg.Names(p.Set), "', '") + "'"
	if !p.Set.row().http {
		return &Error{Text: fmt.Sprintf("'%s' expects %s%s (got '%s').%s", p.Set, list, p.Section(), word, p.meant(reg, word))}
	}
	missing := ""
	if word == "" {
		missing = " (missing argument)"
	}
	return &Error{Tight: true, Text: fmt.Sprintf("'%s' expects %s, but got '%s'%s.%s", p.Set, list, word, missing, p.meant(reg, word))}
}

func (p *Parser) meant(reg *Registry, word string) string {
	if s := reg.suggestion(p.Set, word); s != "" && word != "" {
		return " D" + strings.TrimPrefix(s, "; d")
	}
	return ""
}

// Passing is an action of a final row that may let a message pass all the same, as it is written: a redirect that ignores an
// empty location.
type Passing interface{ Passes() bool }

// Append adds a rule to its set, with a warning when a rule before it makes it useless.
func Append(list []*proxy.Rule, r *proxy.Rule, set Set, env *sample.Env) []*proxy.Rule {
	if n := len(list); n > 0 && set.row().http && list[n-1].Final && list[n-1].Cond == nil {
		env.Warning(fmt.Sprintf("previous '%s' action is final and has no condition attached, further entries are NOOP", set))
	}
	return append(list, r)
}
