package conv

import (
	"errors"
	"math"
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// bindJSONQuery compiles the path.
func bindJSONQuery(a sample.Args, _ *sample.Env) (sample.Func, error) {
	if len(a.Str(0)) == 0 {
		return nil, errors.New("json_path must not be empty")
	}
	q, err := newJSONQuery(a)
	if err != nil {
		return nil, err
	}
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool { return q.eval(s, v) }, nil
}

// jsonQuery is a compiled path, and what its value shall be.
type jsonQuery struct {
	path    []jsonStep
	never   bool // the path leads nowhere in any text
	integer bool
}

// jsonStep is one part of a path: the name of a member, as it is written in the text, or the number of an element.
type jsonStep struct {
	member  []byte
	element int // counts when member is nil
}

// newJSONQuery compiles a path and the type behind it.
func newJSONQuery(a sample.Args) (q *jsonQuery, err error) {
	q = new(jsonQuery)
	if a.Has(1) {
		if string(a.Str(1)) != "int" {
			return nil, errors.New("output_type only supports \"int\" as argument")
		}
		q.integer = true
	}
	path := a.Str(0)
	q.never = len(path) == 0 || path[0] != '$'
	for i := 1; i < len(path) && !q.never; {
		var step jsonStep
		ok := false
		switch path[i] {
		case '.':
			step, i, ok = memberStep(path, i+1)
		case '[':
			step, i, ok = elementStep(path, i+1)
		}
		q.never = !ok
		q.path = append(q.path, step)
	}
	return q, nil
}

// memberStep reads a name, in which a backslash takes the meaning from what follows it.
func memberStep(path []byte, i int) (step jsonStep, end int, ok bool) {
	step.member = []byte{}
	for ; i < len(path) && path[i] != '.' && path[i] != '['; i++ {
		if path[i] == '\\' && i+1 < len(path) {
			i++
		}
		step.member = append(step.member, path[i])
	}
	return step, i, true
}

// elementStep reads a number and its bracket. One character that is no digit stands for the first element, as in HAProxy.
func elementStep(path []byte, i int) (step jsonStep, end int, ok bool) {
	n, used := value.LeadingInt(path[i:])
	end = i
	for end < len(path) && path[end] != ']' {
		end++
	}
	if end == len(path) || n < 0 || n > math.MaxInt32 || n == 0 && end-i > 1 || used > 0 && path[i] == '+' {
		return step, end, false
	}
	return jsonStep{element: int(n)}, end + 1, true
}

// The largest integers that all readers of JSON agree on (RFC 8259 6).
const jsonIntMax = 1<<53 - 1

func (q *jsonQuery) eval(s *proxy.Stream, v *value.Value) bool {
	if q.never {
		return false
	}
	t := jsonText{b: v.Bytes}
	if !t.find(q.path) {
		return false
	}
	from := t.at
	kind := t.skip()
	token := t.b[from:t.at]
	switch kind {
	case jsonNumber:
		if q.integer {
			return setJSONInt(v, token)
		}
		return setJSONFloat(s, v, token)
	case jsonTrue, jsonFalse:
		v.SetBool(kind == jsonTrue)
		return true
	case jsonString:
		return unescapeJSON(s, v, token[1:len(token)-1])
	case jsonArray:
		v.Type, v.Bytes = value.Str, token
		return true
	}
	return false
}

// setJSONInt makes v the integer that a number begins with.
func setJSONInt(v *value.Value, token []byte) bool {
	n, _ := value.LeadingInt(token)
	v.SetInt(n)
	return n >= -jsonIntMax && n <= jsonIntMax
}

// setJSONFloat makes v the text of a number in six digits, as printf's %g writes it.
func setJSONFloat(s *proxy.Stream, v *value.Value, token []byte) bool {
	f, err := strconv.ParseFloat(string(token), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return false
	}
	out := s.Arena.Tail(24)
	switch {
	case math.IsInf(f, 1):
		out = append(out, "inf"...)
	case math.IsInf(f, -1):
		out = append(out, "-inf"...)
	default:
		out = strconv.AppendFloat(out, f, 'g', 6, 64)
	}
	setOwn(v, value.Str, s.Arena.Keep(out))
	return true
}

// unescapeJSON makes v the text of a string. Of the escapes, \/ and \u of characters above 255 are not known, and those
// below are one byte, as in HAProxy.
func unescapeJSON(s *proxy.Stream, v *value.Value, b []byte) bool {
	plain := 0
	for plain < len(b) && b[plain] != '\\' {
		plain++
	}
	if plain == len(b) {
		v.Type, v.Bytes = value.Str, b
		return true
	}
	out := s.Arena.Alloc(len(b))
	n := copy(out, b[:plain])
	for i := plain; i < len(b); i++ {
		c := b[i]
		if c == '\\' {
			i++
			switch b[i] {
			case 'b':
				c = '\b'
			case 'f':
				c = '\f'
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			case '"', '\\':
				c = b[i]
			case 'u': // the scanner has seen the four digits
				if b[i+1] != '0' || b[i+2] != '0' {
					return false
				}
				c = byte(value.HexDigit(b[i+3])<<4 | value.HexDigit(b[i+4]))
				i += 4
			default:
				return false
			}
		}
		out[n] = c
		n++
	}
	setOwn(v, value.Str, out[:n:n])
	return true
}
