package sample

import (
	"sluice/internal/proxy"
	"sluice/internal/value"
)

// Text is a fetch of texts that lie in the memory of a stream, whose message must be there. With at below 0 it gives the one
// that the fetch stands for by itself, from 0 on one occurrence after the other. next is where to ask for the next one, 0 when
// there are no more, NoText when there is not even this one.
//
// Most conditions and formats use nothing else: they look at the texts where they are, without a sample around each.
type Text func(s *proxy.Stream, a Args, at int64) (text []byte, next int64)

// NoText says that there is no text.
const NoText = -1

// Occurrence returns the at that v asks for.
func Occurrence(v *value.Value) int64 {
	if v.Flags&value.Iterate != 0 {
		return v.Cursor
	}
	return -1
}

// SetText puts what a Text gave for at into v.
func SetText(v *value.Value, at int64, text []byte, next int64) bool {
	if next == NoText {
		return false
	}
	v.SetStr(text)
	if at >= 0 && next > 0 {
		v.Cursor = next
		v.Flags |= value.NotLast
	}
	return true
}

// HasRequest reports whether the head of the request is there; where it may still come, v is marked.
func HasRequest(s *proxy.Stream, v *value.Value) bool {
	return has(len(s.Req.Method) > 0, s, v)
}

// HasResponse is HasRequest for the response.
func HasResponse(s *proxy.Stream, v *value.Value) bool {
	return has(s.Res.Status > 0, s, v)
}

func has(there bool, s *proxy.Stream, v *value.Value) bool {
	if !there && s.MayWait {
		v.Flags |= value.MayChange
	}
	return there
}

// fromRequest and fromResponse are the Func of a Text.
func (t Text) fromRequest(s *proxy.Stream, a Args, v *value.Value) bool {
	return HasRequest(s, v) && t.Sample(s, a, v)
}

func (t Text) fromResponse(s *proxy.Stream, a Args, v *value.Value) bool {
	return HasResponse(s, v) && t.Sample(s, a, v)
}

// Sample is the Func of a Text whose message is there.
func (t Text) Sample(s *proxy.Stream, a Args, v *value.Value) bool {
	at := Occurrence(v)
	text, next := t(s, a, at)
	return SetText(v, at, text, next)
}

// Direct is an expression that is a Text alone.
type Direct struct {
	get   Text // nil for any other expression
	args  Args
	reply bool // the response's
}

// Ready reports whether the expression is one and its message is there.
func (d *Direct) Ready(s *proxy.Stream) bool {
	if d.get == nil {
		return false
	}
	if d.reply {
		return s.Res.Status > 0
	}
	return len(s.Req.Method) > 0
}

// At gives the text at a place, as Text says.
func (d *Direct) At(s *proxy.Stream, at int64) (text []byte, next int64) { return d.get(s, d.args, at) }

// Direct returns the expression as one that is a Text alone, if it is.
func (e *Expr) Direct() Direct {
	if e.Converted() {
		return Direct{}
	}
	return Direct{e.text, e.args, e.reply}
}

// direct chooses the Text of a fetch, and makes a Func of it where the row has none.
func (c *compiler) direct() {
	e, row := c.e, c.e.row
	if row.Text == nil {
		return
	}
	e.text, e.reply = row.Text, row.Uses == ResponseHeaders
	if where := c.env.Where; row.Reply != nil && where != 0 && where&RequestHeaders.Places() == 0 {
		e.text, e.reply = row.Reply, true
	}
	switch {
	case row.Eval != nil:
	case e.reply:
		e.fetch = e.text.fromResponse
	default:
		e.fetch = e.text.fromRequest
	}
}
