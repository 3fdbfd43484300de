package action

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
	"sluice/internal/value"
	"sluice/internal/wire/spop"
)

// binaryRows are the actions that take header fields in the binary form of req.hdrs_bin.
func binaryRows() []rule.Action {
	all := rule.HTTPRequest | rule.HTTPReply
	return []rule.Action{
		{Name: "add-headers-bin", Doc: "Appends the header fields of a binary list.", Sets: all, Parse: parseBinary(false)},
		{Name: "del-headers-bin", Doc: "Removes the header fields named in a binary list.", Sets: all, Parse: parseBinaryDelete},
		{Name: "set-headers-bin", Doc: "Replaces header fields by those of a binary list.", Sets: all, Parse: parseBinary(true)},
	}
}

// writeBinary is add-headers-bin and set-headers-bin.
type writeBinary struct {
	side    side
	expr    *sample.Expr
	replace bool
	prefix  []byte
}

// Run writes the fields of the list. A list that breaks off is a failed rewrite.
func (a *writeBinary) Run(s *proxy.Stream) proxy.Verdict {
	v := s.Borrow()
	defer s.Return()
	if !a.expr.EvalAs(s, v, value.Bin) {
		return failed(s)
	}
	list := s.Arena.Copy(v.Bytes) // the expression may look at what is changed now
	fit := true
	if ok := a.each(list, func(n msg.Name, v []byte) {
		if a.replace { // those that the list brought as well: the last one of a name stays
			if s.Trace != nil {
				traceRemoved(s, a.side, n)
			}
			a.side.remove(s, n)
		}
		fit = a.side.add(s, n, v) && fit
		if s.Trace != nil {
			s.Trace.Rewrite("header "+n.String(), nil, v)
		}
	}); !ok || !fit {
		return failed(s)
	}
	return proxy.Continue
}

// each calls fn for the fields of the list whose names begin like the prefix.
func (a *writeBinary) each(list []byte, fn func(n msg.Name, v []byte)) bool {
	for len(list) > 0 {
		name, rest, ok := spop.String(list)
		if !ok {
			return false
		}
		val, rest, ok := spop.String(rest)
		if !ok {
			return false
		}
		list = rest
		if len(name) == 0 {
			break
		}
		if len(name) >= len(a.prefix) && bytes.EqualFold(name[:len(a.prefix)], a.prefix) {
			if !token(name) {
				return false
			}
			fn(msg.NewName(string(name)), val)
		}
	}
	return true
}

// token reports whether a name can stand in a message (RFC 9110 5.6.2).
func token(name []byte) bool {
	for _, c := range name {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9', strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return true
}

func parseBinary(replace bool) func(*rule.Parser) (proxy.Action, error) {
	return func(p *rule.Parser) (proxy.Action, error) {
		if !p.More() {
			return nil, errors.New("expects exactly one argument or three arguments <headers> prefix <pfx>")
		}
		e, err := p.Expr()
		if err != nil {
			return nil, err
		}
		a := &writeBinary{side: sideOf(p), expr: e, replace: replace}
		if p.Accept("prefix") {
			word, ok := p.Next()
			if !ok {
				return nil, errors.New("expects 1 argument: <headers>; or 3 arguments: <headers> prefix <pfx>")
			}
			a.prefix = []byte(word)
		}
		return a, nil
	}
}

// deleteBinary is del-headers-bin.
type deleteBinary struct {
	side  side
	expr  *sample.Expr
	match func(name, text []byte) bool
}

// Run removes the fields whose names match one of the list.
func (a *deleteBinary) Run(s *proxy.Stream) proxy.Verdict {
	v := s.Borrow()
	defer s.Return()
	if !a.expr.EvalAs(s, v, value.Bin) {
		return failed(s)
	}
	for list := s.Arena.Copy(v.Bytes); len(list) > 0; {
		name, rest, ok := spop.String(list)
		if !ok {
			return failed(s)
		}
		if list = rest; len(name) == 0 {
			break
		}
		low := bytes.ToLower(name)
		fs := *a.side.fields(s)
		for i := fs.Next(msg.Name{}, 0); i >= 0; i = fs.Next(msg.Name{}, i+1) {
			if a.match(fs[i].Name, low) {
				if s.Trace != nil {
					s.Trace.Rewrite("header "+string(fs[i].Name), fs[i].Value, nil)
				}
				a.side.drop(s, i)
			}
		}
	}
	return proxy.Continue
}

func parseBinaryDelete(p *rule.Parser) (proxy.Action, error) {
	if !p.More() {
		return nil, errors.New("expects at least 1 argument")
	}
	e, err := p.Expr()
	if err != nil {
		return nil, err
	}
	a := &deleteBinary{side: sideOf(p), expr: e, match: bytes.Equal}
	if p.Accept("-m") {
		word, _ := p.Next()
		switch word {
		case "str":
		case "beg":
			a.match = bytes.HasPrefix
		case "end":
			a.match = bytes.HasSuffix
		case "sub":
			a.match = bytes.Contains
		default:
			return nil, fmt.Errorf("-m with unsupported matching method '%s'", word)
		}
	}
	return a, nil
}
