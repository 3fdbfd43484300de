package action

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// fieldRows are the actions on header fields.
func fieldRows() []rule.Action {
	all := rule.HTTPRequest | rule.HTTPReply
	return []rule.Action{
		{Name: "add-header", Doc: "Appends a header field.", Sets: all, Parse: parseField(false)},
		{Name: "del-header", Doc: "Removes the header fields of a name.", Sets: all, Parse: parseDelete},
		{Name: "replace-header", Doc: "Rewrites whole values of header fields.", Sets: all, Parse: parseReplaceField(false)},
		{Name: "replace-value", Doc: "Rewrites values between commas of header fields.", Sets: all, Parse: parseReplaceField(true)},
		{Name: "set-header", Doc: "Replaces the header fields of a name by one.", Sets: all, Parse: parseField(true)},
		{Name: "set-status", Doc: "Replaces the status of the response.", Sets: rule.HTTPReply, Parse: parseStatus},
	}
}

// side is the message that a rule set works on.
type side bool

const (
	request  side = false
	response side = true
)

func sideOf(p *rule.Parser) side { return side(p.Set&rule.HTTPReply != 0) }

func (d side) fields(s *proxy.Stream) *msg.Fields {
	if d == response {
		return &s.Res.Fields
	}
	return &s.Req.Fields
}

// lineEnds is what a field takes besides its name and value: colon, space, CR and LF.
const lineEnds = 4

// fits makes room for a field in place of gone bytes; false when the message would become too large or get too many
// fields (tune.http.maxhdr).
func (d side) fits(s *proxy.Stream, n msg.Name, v []byte, gone int) bool {
	if s.Snap != nil && s.Snap.Global != nil && gone == 0 {
		if most := s.Snap.Global.Tune.MaxHdr; most > 0 && len(*d.fields(s)) >= most {
			return false
		}
	}
	return s.Grow(d.index(), n.Len()+len(v)+lineEnds-gone)
}

func (d side) index() int {
	if d == response {
		return proxy.SideResponse
	}
	return proxy.SideRequest
}

func (d side) add(s *proxy.Stream, n msg.Name, v []byte) bool {
	if !d.fits(s, n, v, 0) {
		return false
	}
	d.put(s, n, msg.Encode(s.Arena.Copy(v), &s.Arena))
	return true
}

// put appends a field whose value is clean and lives as long as the stream.
func (d side) put(s *proxy.Stream, n msg.Name, v []byte) {
	if d == response {
		s.Res.Put(n, v)
	} else {
		s.Req.Put(n, v, &s.Arena)
	}
}

// size returns how many bytes the fields of a name take.
func (d side) size(s *proxy.Stream, n msg.Name) int {
	size, fs := 0, *d.fields(s)
	for i := fs.Next(n, 0); i >= 0; i = fs.Next(n, i+1) {
		size += len(fs[i].Name) + len(fs[i].Value) + lineEnds
	}
	return size
}

func (d side) remove(s *proxy.Stream, n msg.Name) {
	size := d.size(s, n)
	if size == 0 {
		return
	}
	s.Grow(d.index(), -size)
	if d == response {
		s.Res.DeleteField(n)
	} else {
		s.Req.DeleteField(n)
	}
}

func (d side) drop(s *proxy.Stream, i int) {
	f := &(*d.fields(s))[i]
	s.Grow(d.index(), -len(f.Name)-len(f.Value)-lineEnds)
	if d == response {
		s.Res.Delete(i)
	} else {
		s.Req.Delete(i)
	}
}

func (d side) setValue(s *proxy.Stream, i int, v []byte) bool {
	return d.putValue(s, i, s.Arena.Copy(v))
}

// putValue replaces a value by one that lives as long as the stream.
func (d side) putValue(s *proxy.Stream, i int, v []byte) bool {
	if !s.Grow(d.index(), len(v)-len((*d.fields(s))[i].Value)) {
		return false
	}
	v = msg.Encode(v, &s.Arena)
	if d == response {
		s.Res.PutValue(i, v)
	} else {
		s.Req.PutValue(i, v, &s.Arena)
	}
	return true
}

// setField is add-header and set-header.
type setField struct {
	side    side
	replace bool
	name    msg.Name
	value   *sample.Format
}

// Run writes the field.
func (a *setField) Run(s *proxy.Stream) proxy.Verdict {
	v, clean := a.value.Field(s)
	before, gone := []byte(nil), 0
	if a.replace {
		before, gone = old(s, a.side, a.name), a.side.size(s, a.name)
	}
	if !a.side.fits(s, a.name, v, gone) {
		return failed(s)
	}
	if gone > 0 {
		a.side.fields(s).Remove(a.name)
	}
	line := v
	if !clean {
		line = msg.Encode(v, &s.Arena)
	}
	a.side.put(s, a.name, line)
	if s.Trace != nil {
		s.Trace.Rewrite("header "+a.name.String(), before, append([]byte{}, v...)) // an empty value is one too
	}
	return proxy.Continue
}

// render prints a format into the stream's scratch memory; done gives it back.
func render(s *proxy.Stream, f *sample.Format) []byte {
	b := s.Scratch[:0]
	s.Scratch = nil
	return f.Append(b, s)
}

func done(s *proxy.Stream, b []byte) { s.Scratch = b }

// old returns the last value of a field for the trace.
func old(s *proxy.Stream, d side, n msg.Name) []byte {
	if s.Trace == nil {
		return nil
	}
	fs := *d.fields(s)
	if i := fs.Nth(n, -1); i >= 0 {
		return fs[i].Value
	}
	return nil
}

// traceRemoved records the fields of a name before they are removed.
func traceRemoved(s *proxy.Stream, d side, n msg.Name) {
	fs := *d.fields(s)
	for i := fs.Next(n, 0); i >= 0; i = fs.Next(n, i+1) {
		s.Trace.Rewrite("header "+n.String(), fs[i].Value, nil)
	}
}

func parseField(replace bool) func(*rule.Parser) (proxy.Action, error) {
	return func(p *rule.Parser) (proxy.Action, error) {
		if p.Left() < 2 {
			return nil, errors.New("expects exactly 2 arguments")
		}
		name, _ := p.Next()
		warnName(p, name)
		f, err := p.Format(sample.ForHeader)
		if err != nil {
			return nil, err
		}
		return &setField{sideOf(p), replace, msg.NewName(name), f}, nil
	}
}

// warnName tells of a name that no field can have.
func warnName(p *rule.Parser, name string) {
	for i := range len(name) {
		if !msg.IsToken(name[i]) && !(i == 0 && name[i] == ':') {
			p.Env.Warning(fmt.Sprintf("header name '%s' contains forbidden character '%s'", name, name[i:i+1]))
			return
		}
	}
}

// deleteField is del-header.
type deleteField struct {
	side side
	name msg.Name
}

// Run removes the fields.
func (a *deleteField) Run(s *proxy.Stream) proxy.Verdict {
	if s.Trace != nil {
		traceRemoved(s, a.side, a.name)
	}
	a.side.remove(s, a.name)
	return proxy.Continue
}

// deleteLike is del-header with a matching method.
type deleteLike struct {
	side  side
	match func(s *proxy.Stream, name []byte) bool
}

// Run removes the fields whose names match.
func (a *deleteLike) Run(s *proxy.Stream) proxy.Verdict {
	fs := *a.side.fields(s)
	for i := fs.Next(msg.Name{}, 0); i >= 0; i = fs.Next(msg.Name{}, i+1) {
		if a.match(s, fs[i].Name) {
			if s.Trace != nil {
				s.Trace.Rewrite("header "+string(fs[i].Name), fs[i].Value, nil)
			}
			a.side.drop(s, i)
		}
	}
	return proxy.Continue
}

func parseDelete(p *rule.Parser) (proxy.Action, error) {
	if !p.More() {
		return nil, errors.New("expects at least 1 argument")
	}
	name, _ := p.Next()
	if !p.Accept("-m") {
		return &deleteField{sideOf(p), msg.NewName(name)}, nil
	}
	method, ok := p.Next()
	if !ok {
		return nil, errors.New("-m flag expects exactly 1 argument")
	}
	if method == "str" {
		return &deleteField{sideOf(p), msg.NewName(name)}, nil
	}
	match, err := nameMatch(method, name)
	if err != nil {
		return nil, err
	}
	return &deleteLike{sideOf(p), match}, nil
}

// nameMatch makes the comparison of -m with the name of a field, which is in lower case.
func nameMatch(method, text string) (func(*proxy.Stream, []byte) bool, error) {
	low := []byte(strings.ToLower(text))
	switch method {
	case "beg":
		return func(_ *proxy.Stream, b []byte) bool { return bytes.HasPrefix(b, low) }, nil
	case "end":
		return func(_ *proxy.Stream, b []byte) bool { return bytes.HasSuffix(b, low) }, nil
	case "sub":
		return func(_ *proxy.Stream, b []byte) bool { return bytes.Contains(b, low) }, nil
	case "reg":
		re, err := sample.CompileRegex(text, true)
		if err != nil {
			return nil, err
		}
		return func(s *proxy.Stream, b []byte) bool { return re.Match(b, &s.Arena) }, nil
	}
	return nil, fmt.Errorf("-m with unsupported matching method '%s'", method)
}

// setStatus is set-status.
type setStatus struct {
	status int
	reason []byte
}

// Run replaces the status.
func (a *setStatus) Run(s *proxy.Stream) proxy.Verdict {
	before := s.Res.Status
	s.Res.SetStatus(a.status, a.reason, &s.Arena)
	if s.Trace != nil {
		s.Trace.Rewrite("status", strconv.AppendInt(nil, int64(before), 10), strconv.AppendInt(nil, int64(a.status), 10))
	}
	return proxy.Continue
}

func parseStatus(p *rule.Parser) (proxy.Action, error) {
	const usage = "expects 1 argument: <status>; or 3 arguments: <status> reason <fmt>"
	if !p.More() {
		return nil, errors.New(usage)
	}
	word, _ := p.Next()
	n, ok := integer(word)
	if !ok || n < 100 || n > 999 {
		return nil, errors.New("expects an integer status code between 100 and 999")
	}
	a := &setStatus{status: int(n)}
	if p.Left() > 1 && p.Accept("reason") {
		text, _ := p.Next()
		a.reason = []byte(text)
	}
	return a, nil
}
