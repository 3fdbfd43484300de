package action

import (
	"errors"
	"net/netip"

	"sluice/internal/netx"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// addressRows are the actions on the addresses and the packets of the client's connection.
func addressRows() []rule.Action {
	sets := rule.TCPRequest | rule.HTTPRequest
	packets := sets | rule.TCPResponse | rule.HTTPResponse
	return []rule.Action{
		{Name: "set-bc-mark", Doc: "Sets the mark of the packets sent to the server.", Sets: rule.TCPContent | rule.HTTPRequest, Parse: parsePacket(setBackMark)},
		{Name: "set-bc-tos", Doc: "Sets the type of service of the packets sent to the server.", Sets: rule.TCPContent | rule.HTTPRequest, Parse: parsePacket(setBackTOS)},
		{Name: "set-dst", Doc: "Changes the address that the client connected to.", Sets: sets, Parse: parseAddress(true, false)},
		{Name: "set-dst-port", Doc: "Changes the port that the client connected to.", Sets: sets, Parse: parseAddress(true, true)},
		{Name: "set-fc-mark", Doc: "Sets the mark of the packets sent to the client.", Sets: packets, Parse: parsePacket(setMark)},
		{Name: "set-fc-tos", Doc: "Sets the type of service of the packets sent to the client.", Sets: packets, Parse: parsePacket(setTOS)},
		{Name: "set-mark", Doc: "Sets the mark of the packets sent to the client.", Sets: packets, Parse: parsePacket(setMark)},
		{Name: "set-src", Doc: "Changes the address of the client.", Sets: sets, Parse: parseAddress(false, false)},
		{Name: "set-src-port", Doc: "Changes the port of the client.", Sets: sets, Parse: parseAddress(false, true)},
		{Name: "set-tos", Doc: "Sets the type of service of the packets sent to the client.", Sets: packets, Parse: parsePacket(setTOS)},
	}
}

// setAddress is set-src, set-dst and their ports.
type setAddress struct {
	expr      *sample.Expr
	dst, port bool
	set       rule.Set
}

// Run changes the address where the rule set sees it: of the connection itself, of the session or of the stream.
func (a *setAddress) Run(s *proxy.Stream) proxy.Verdict {
	v := s.Borrow()
	defer s.Return()
	want := value.Addr
	if a.port {
		want = value.Sint
	}
	if !a.expr.EvalAs(s, v, want) {
		return proxy.Continue
	}
	now := s.Src()
	if a.dst {
		now = s.Dst()
	}
	if a.port {
		ip := now.Addr()
		if !ip.IsValid() {
			ip = netip.IPv4Unspecified()
		}
		now = netip.AddrPortFrom(ip, uint16(v.Int))
	} else {
		now = netip.AddrPortFrom(v.IP, now.Port())
	}
	a.store(s, now)
	return proxy.Continue
}

func (a *setAddress) store(s *proxy.Stream, to netip.AddrPort) {
	var src, dst *netip.AddrPort
	switch a.set {
	case rule.TCPConnection:
		src, dst = &s.Sess.Src, &s.Sess.Dst
		if a.dst {
			s.Sess.Flags |= proxy.SessDstKnown
		}
	case rule.TCPSession:
		src, dst = &s.Sess.More().SetSrc, &s.Sess.More().SetDst
	default:
		src, dst = &s.SrcOverride, &s.DstOverride
	}
	what, now := "source", src
	if a.dst {
		what, now = "destination", dst
	}
	if s.Trace != nil {
		a.trace(s, what, to)
	}
	*now = to
}

// trace records the change of an address.
func (a *setAddress) trace(s *proxy.Stream, what string, to netip.AddrPort) {
	before := s.Src()
	if a.dst {
		before = s.Dst()
	}
	text := func(p netip.AddrPort) []byte {
		if !p.IsValid() {
			return nil
		}
		return []byte(p.String())
	}
	s.Trace.Rewrite(what, text(before), text(to))
}

func parseAddress(dst, port bool) func(*rule.Parser) (proxy.Action, error) {
	return func(p *rule.Parser) (proxy.Action, error) {
		e, err := p.ExprAs(rule.ExprUse{Where: p.RequestPlaces()})
		if err != nil {
			return nil, err
		}
		return &setAddress{e, dst, port, p.Set}, nil
	}
}

// setPacket sets an option of the client's socket to a number.
type setPacket struct {
	number
	set func(s *proxy.Stream, n int64)
}

// Run sets the option.
func (a *setPacket) Run(s *proxy.Stream) proxy.Verdict {
	if n, ok := a.value(s); ok {
		a.set(s, n)
	}
	return proxy.Continue
}

func setMark(s *proxy.Stream, n int64) { netx.SetMark(s.Sess.Conn.FD(), uint32(n)) }

func setBackMark(s *proxy.Stream, n int64) { s.Tune.BackMark, s.Tune.BackMarked = uint32(n), true }

func setBackTOS(s *proxy.Stream, n int64) { s.Tune.BackTOS, s.Tune.BackTOSed = int(n)&0xff, true }

func setTOS(s *proxy.Stream, n int64) {
	netx.SetTOS(s.Sess.Conn.FD(), s.Sess.Src.Addr().Is6(), int(n))
}

func parsePacket(set func(*proxy.Stream, int64)) func(*rule.Parser) (proxy.Action, error) {
	return func(p *rule.Parser) (proxy.Action, error) {
		if !p.More() {
			return nil, errors.New("expects an argument")
		}
		n, err := parseNumber(p, anyInteger, rule.ExprUse{Name: p.Word, Where: p.RequestPlaces()})
		if err != nil {
			return nil, err
		}
		return &setPacket{n, set}, nil
	}
}
