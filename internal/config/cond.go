package config

import (
	"fmt"
	"strings"

	"sluice/internal/value"
)

// A CondError is what is wrong with a condition: the text and the place in it, in bytes from 1.
type CondError struct {
	Text string
	Col  int
}

// Error returns the text.
func (e *CondError) Error() string { return e.Text }

// EvalCondition evaluates the expression of .if, .elif and -cc (configuration.txt 2.4). The empty one is false. The whole
// expression is read before anything of it is evaluated, so that an error in it is an error whatever the rest yields.
func EvalCondition(text string, facts *Facts, env *Env) (bool, *CondError) {
	c := condition{text: strings.TrimRight(text, " \t\n\v\f\r"), facts: facts, env: env}
	c.blanks()
	if c.at == len(c.text) {
		return false, nil
	}
	e, err := c.or(c.at)
	if err != nil {
		return false, err
	}
	if c.blanks(); c.at < len(c.text) {
		return false, c.wrong(c.at, "unexpected character '%c' at the end of conditional expression '%s'", c.text[c.at], c.text)
	}
	yes, text := e.eval(&c)
	if text != "" {
		return false, &CondError{Text: text, Col: len(c.text) + 1}
	}
	return yes, nil
}

// EvalArgument evaluates the argument of -cc (management.txt 3): it is cut into words like a line, though without
// comments, and these are joined by single spaces. The error has HAProxy's whole text.
func EvalArgument(text string, facts *Facts, env *Env) (bool, error) {
	raw := scanLine(text, "", 0)
	words, problem := Expand(&raw, env.Lookup)
	if problem != nil {
		//lint:ignore ST1005 the words are HAProxy's
		return false, fmt.Errorf("Syntax Error in condition: %s.", strings.TrimRight(problem.Text, ":."))
	}
	yes, wrong := EvalCondition(strings.Join(Values(words), " "), facts, env)
	if wrong != nil {
		//lint:ignore ST1005 the words are HAProxy's
		return false, fmt.Errorf("Failed to evaluate condition: %s", wrong.Text)
	}
	return yes, nil
}

// maxDepth bounds the parentheses that may be open at once.
const maxDepth = 1000

// condition is an expression being read.
type condition struct {
	text  string
	at    int
	depth int
	facts *Facts
	env   *Env
}

// condNode is a part of a condition. A call has a predicate; allOf and oneOf have parts.
type condNode struct {
	not   bool
	yes   bool // of a number
	call  predicate
	args  [2]string
	allOf []*condNode
	oneOf []*condNode
	group *condNode
}

func (c *condition) blanks() {
	for c.at < len(c.text) && isBlank(c.text[c.at]) {
		c.at++
	}
}

func (c *condition) wrong(at int, format string, args ...any) *CondError {
	return &CondError{Text: fmt.Sprintf(format, args...), Col: at + 1}
}

func (c *condition) unparsable(from, at int) *CondError {
	return c.wrong(at, "unparsable conditional expression '%s'", c.text[from:])
}

// ended says whether nothing but blanks is left.
func (c *condition) ended() bool {
	c.blanks()
	return c.at == len(c.text)
}

// or reads parts joined by "||". What is missing at the end is reported from shown on.
func (c *condition) or(shown int) (*condNode, *CondError) {
	e := &condNode{}
	operator := -1
	for {
		part, err := c.and()
		if err != nil {
			return nil, err
		}
		e.oneOf = append(e.oneOf, part)
		if c.blanks(); !strings.HasPrefix(c.text[c.at:], "||") {
			return e, nil
		}
		if operator < 0 {
			operator = c.at
		}
		if c.at += 2; c.ended() {
			if c.depth > 0 {
				operator = shown
			}
			return nil, c.unparsable(shown, operator)
		}
	}
}

// and reads terms joined by "&&".
func (c *condition) and() (*condNode, *CondError) {
	e := &condNode{}
	operator := -1
	for {
		part, err := c.term()
		if err != nil {
			return nil, err
		}
		e.allOf = append(e.allOf, part)
		if c.blanks(); !strings.HasPrefix(c.text[c.at:], "&&") {
			return e, nil
		}
		if operator < 0 {
			operator = c.at
		}
		if c.at += 2; c.ended() {
			return nil, c.unparsable(operator, operator)
		}
	}
}

// term reads a number, a predicate or a group, each with any number of exclamation marks before it.
func (c *condition) term() (*condNode, *CondError) {
	c.blanks()
	start := c.at
	e := &condNode{}
	for c.at < len(c.text) && c.text[c.at] == '!' {
		e.not = !e.not
		c.at++
		c.blanks()
	}
	if c.at == len(c.text) {
		return nil, c.unparsable(start, start)
	}
	if c.text[c.at] == '(' {
		return c.parenthesis(e, start)
	}
	if n, yes := number(c.text[c.at:]); n > 0 {
		c.at += n
		e.yes = yes
		return e, nil
	}
	n := c.at
	for n < len(c.text) && isNameByte(c.text[n]) {
		n++
	}
	var found bool
	if e.call, found = findPredicate(c.text[c.at:n]); !found {
		return nil, c.unparsable(start, start)
	}
	c.at = n
	return e, c.arguments(e)
}

func (c *condition) parenthesis(e *condNode, start int) (*condNode, *CondError) {
	if c.depth++; c.depth > maxDepth {
		return nil, c.wrong(start, "too many nested parentheses, max is %d, in conditional expression", maxDepth)
	}
	if c.at++; c.ended() {
		return nil, c.unparsable(start, start)
	}
	group, err := c.or(start)
	if err != nil {
		return nil, err
	}
	if c.depth--; c.ended() || c.text[c.at] != ')' {
		return nil, c.wrong(start, "expected ')' after conditional expression '%s'", c.text[start:])
	}
	c.at++
	e.group = group
	return e, nil
}

// arguments reads what stands in parentheses after a predicate. None at all are empty ones, for predicates of one.
func (c *condition) arguments(e *condNode) *CondError {
	want := e.call.Args
	argument := min(want, 1)
	if c.at == len(c.text) || c.text[c.at] != '(' {
		if want > 1 {
			return c.missing(e)
		}
		return nil
	}
	c.at++
	for i := range want {
		v, n := NextArgument(c.text[c.at:])
		e.args[i] = v
		c.at += n
		if i < want-1 {
			if c.at == len(c.text) || c.text[c.at] != ',' {
				return c.missing(e)
			}
			c.at++
		}
	}
	switch {
	case c.at == len(c.text):
		return c.wrong(c.at, "expected ')' in argument %d of predicate '%s' used in conditional expression", argument, e.call.Name)
	case c.text[c.at] != ')':
		return c.wrong(c.at, "expected ')' before '%s' in argument %d of predicate '%s' used in conditional expression",
			c.text[c.at:], argument, e.call.Name)
	}
	c.at++
	return nil
}

func (c *condition) missing(e *condNode) *CondError {
	return c.wrong(c.at, "missing arguments (got 1/2), type 'string' expected in argument 1 of predicate '%s' used in "+
		"conditional expression", e.call.Name)
}

// eval gives the value of a part, or the text of what is wrong with it.
func (e *condNode) eval(c *condition) (yes bool, wrong string) {
	switch {
	case e.oneOf != nil:
		for _, part := range e.oneOf {
			if yes, wrong = part.eval(c); yes || wrong != "" {
				return yes, wrong
			}
		}
		return false, ""
	case e.allOf != nil:
		for _, part := range e.allOf {
			if yes, wrong = part.eval(c); !yes || wrong != "" {
				return yes, wrong
			}
		}
		return true, ""
	case e.group != nil:
		yes, wrong = e.group.eval(c)
	case e.call.Test != nil:
		var ok bool
		if yes, ok = e.call.Test(c, e.args); !ok {
			wrong = fmt.Sprintf("invalid argument to conditional expression predicate '%s': '%s'", e.call.Name, e.args[0])
		}
	default:
		yes = e.yes
	}
	return yes != e.not, wrong
}

// number reads the integer at the start of s in C's notation: its length, 0 if there is none, and whether it is not zero.
func number(s string) (int, bool) {
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	base := 10
	if i < len(s) && s[i] == '0' {
		base = 8
		if i+2 < len(s) && s[i+1]|0x20 == 'x' && value.HexDigit(s[i+2]) >= 0 {
			base = 16
			i += 2
		}
	}
	digits, yes := 0, false
	for ; i < len(s); i++ {
		d := value.HexDigit(s[i])
		if d < 0 || d >= base {
			break
		}
		digits++
		yes = yes || d > 0
	}
	if digits == 0 {
		return 0, false
	}
	return i, yes
}

// NextArgument reads one argument of a list in parentheses, up to an unprotected comma, closing parenthesis or the end of
// s (configuration.txt 2.2): the argument unquoted and the bytes it took, without the delimiter. Quotes work as on a line;
// the escapes \#, \$ and \xNN do not exist here.
func NextArgument(s string) (value string, n int) {
	var b []byte
	var in Quoting
	i := 0
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case in == Strong:
			if c == '\'' {
				in = 0
				continue
			}
		case c == '\\' && i+1 < len(s) && strings.IndexByte(` \'"nrt`, s[i+1]) >= 0:
			c, _ = escape(s[i:], in)
			i++
		case c == '"':
			in ^= Weak
			continue
		case in == Weak:
		case c == '\'':
			in = Strong
			continue
		case c == ',' || c == ')':
			return string(b), i
		}
		b = append(b, c)
	}
	return string(b), i
}
