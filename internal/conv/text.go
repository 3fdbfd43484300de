package conv

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// textRows are the converters of whole strings.
func textRows() []sample.Conv {
	return []sample.Conv{
		{Name: "add_item", Doc: "Appends a variable and a suffix behind a delimiter, which only stands between two texts.", Args: "string,string[,string]", In: value.Str, Out: value.Str, Eval: addItem, Check: checkAddItem},
		{Name: "concat", Doc: "Appends a text, a variable and a text.", Args: "string[,string,string]", In: value.Str, Out: value.Str, Eval: concat, Check: checkConcat},
		{Name: "host_only", Doc: "Host of a Host header field, without its port.", In: value.Str, Out: value.Str, Eval: hostOnly},
		{Name: "iif", Doc: "One of two strings, for true and for false.", Args: "string,string", In: value.Bool, Out: value.Str, Eval: ifElse},
		{Name: "length", Doc: "Number of bytes of a string.", In: value.Str, Out: value.Sint, Eval: length},
		{Name: "lower", Doc: "String in lower case.", In: value.Str, Out: value.Str, Eval: lower},
		{Name: "port_only", Doc: "Port of a Host header field, 0 without one.", In: value.Str, Out: value.Sint, Eval: portOnly},
		{Name: "reverse", Doc: "String from its last byte to its first.", In: value.Str, Out: value.Str, Eval: reverse},
		{Name: "reverse_dom", Doc: "Domain name with its labels in reverse order.", In: value.Str, Out: value.Str, Eval: reverseDomain},
		{Name: "strcmp", Doc: "Difference to a variable, as strcmp(3) tells it.", Args: "string", In: value.Str, Out: value.Sint, Eval: compare, Check: checkVariable},
		{Name: "upper", Doc: "String in upper case.", In: value.Str, Out: value.Str, Eval: upper},
	}
}

// own makes the bytes of v the stream's, so that they may be changed.
func own(s *proxy.Stream, v *value.Value) []byte {
	if v.Flags&value.Const != 0 {
		v.Bytes = s.Arena.Copy(v.Bytes)
		v.Flags &^= value.Const
	}
	return v.Bytes
}

func length(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(len(v.Bytes)))
	return true
}

func lower(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	for i, c := range own(s, v) {
		if c >= 'A' && c <= 'Z' {
			v.Bytes[i] = c + 'a' - 'A'
		}
	}
	return true
}

func upper(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	for i, c := range own(s, v) {
		if c >= 'a' && c <= 'z' {
			v.Bytes[i] = c + 'A' - 'a'
		}
	}
	return true
}

// checkVariable wants the name of a variable.
func checkVariable(a sample.Args, e *sample.Env) error {
	if len(a) == 0 || len(a[0].Str) == 0 {
		return errors.New("missing variable name")
	}
	return needVar(&a[0], e)
}

func needVar(a *sample.Arg, e *sample.Env) error {
	if !asVar(a, e) {
		return fmt.Errorf("failed to register variable name '%s'", a.Str)
	}
	return nil
}

// checkConcat wants the name of a variable in the middle, or nothing.
func checkConcat(a sample.Args, e *sample.Env) error {
	if !a.Has(1) {
		return nil
	}
	return needVar(&a[1], e)
}

func checkAddItem(a sample.Args, e *sample.Env) error {
	if !a.Has(1) && !a.Has(2) {
		return errors.New("one of the optional arguments has to be nonempty")
	}
	return checkConcat(a, e)
}

// middle returns the text of a variable argument, nothing when it was left out or is not set.
func middle(s *proxy.Stream, a sample.Args) []byte {
	if !a.Has(1) {
		return nil
	}
	b, _ := text(s, &a[1], value.Str)
	return b
}

func concat(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return join(s, v, a.Str(0), middle(s, a), a.Str(2))
}

func addItem(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	delim, item, suffix := a[0].Str, middle(s, a), a.Str(2)
	if len(v.Bytes) == 0 || len(item) == 0 && len(suffix) == 0 {
		delim = nil
	}
	return join(s, v, delim, item, suffix)
}

// join appends three texts to v. What does not fit into a buffer is no result.
func join(s *proxy.Stream, v *value.Value, b, c, d []byte) bool {
	n := len(v.Bytes) + len(b) + len(c) + len(d)
	if n == len(v.Bytes) {
		return true
	}
	if n >= room(s) {
		return false
	}
	out := s.Arena.Alloc(n)
	n = copy(out, v.Bytes)
	n += copy(out[n:], b)
	n += copy(out[n:], c)
	copy(out[n:], d)
	setOwn(v, value.Str, out)
	return true
}

// portAt returns where the colon before a port is, the length when there is none. The colons of an IPv6 address are
// inside of brackets.
func portAt(b []byte) int {
	for i := len(b) - 1; i >= 0; i-- {
		switch b[i] {
		case ']':
			return len(b)
		case ':':
			return i
		}
	}
	return len(b)
}

func hostOnly(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	v.Bytes = v.Bytes[:portAt(v.Bytes)]
	return lower(s, a, v)
}

// portOnly reads digits without looking, in 32 bits, as HAProxy does.
func portOnly(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	n := uint32(0)
	for i := portAt(v.Bytes) + 1; i < len(v.Bytes); i++ {
		n = n*10 + uint32(v.Bytes[i]) - '0'
	}
	v.SetInt(int64(n))
	return true
}

func ifElse(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	if v.True() {
		v.SetStr(a[0].Str)
	} else {
		v.SetStr(a[1].Str)
	}
	return true
}

func reverse(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	out := s.Arena.Alloc(len(v.Bytes))
	for i, c := range v.Bytes {
		out[len(out)-1-i] = c
	}
	setOwn(v, value.Str, out)
	return true
}

// reverseDomain passes over one dot at the end; a name with an empty label is none.
func reverseDomain(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	name := v.Bytes
	if n := len(name); n > 0 && name[n-1] == '.' {
		name = name[:n-1]
	}
	out := s.Arena.Alloc(len(name))
	at := len(out)
	for {
		label, rest, more := bytes.Cut(name, dot)
		if len(label) == 0 {
			return false
		}
		at -= len(label)
		copy(out[at:], label)
		if !more {
			break
		}
		at--
		out[at] = '.'
		name = rest
	}
	setOwn(v, value.Str, out)
	return true
}

var dot = []byte(".")

// compare gives the difference of the first bytes that differ, else 1 or -1 for the longer and the shorter text.
func compare(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	b, ok := text(s, &a[0], value.Str)
	if !ok {
		return false
	}
	diff := cmp.Compare(len(v.Bytes), len(b))
	for i := range min(len(v.Bytes), len(b)) {
		if v.Bytes[i] != b[i] {
			diff = int(v.Bytes[i]) - int(b[i])
			break
		}
	}
	v.SetInt(int64(diff))
	return true
}
