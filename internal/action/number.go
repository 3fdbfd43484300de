package action

import (
	"fmt"
	"strconv"
	"time"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// number is an integer of the configuration, or an expression that gives one.
type number struct {
	fixed int64
	expr  *sample.Expr
}

// value returns the integer; ok is false when the expression has none.
func (n *number) value(s *proxy.Stream) (out int64, ok bool) {
	if n.expr == nil {
		return n.fixed, true
	}
	v := s.Borrow()
	defer s.Return()
	ok = n.expr.EvalAs(s, v, value.Sint)
	return v.Int, ok
}

// parseNumber reads the next word as an integer by read, or else as an expression for a use. When it is neither, the error
// is that of read.
func parseNumber(p *rule.Parser, read func(string) (int64, error), use rule.ExprUse) (number, error) {
	fixed, bad := read(p.Peek())
	if bad == nil {
		p.Next()
		return number{fixed: fixed}, nil
	}
	if p.Env.Reg.Fetch(sample.Keyword(p.Peek())) == nil {
		return number{}, bad
	}
	e, err := p.ExprAs(use)
	return number{expr: e}, err
}

// integer reads a decimal number.
func integer(word string) (int64, bool) {
	n, err := strconv.ParseInt(word, 10, 64)
	return n, err == nil
}

// anyInteger reads a decimal or hexadecimal number, of which 32 bits are taken.
func anyInteger(word string) (int64, error) {
	n, err := strconv.ParseInt(word, 0, 64)
	if err != nil {
		return 0, fmt.Errorf("unknown fetch method '%s'", sample.Keyword(word))
	}
	return int64(uint32(n)), nil
}

// milliseconds reads a time as nanoseconds, for a rule of a name.
func milliseconds(name string) func(string) (int64, error) {
	return func(word string) (int64, error) {
		d, bad, over := delay(word)
		switch {
		case over:
			return 0, fmt.Errorf("timer overflow in argument '%s' to rule '%s' (maximum value is 2147483647 ms or ~24.8 days)", word, name)
		case bad != "":
			return 0, fmt.Errorf("unexpected character '%s' in rule '%s'", bad, name)
		}
		return d, nil
	}
}

// delay reads a time in milliseconds unless it has a unit, as nanoseconds. It returns the character that is wrong, or
// whether the time is too long.
func delay(word string) (ns int64, bad string, over bool) {
	d, rest, err := config.ParseTime(word, time.Millisecond)
	switch {
	case err != nil && err.Overflow:
		return 0, "", true
	case err != nil:
		return 0, err.Char(), false
	case rest != "":
		return 0, rest[:1], false
	}
	return int64(d), "", false
}
