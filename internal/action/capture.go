package action

import (
	"errors"
	"fmt"
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// captureRows are the actions that keep something for the log.
func captureRows() []rule.Action {
	return []rule.Action{
		{Name: "capture", Doc: "Keeps the result of an expression in a capture slot.", Sets: rule.TCPContent | rule.HTTPRequest | rule.HTTPReply, Parse: parseCapture},
	}
}

// capture stores into a slot of the frontend.
type capture struct {
	expr     *sample.Expr
	response bool
	slot     int
}

// Run evaluates the expression and keeps the beginning of its text. A frontend without that slot keeps nothing.
func (a *capture) Run(s *proxy.Stream) proxy.Verdict {
	slots, list := s.Front.Capture.Request, &s.Log.ReqCapture
	if a.response {
		slots, list = s.Front.Capture.Response, &s.Log.ResCapture
	}
	if a.slot >= len(slots) {
		return proxy.Continue
	}
	v := s.Borrow()
	defer s.Return()
	if !a.expr.EvalAs(s, v, value.Str) {
		if v.Flags&value.MayChange != 0 && s.MayWait {
			return proxy.NeedInput
		}
		return proxy.Continue
	}
	if s.Trace != nil {
		s.Trace.Rewrite("capture "+strconv.Itoa(a.slot), nil, v.Bytes)
	}
	Keep(s, list, a.slot, len(slots), v.Bytes[:min(len(v.Bytes), slots[a.slot].Len)])
	return proxy.Continue
}

// Keep stores a copy of b in a slot of a list of captures, which is made n long.
func Keep(s *proxy.Stream, list *[][]byte, slot, n int, b []byte) {
	for len(*list) < n {
		*list = append(*list, nil)
	}
	(*list)[slot] = s.Arena.Copy(b)
}

// check looks, when everything was read, whether a proxy with a frontend has the slot. A rule of a defaults section or of
// a backend may meet a frontend without it.
func (a *capture) check(p *rule.Parser) {
	px, set, slot := p.Env.Proxy, p.Set, a.slot
	if px == nil || !px.IsFront() || p.Env.Pending == nil {
		return
	}
	p.Env.Pending.Add(sample.Reference{Pos: p.Env.Pos, Plain: true, Resolve: func(*proxy.Snapshot) error {
		list := px.Capture.Request
		if a.response {
			list = px.Capture.Response
		}
		if slot >= len(list) {
			return fmt.Errorf("Proxy '%s': unable to find capture id '%d' referenced by %s capture rule.", px.Name, slot, set)
		}
		return nil
	}})
}

func parseCapture(p *rule.Parser) (proxy.Action, error) {
	const usage = "expects <expression> [ 'len' <length> | id <idx> ]"
	if !p.More() {
		return nil, errors.New(usage)
	}
	e, err := p.Expr()
	if err != nil {
		return nil, err
	}
	a := &capture{expr: e, response: p.Set&rule.HTTPReply != 0}
	px := p.Env.Proxy
	switch {
	case p.Accept("len"):
		word, _ := p.Next()
		n, ok := integer(word)
		switch {
		case word == "":
			return nil, errors.New(usage)
		case a.response:
			return nil, errors.New("expects 'id', found 'len'")
		case px == nil || px.Caps&(proxy.CapFrontend|proxy.CapDefaults) == 0:
			return nil, fmt.Errorf("proxy '%s' has no frontend capability", px.Name)
		case !ok || n <= 0:
			return nil, errors.New("length must be > 0")
		}
		if err := e.CheckPlace(p.Env.Where & (sample.FrontTCPReq | sample.FrontHTTPReq)); err != nil {
			return nil, err // the slot is the frontend's, in a section with both sides too
		}
		a.slot = len(px.Capture.Request)
		px.Capture.Request = append(px.Capture.Request, proxy.CaptureHeader{Len: int(n)})
	case p.Accept("id"):
		word, _ := p.Next()
		n, ok := integer(word)
		if !ok || n < 0 {
			return nil, errors.New("invalid slot id")
		}
		a.slot = int(n)
		a.check(p)
	default:
		return nil, errors.New(usage)
	}
	return a, nil
}
