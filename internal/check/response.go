package check

import (
	"bytes"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/wire/h1"
)

// readHead reads the head of the response at hand into the stream, unless it is there already.
func readHead(x *proxy.CheckRun, late proxy.Outcome) proxy.CheckVerdict {
	for !x.Parsed {
		if parsed, valid := parseHead(x); !valid || !parsed && x.EOF {
			return x.End(proxy.OutcomeSockErr, 0, "")
		} else if parsed {
			break
		}
		if v := more(x, late); v != proxy.CheckNext {
			return v
		}
	}
	return proxy.CheckNext
}

// hasty is the size up to which a head is looked at whenever something of it has come, to refuse what is none. Beyond, only
// the end of a line is a reason, so that a server that sends byte by byte costs little.
const hasty = 1024

// parseHead parses the head of the response when all of it is there.
func parseHead(x *proxy.CheckRun) (parsed, valid bool) {
	fresh := x.In[x.Looked:]
	if len(fresh) == 0 || len(x.In) > hasty && bytes.IndexByte(fresh, '\n') < 0 {
		return false, true
	}
	x.Looked = len(x.In)
	var p h1.Parser
	r := &x.Stream.Res
	r.Reset()
	n, verdict := p.Response(x.In, r, h1.Asked{Method: x.Asked.Method, Upgrade: x.Asked.Upgrade}, &h1.Options{MaxFields: maxFields(x)})
	switch verdict {
	case h1.Done:
		x.Head, x.Parsed = n, true
		return true, true
	case h1.NeedMore:
		return false, true
	}
	return false, false
}

func maxFields(x *proxy.CheckRun) int {
	if s := x.Stream.Snap; s != nil && s.Global != nil {
		return s.Global.Tune.MaxHdr
	}
	return 0
}

// decode shows what there is of the body, and whether it is all. It is not valid when its chunks are broken.
func decode(x *proxy.CheckRun) (whole, valid bool) {
	raw := x.In[x.Head:]
	r := &x.Stream.Res
	switch n := r.Body; {
	case r.Flags&msg.NoBody != 0:
		x.Body = nil
		return true, true
	case n == msg.Chunked:
		return unchunk(x, raw)
	case n >= 0:
		x.Body = raw[:min(int64(len(raw)), n)]
		return x.EOF || int64(len(x.Body)) == n, true
	}
	x.Body = raw
	return x.EOF, true
}

// unchunk joins the chunks in raw.
func unchunk(x *proxy.CheckRun, raw []byte) (whole, valid bool) {
	var c h1.Chunked
	if cap(x.Joined) < len(raw) {
		x.Joined = x.Stream.Arena.Alloc(cap(x.In))[:0]
	}
	body := x.Joined[:0]
	for {
		from, to, n, v := c.Next(raw, &h1.Options{})
		body = append(body, raw[from:to]...)
		raw = raw[n:]
		x.Body = body
		switch {
		case v == h1.Done:
			return true, true
		case v == h1.Failed:
			return false, false
		case v == h1.NeedMore || n == 0:
			return x.EOF, true
		}
	}
}
