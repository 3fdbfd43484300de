package action

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

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
	px, set, slot := p.Env.Proxy, rule.HTTPRequest, a.slot
	if a.response {
		set = rule.HTTPResponse
	}
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
	if p.Set == rule.TCPContent {
		return parseTCPCapture(p)
	}
	usage := "expects <expression> [ 'len' <length> | id <idx> ]"
	if p.Set&rule.HTTPReply != 0 {
		usage = "expects <expression> id <idx>"
	}
	if !p.More() {
		return nil, errors.New(usage)
	}
	e, err := p.ExprAs(rule.ExprUse{Where: p.FrontPlaces()})
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
		a.add(px, n)
	case p.Accept("id"):
		word, _ := p.Next()
		n, ok := integer(word)
		if word == "" {
			return nil, errors.New(usage)
		}
		if !ok || n < 0 {
			return nil, fmt.Errorf("cannot parse id '%s'", word)
		}
		a.slot = int(n)
		a.check(p)
	case p.Left() < 2:
		return nil, errors.New(usage)
	case a.response:
		return nil, fmt.Errorf("expects 'id', found '%s'", p.Peek())
	default:
		return nil, fmt.Errorf("expects 'len' or 'id', found '%s'", p.Peek())
	}
	return a, nil
}

// add gives the rule a slot of its own in a frontend.
func (a *capture) add(px *proxy.Proxy, most int64) {
	a.slot = len(px.Capture.Request)
	px.Capture.Request = append(px.Capture.Request, proxy.CaptureHeader{Len: int(most)})
}

// parseTCPCapture reads the form of TCP rules, which knows no slots by number.
func parseTCPCapture(p *rule.Parser) (proxy.Action, error) {
	bad := func(text string) error { return p.Fail("'%s %s' : %s", p.Set.String(), p.Word, text) }
	if !p.More() {
		return nil, bad("missing fetch method")
	}
	e, err := p.ExprAs(rule.ExprUse{What: "capture rule", Where: p.FrontPlaces()})
	if err != nil {
		return nil, bad(err.Error())
	}
	px := p.Env.Proxy
	if px == nil || px.Caps&(proxy.CapFrontend|proxy.CapDefaults) == 0 {
		return nil, bad(fmt.Sprintf("proxy '%s' has no frontend capability", px.Name))
	}
	if !p.Accept("len") {
		return nil, bad("a positive 'len' argument is mandatory")
	}
	word, _ := p.Next()
	n, ok := integer(word)
	if !ok || n <= 0 {
		return nil, bad("length must be > 0")
	}
	a := &capture{expr: e}
	a.add(px, n)
	wantsDelay(p, e, "'tcp-request capture' rule")
	return a, nil
}

// wantsDelay warns of a TCP rule of a frontend that may run before the bytes that it looks at are there.
func wantsDelay(p *rule.Parser, e *sample.Expr, what string) {
	px := p.Env.Proxy
	if p.Set != rule.TCPContent || px == nil || !px.IsFront() || p.Env.Pending == nil {
		return
	}
	section := strings.TrimPrefix(p.Section(), " in ")
	bare := p.Left() == 0
	early := e.Uses().Places()&sample.FrontTCPSess != 0
	p.Env.Pending.Add(sample.Reference{Pos: p.Env.Pos, Plain: true, Resolve: func(*proxy.Snapshot) error {
		switch {
		case !early && px.Rules.TCPInspect == 0:
			return sample.Remark(fmt.Sprintf("%s : a %s explicitly depending on request contents without any 'tcp-request inspect-delay' setting. This means that this rule will randomly find its contents. This can be fixed by setting the tcp-request inspect-delay.", section, what))
		case early && bare && px.Mode == proxy.ModeHTTP && what == trackRule:
			return sample.Remark(fmt.Sprintf("%s : a %s not depending on request contents for an HTTP frontend should be executed at the session level, using a 'tcp-request session' rule (mandatory to track invalid HTTP requests).", section, what))
		}
		return nil
	}})
}

// trackRule is what warnings call a tracking rule of TCP.
const trackRule = "'tcp-request content track-sc*' rule"
