package check

import (
	"errors"
	"fmt"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// Language is what the lines of rule sets need to be read: the language of samples, and the ways to read what belongs to
// the rest of the configuration.
type Language struct {
	Env *sample.Env
	// Addr reads the address of a connection.
	Addr func(text string) (proxy.Addr, error)
	// ALPN splits a list of protocols.
	ALPN func(text string) []string
}

// Error is what is wrong with a line: a whole message, and the index of the word that it is about.
type Error struct {
	Word int
	Text string
}

// Error returns the message.
func (e *Error) Error() string { return e.Text }

// parser reads the words of one line.
type parser struct {
	Language
	words []string // behind tcp-check or http-check
	at    int      // next word
	http  bool
}

// the words that may follow tcp-check and http-check, as messages list them.
const (
	tcpWords  = "'comment', 'connect', 'send', 'send-binary', 'expect', 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'"
	httpWords = "'disable-on-404', 'send-state', 'comment', 'connect', 'send', 'expect', 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'"
)

// Add reads a line of the rule set (configuration.txt 4.2, tcp-check and http-check); words are those behind the keyword.
// Errors are *Error.
func (r *Rules) Add(words []string, lang Language) error {
	p := &parser{Language: lang, words: words, http: r.kind == HTTPCheck}
	first, _ := p.next()
	step, err := p.step(r, first)
	if err == nil && step != nil {
		err = r.add(step)
	}
	if err == nil {
		return nil
	}
	var whole *Error
	if errors.As(err, &whole) {
		return whole
	}
	word := max(p.at-1, 0)
	var bad *sample.Error
	if errors.As(err, &bad) && p.at > 0 {
		word = min(p.at+bad.Word, len(words)) - 1
	}
	return &Error{Word: max(word, 0), Text: fmt.Sprintf("'%s %s' : %v.", p.keyword(), first, err)}
}

// Settings reports whether a line changes the whole check, and adds no step.
func Settings(word string) bool { return word == "disable-on-404" || word == "send-state" }

// step reads one line; it returns nil for one that is no step.
func (p *parser) step(r *Rules, first string) (written, error) {
	name, _, _ := strings.Cut(first, "(")
	switch {
	case first == "comment":
		return p.remark()
	case first == "connect":
		return p.connect()
	case first == "expect":
		return p.expect()
	case strings.HasPrefix(name, "set-var") || strings.HasPrefix(name, "unset-var"):
		return p.variable(first)
	case p.http && Settings(first):
		if word, ok := p.next(); ok {
			return nil, &Error{Word: 1, Text: fmt.Sprintf("'http-check' cannot handle unexpected argument '%s'.", word)}
		}
		r.disable404 = r.disable404 || first == "disable-on-404"
		r.sendState = r.sendState || first == "send-state"
		return nil, nil
	case p.http && first == "send":
		return p.httpSend()
	case !p.http && (first == "send" || first == "send-lf" || first == "send-binary" || first == "send-binary-lf"):
		return p.send(first)
	}
	list := tcpWords
	if p.http {
		list = httpWords
	}
	return nil, &Error{Text: fmt.Sprintf("'%s' only supports %s. but got '%s'", p.keyword(), list, first)}
}

func (p *parser) keyword() string {
	if p.http {
		return "http-check"
	}
	return "tcp-check"
}

// next returns the next word and steps over it.
func (p *parser) next() (word string, ok bool) {
	if p.at == len(p.words) {
		return "", false
	}
	p.at++
	return p.words[p.at-1], true
}

// value returns the word behind an option, or says what is missing.
func (p *parser) value(missing string) (string, error) {
	word, ok := p.next()
	if !ok {
		return "", errors.New(missing)
	}
	return word, nil
}

func (p *parser) remark() (written, error) {
	text, err := p.value("expects a string as argument")
	if err != nil {
		return nil, err
	}
	if p.at < len(p.words) {
		p.Env.Warning(fmt.Sprintf("'%s comment' : the comment is '%s' alone, write quotes around several words", p.keyword(), text))
	}
	return &remark{noted{comment: text}}, nil
}

// format compiles the next word as a format.
func (p *parser) format(missing string) (*sample.Format, error) {
	text, err := p.value(missing)
	if err != nil {
		return nil, err
	}
	f, err := sample.ParseFormat(text, sample.ForValue, p.Env)
	if err != nil {
		return nil, fmt.Errorf("'%s' invalid log-format string (%v)", text, err)
	}
	return f, nil
}

// expr compiles the expression at hand.
func (p *parser) expr() (*sample.Expr, error) { return p.exprAs("") }

// exprAs is expr for keywords that the message about a wrong place names instead of the expression.
func (p *parser) exprAs(name string) (*sample.Expr, error) {
	e, used, err := sample.ParseExpr(p.words[p.at:], p.Env)
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = e.Text
	}
	if err := e.CheckPlaceAs(name, p.Env.Where); err != nil {
		return nil, err
	}
	p.at += used
	return e, nil
}

const varUsage = "Expects 'set-var(<var-name>)', 'set-var-fmt(<var-name>)' or 'unset-var(<var-name>)'"

// variable reads an action on a variable.
func (p *parser) variable(first string) (written, error) {
	name, in, paren := strings.Cut(first, "(")
	in, closed := strings.CutSuffix(in, ")")
	unset := strings.HasPrefix(name, "unset-var")
	label := "set-var"
	if unset {
		label = "unset-var"
	}
	if name == "set-var-fmt" {
		label = name
	}
	known := name == "set-var" || name == "set-var-fmt" || name == "unset-var"
	switch {
	case !known || !paren:
		return nil, fmt.Errorf("'%s' : invalid or incomplete action '%s'. %s", label, first, varUsage)
	case !closed:
		return nil, fmt.Errorf("'%s' : incomplete argument after action '%s'. %s", label, first, varUsage)
	case unset && strings.Contains(in, ","):
		return nil, fmt.Errorf("'%s' : unset-var does not expect parameters after the variable name. Only \"set-var\" and \"set-var-fmt\" manage conditions", label)
	}
	to, err := sample.NewAssign(strings.Split(in, ","), p.Env)
	if err != nil {
		return nil, fmt.Errorf("'%s' : %w", label, err)
	}
	step, err := p.variableStep(name, first, to)
	if err != nil {
		return nil, fmt.Errorf("'%s' : %w", label, err)
	}
	if word, more := p.next(); more {
		return nil, fmt.Errorf("'%s' : unexpected argument '%s'", label, word)
	}
	return step, nil
}

func (p *parser) variableStep(name, first string, to sample.Assign) (written, error) {
	switch name {
	case "unset-var":
		return &unsetVar{of: to}, nil
	case "set-var-fmt":
		text, err := p.value("missing log-format string")
		if err != nil {
			return nil, err
		}
		f, err := sample.ParseFormat(text, sample.ForValue, p.Env)
		return &setVar{to: to, format: f}, err
	}
	e, err := p.exprAs(first)
	return &setVar{to: to, expr: e}, err
}
