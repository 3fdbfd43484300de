package rule

import (
	"errors"
	"fmt"
	"strings"

	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// Parser gives the words of a rule to the row of its action.
type Parser struct {
	Reg   *Registry
	Env   *sample.Env
	Scope *pattern.Scope
	Set   Set
	Row   *Action
	Word  string // the action as written, with its parentheses
	Paren string // the parentheses with what is in them, "" without
	words []string
	at    int
}

// Next returns the next word and steps over it; ok is false behind the last one.
func (p *Parser) Next() (word string, ok bool) {
	if p.at == len(p.words) {
		return "", false
	}
	p.at++
	return p.words[p.at-1], true
}

// Back steps back to the word before.
func (p *Parser) Back() { p.at-- }

// Peek returns the next word without stepping over it, "" behind the last one.
func (p *Parser) Peek() string {
	if p.at == len(p.words) {
		return ""
	}
	return p.words[p.at]
}

// More reports whether there is a word before the condition.
func (p *Parser) More() bool {
	return p.at < len(p.words) && p.words[p.at] != "if" && p.words[p.at] != "unless"
}

// Just reports whether there are n words, and nothing but a condition behind them.
func (p *Parser) Just(n int) bool {
	at := p.at + n
	return at <= len(p.words) && (at == len(p.words) || p.words[at] == "if" || p.words[at] == "unless")
}

// Left returns how many words there are up to the end of the line, the condition included.
func (p *Parser) Left() int { return len(p.words) - p.at }

// Accept steps over the next word when it is the given one.
func (p *Parser) Accept(word string) bool {
	if p.Peek() != word || p.at == len(p.words) {
		return false
	}
	p.at++
	return true
}

// ExprUse is how an expression of a rule is spoken of, and where its data must exist.
type ExprUse struct {
	Name  string        // what the message about a wrong place calls it, "" for the expression itself
	What  string        // its use in messages about names that nothing has; "" speaks of an ACL
	Where sample.Places // 0 for those of the rule set
}

// Expr compiles the expression at hand and checks that its data exists in this rule set.
func (p *Parser) Expr() (*sample.Expr, error) { return p.ExprAs(ExprUse{}) }

// ExprNamed is Expr for actions that the message about a wrong place names.
func (p *Parser) ExprNamed() (*sample.Expr, error) { return p.ExprAs(ExprUse{Name: p.Word}) }

// ExprAs is Expr for actions whose messages or places differ.
func (p *Parser) ExprAs(use ExprUse) (*sample.Expr, error) {
	env := *p.Env
	if env.ACL = use.What == ""; !env.ACL {
		env.What = use.What
	}
	e, used, err := sample.ParseExpr(p.words[p.at:], &env)
	if err != nil {
		return nil, p.here(err)
	}
	if use.Name == "" {
		use.Name = e.Text
	}
	if use.Where == 0 {
		use.Where = p.Env.Where
	}
	if err := e.CheckPlaceAs(use.Name, use.Where); err != nil {
		return nil, p.here(err)
	}
	p.at += used
	return e, nil
}

// RequestPlaces are where requests are processed in the section at hand, whatever the rule set.
func (p *Parser) RequestPlaces() sample.Places { return HTTPRequest.Where(p.Env.Proxy) }

// FrontPlaces are the places of a rule set of requests in a frontend, even where the rule is a backend's; a rule set of
// responses has those of the section at hand.
func (p *Parser) FrontPlaces() sample.Places {
	if p.Set&(TCPRequest|HTTPRequest) != 0 {
		return p.Set.row().front
	}
	return p.Env.Where
}

// Format compiles the next word as a log-format.
func (p *Parser) Format(use sample.FormatUse) (*sample.Format, error) {
	word, ok := p.Next()
	if !ok {
		return nil, errors.New("missing argument")
	}
	f, err := sample.ParseFormat(word, use, p.Env)
	if err != nil {
		p.at--
		return nil, p.here(err)
	}
	return f, nil
}

// Regex compiles the next word as a regular expression.
func (p *Parser) Regex() (*sample.Regex, error) {
	word, ok := p.Next()
	if !ok {
		return nil, errors.New("missing argument")
	}
	return sample.CompileRegex(word, false)
}

// Arg returns what stands between the parentheses behind the action's name; ok is false without closed ones.
func (p *Parser) Arg() (arg string, ok bool) {
	in, ok := strings.CutSuffix(p.Paren, ")")
	return strings.TrimPrefix(in, "("), ok && strings.HasPrefix(p.Paren, "(")
}

// here places an error of the language at the word at hand.
func (p *Parser) here(err error) error {
	var bad *sample.Error
	if errors.As(err, &bad) {
		return &sample.Error{Word: bad.Word + p.at, Off: bad.Off, Text: bad.Text}
	}
	return err
}

// Error is what is wrong in a rule: the whole message behind "parsing [file:line]".
type Error struct {
	Word  int // index among the words of the rule, the action being the first
	Off   int
	Text  string
	Tight bool // no space stands between the place and the colon
}

// Error returns the message without its place.
func (e *Error) Error() string { return e.Text }

// noun is what messages call a proxy.
func noun(px *proxy.Proxy) string {
	switch {
	case px.Caps&proxy.CapListen == proxy.CapListen:
		return "proxy"
	case px.IsFront():
		return "frontend"
	}
	return "backend"
}

// Fail makes the whole message of an error about the word that was read last, for rows whose messages differ from the
// others'.
func (p *Parser) Fail(format string, args ...string) error {
	for _, a := range args {
		format = strings.Replace(format, "%s", a, 1)
	}
	return &Error{Word: max(p.at-1, 0), Text: format}
}

// Keyword is the word that some messages call the rule by: its action, or in TCP rules what the line begins with.
func (p *Parser) Keyword() string {
	if p.Set.raw() {
		first, _, _ := strings.Cut(p.Set.String(), " ")
		return first
	}
	return p.Word
}

// Section names the section at hand as messages do, with a space before it.
func (p *Parser) Section() string {
	px := p.Env.Proxy
	switch {
	case px == nil:
		return ""
	case px.Caps&proxy.CapDefaults != 0:
		return fmt.Sprintf(" in defaults '%s'", px.Name)
	}
	return fmt.Sprintf(" in %s '%s'", noun(px), px.Name)
}
