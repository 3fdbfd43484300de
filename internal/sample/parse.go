package sample

import (
	"fmt"
	"strings"

	"sluice/internal/value"
)

// compiler is the work on one expression.
type compiler struct {
	env   *Env
	e     *Expr
	later []lateArg
}

// ParseExpr compiles the expression at the beginning of words, where converters may follow the fetch behind commas or as
// words of their own, and returns how many words it took. Errors are *Error.
func ParseExpr(words []string, env *Env) (e *Expr, used int, err error) {
	if len(words) == 0 || words[0] == "" {
		return nil, 0, &Error{Text: "missing fetch method"}
	}
	c := &compiler{env: env, e: &Expr{}}
	word := 0
	fail := func(rest string, text string) (*Expr, int, error) {
		return nil, 0, &Error{Word: word, Off: len(words[word]) - len(rest), Text: text}
	}
	rest, err := c.fetch(words[0])
	if err != nil {
		return nil, 0, err
	}
	if rest != "" && rest[0] != ',' {
		if err := c.done(); err != nil {
			return nil, 0, err
		}
		return fail(rest, "missing comma after fetch keyword")
	}
	for {
		rest = strings.TrimPrefix(rest, ",")
		if rest == "" {
			if word+1 == len(words) || !c.startsConv(words[word+1]) {
				break
			}
			word++
			rest = words[word]
		}
		before := rest
		name := Keyword(rest)
		if rest, err = c.conv(rest); err != nil {
			bad := err.(*Error)
			bad.Word, bad.Off = word, len(words[word])-len(before)+bad.Off
			return nil, 0, bad
		}
		if rest != "" && rest[0] != ',' {
			if err := c.done(); err != nil { // what is wrong with the arguments is said before
				return nil, 0, err
			}
			return fail(rest, fmt.Sprintf("missing comma after converter '%s'", name))
		}
	}
	c.e.Text = strings.Join(words[:word+1], " ")
	if err := c.done(); err != nil {
		return nil, 0, err
	}
	return c.e, word + 1, nil
}

// ParseExprIn compiles the expression that text begins with, as inside of %[...] in a format, and returns what follows
// it.
func ParseExprIn(text string, env *Env) (e *Expr, rest string, err error) {
	c := &compiler{env: env, e: &Expr{}}
	rest, err = c.fetch(text)
	for err == nil && strings.HasPrefix(rest, ",") {
		at := len(text) - len(rest) + 1
		if rest, err = c.conv(rest[1:]); err != nil {
			err.(*Error).Off += at
		}
	}
	if err != nil {
		return nil, "", err
	}
	c.e.Text = text[:len(text)-len(rest)]
	if err := c.done(); err != nil {
		return nil, "", err
	}
	return c.e, rest, nil
}

// startsConv says whether a word is the continuation of the expression before it.
func (c *compiler) startsConv(word string) bool {
	name := Keyword(word)
	return name != "" && c.env.Reg.convs[name] != nil
}

// Keyword returns the keyword that s begins with.
func Keyword(s string) string {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("._-+:", c) >= 0) {
			return s[:i]
		}
	}
	return s
}

// fetch compiles the fetch at the beginning of s and returns the rest.
func (c *compiler) fetch(s string) (string, error) {
	name := Keyword(s)
	if name == "" {
		return "", &Error{Text: "missing fetch method"}
	}
	f := c.env.Reg.fetches[name]
	if f == nil {
		return "", &Error{Text: fmt.Sprintf("unknown fetch method '%s'", name)}
	}
	c.e.row, c.e.Out = &f.Fetch, f.Out
	args, rest, bad := c.parseArgs(s[len(name):], f.spec, "fetch", name)
	if bad != nil {
		return "", &Error{Off: len(name) + bad.off, Text: fmt.Sprintf("fetch method '%s' : %s", name, bad.text)}
	}
	c.e.args = args
	if f.Check != nil {
		if err := f.Check(args, c.env); err != nil {
			return "", &Error{Off: len(name), Text: fmt.Sprintf("invalid args in fetch method '%s' : %s", name, err)}
		}
	}
	c.e.fetch = f.Eval
	return rest, nil
}

// conv compiles the converter at the beginning of s and returns the rest.
func (c *compiler) conv(s string) (string, error) {
	name := Keyword(s)
	row := c.env.Reg.convs[name]
	if row == nil {
		return "", &Error{Text: fmt.Sprintf("unknown converter '%s'", name)}
	}
	if !value.Castable(c.e.Out, row.In) {
		return "", &Error{Text: fmt.Sprintf("converter '%s' cannot be applied", name)}
	}
	args, rest, bad := c.parseArgs(s[len(name):], row.spec, "conv", name)
	if bad != nil {
		return "", &Error{Off: len(name) + bad.off, Text: fmt.Sprintf("invalid arg %d in converter '%s' : %s", bad.pos, name, bad.text)}
	}
	if row.Check != nil {
		if err := row.Check(args, c.env); err != nil {
			return "", &Error{Off: len(name), Text: fmt.Sprintf("invalid args in converter '%s' : %s", name, err)}
		}
	}
	c.e.convs = append(c.e.convs, step{run: row.Eval, args: args, in: row.In, row: &row.Conv})
	if row.Out != value.Same {
		c.e.Out = row.Out
	}
	c.e.keeps = c.e.keeps || row.Keeps
	return rest, nil
}

// done resolves what had to wait for the whole expression.
func (c *compiler) done() error {
	if err := c.finish(); err != nil {
		return err
	}
	e := c.e
	c.direct()
	if bind := e.row.Bind; bind != nil {
		run, err := bind(e.args, c.env)
		if err != nil {
			return &Error{Text: fmt.Sprintf("invalid args in fetch method '%s' : %s", e.row.Name, err)}
		}
		e.fetch = run
	}
	for i := range e.convs {
		s := &e.convs[i]
		if s.row.Bind == nil {
			continue
		}
		run, err := s.row.Bind(s.args, c.env)
		if err != nil {
			return &Error{Text: fmt.Sprintf("invalid args in converter '%s' : %s", s.row.Name, err)}
		}
		s.run = run
	}
	return nil
}

// CheckPlace returns the error of an expression that is used where its data does not exist, nil otherwise.
func (e *Expr) CheckPlace(where Places) error { return e.CheckPlaceAs(e.Text, where) }

// CheckPlaceAs is CheckPlace for keywords that HAProxy's message names in place of the expression.
func (e *Expr) CheckPlaceAs(name string, where Places) error {
	if where == 0 || e.row.Uses.Places()&where != 0 {
		return nil
	}
	return &Error{Text: fmt.Sprintf("fetch method '%s' extracts information from '%s', none of which is available here", name, e.Lacks())}
}
