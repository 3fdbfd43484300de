package checker

import (
	"errors"
	"math"
	"os"
	"strings"
	"syscall"

	"sluice/internal/check"
	"sluice/internal/loop"
	"sluice/internal/netx"
	"sluice/internal/proxy"
	"sluice/internal/stream"
	"sluice/internal/value"
	"sluice/internal/wire/proxyproto"
	"sluice/internal/wire/socks4"
)

// Connect implements proxy.CheckDialer.
func (e *exam) Connect(x *proxy.CheckRun, how *proxy.CheckConnect) proxy.CheckVerdict {
	e.hangUp()
	x.EOF, x.How, x.Sent, x.Secured = false, how, false, false
	h, srv := e.home, x.Server
	now := h.loop.Now()
	x.Deadline = now + e.connectTime()
	spec, to, err := e.watch.specFor(how, e.port(how))
	if err != nil {
		return x.End(proxy.OutcomeSockErr, 0, check.SystemError(err, true))
	}
	connected, err := e.dial(spec)
	if err != nil {
		return x.End(outcomeOf(err), 0, notDialled(err)+check.Where(x))
	}
	if !connected {
		x.Conn.Connecting()
		err = x.Conn.WaitConnected(x.Task, x.Deadline)
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return x.End(proxy.OutcomeL4Tout, 0, check.Where(x))
	case err != nil:
		return x.End(proxy.OutcomeL4Con, 0, check.SystemError(err, true)+check.Where(x))
	}
	if v := e.preface(x, how, to); v != proxy.CheckNext {
		return v
	}
	if how.SSL || how.Default && srv.Check.SSL {
		if v := e.secure(x, how); v != proxy.CheckNext {
			return v
		}
	}
	if t := srv.Proxy.Timeout.Check; t > 0 {
		x.Deadline = h.loop.Now() + t
	}
	return proxy.CheckNext
}

// secure shakes hands, with the names that the step or the server line say.
func (e *exam) secure(x *proxy.CheckRun, how *proxy.CheckConnect) proxy.CheckVerdict {
	c := &x.Server.Check
	h := proxy.Handshake{Conn: &x.Conn, Task: x.Task, Deadline: x.Deadline, Name: how.SNI, ALPN: how.ALPN, State: new(proxy.TLSState)}
	if how.Default {
		if h.Name == "" {
			h.Name = c.SNI
		}
		if h.Name == "" && how.Host != nil && !c.NoAutoSNI {
			h.Name = withoutPort(x.Stream, how.Host)
		}
		if h.ALPN == nil {
			h.ALPN = c.ALPN
		}
	}
	if c.TLS == nil {
		return x.End(proxy.OutcomeL6Rsp, 0, proxy.ConnSSLHandshake.Text()+check.Where(x))
	}
	err := c.TLS.Secure(&h)
	switch {
	case err == nil:
		x.Secured = true
		return proxy.CheckNext
	case errors.Is(err, loop.ErrCancelled):
		return x.End(proxy.OutcomeUnknown, 0, "")
	case h.State.Error == proxy.ConnSSLTimeout:
		return x.End(proxy.OutcomeL6Tout, 0, check.Where(x))
	}
	failure := h.State.Error
	if failure == proxy.ConnSSLEmpty || failure == proxy.ConnSSLAbort {
		failure = proxy.ConnSSLHandshake // checks do not tell these apart
	}
	return x.End(proxy.OutcomeL6Rsp, 0, failure.Text()+check.Where(x))
}

// withoutPort is the name in a Host field (configuration.txt 5.2, check-sni-auto).
func withoutPort(s *proxy.Stream, host proxy.Format) string {
	name, _, _ := strings.Cut(string(s.Render(host)), ":")
	return name
}

// port is what a step says by an expression, 0 when it says nothing that is a port.
func (e *exam) port(how *proxy.CheckConnect) int {
	if how.PortExpr == nil {
		return how.Port
	}
	s := &e.stream
	v := s.Borrow()
	defer s.Return()
	if !how.PortExpr.Eval(s, v) || !v.Cast(value.Sint, &s.Arena) || v.Int <= 0 || v.Int > math.MaxUint16 {
		return 0
	}
	return int(v.Int)
}

// outcomeOf is what an error that connect itself returned means: some systems refuse at once.
func outcomeOf(err error) proxy.Outcome {
	if atSource(err) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH) {
		return proxy.OutcomeL4Con
	}
	return proxy.OutcomeSockErr
}

// atSource reports whether the source address is what could not be had.
func atSource(err error) bool {
	var at *netx.Error
	return errors.As(err, &at) && at.Step == netx.StepBind
}

// notDialled says why no connection was begun. Errors of the kind that a connection may end with as well have their name.
func notDialled(err error) string {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return check.SystemError(err, true)
	}
	var n syscall.Errno
	if !errors.As(err, &n) {
		return err.Error()
	}
	if atSource(err) {
		return "Can't bind to source address (" + netx.Strerror(n) + ")"
	}
	return "General socket error (" + netx.Strerror(n) + ")"
}

// connectTime is how long a connection may take (configuration.txt 4.2, timeout check).
func (e *exam) connectTime() int64 {
	d := check.Interval(e.Server, e.watch.kind)
	if t := &e.Server.Proxy.Timeout; t.Check > 0 && t.Connect > 0 {
		d = min(d, t.Connect)
	}
	return d
}

// preface sends what goes before everything else on a connection.
func (e *exam) preface(x *proxy.CheckRun, how *proxy.CheckConnect, to *proxy.Addr) proxy.CheckVerdict {
	c := &x.Server.Check
	if x.Server.Socks4 != nil && (how.ViaSocks4 || how.Default && c.ViaSocks4) {
		if v := socks(x, to); v != proxy.CheckNext {
			return v
		}
	}
	if how.SendProxy || how.Default && c.SendProxy {
		var header []byte
		own, err := netx.LocalAddr(x.Conn.FD())
		known := err == nil && own.IsValid() && !to.IsUnix()
		switch {
		case x.Server.SendProxy == proxy.SendProxyV2:
			v := proxyproto.V2{Local: true, CRC32C: x.Server.ProxyOpts&proxy.PP2CRC32C != 0}
			if known && e.home.set.snap.Global.PP2NeverSendLocal {
				v.Local, v.Src, v.Dst = false, own, to.AddrPort()
			}
			header, _ = proxyproto.AppendV2(nil, &v)
		case known:
			header = proxyproto.AppendV1(nil, own, to.AddrPort())
		default:
			header = append(header, "PROXY UNKNOWN\r\n"...)
		}
		if _, err := x.Conn.Write(x.Task, header, x.Deadline); err != nil {
			return check.WriteFailed(x, err)
		}
	}
	return proxy.CheckNext
}

// socks asks the server's SOCKS4 proxy for the connection.
func socks(x *proxy.CheckRun, to *proxy.Addr) proxy.CheckVerdict {
	req, err := socks4.AppendRequest(nil, to.AddrPort())
	if err != nil {
		return x.End(proxy.OutcomeSockErr, 0, err.Error())
	}
	if _, err := x.Conn.Write(x.Task, req, x.Deadline); err != nil {
		return check.WriteFailed(x, err)
	}
	var reply [socks4.ReplyLen]byte
	if _, err := x.Conn.ReadFull(x.Task, reply[:], x.Deadline); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return x.End(proxy.OutcomeL4Tout, 0, check.Where(x))
		}
		return x.End(proxy.OutcomeL4Con, 0, check.SystemError(err, false)+check.Where(x))
	}
	if _, err := socks4.ParseReply(reply[:]); err != nil {
		return x.End(proxy.OutcomeL4Con, 0, "SOCKS4 Proxy deny the request during handshake"+check.Where(x))
	}
	return proxy.CheckNext
}

// specFor says where and how to connect. What it says for the connection that most checks make is kept.
func (w *watch) specFor(how *proxy.CheckConnect, port int) (*netx.DialSpec, *proxy.Addr, error) {
	to := w.target(how, port)
	if w.how == how && w.of != nil && sameAddr(w.of, to) {
		return &w.spec, to, nil
	}
	spec, err := stream.ServerSpec(w.home.set.snap.Global, w.srv, to)
	if err != nil {
		return nil, nil, err
	}
	spec.FastOpen, spec.NoQuickAck = false, spec.NoQuickAck || how.Quiet
	c := &w.srv.Check
	if w.srv.Socks4 != nil && !how.ViaSocks4 && !(how.Default && c.ViaSocks4) {
		spec.Addr = stream.NetAddr(to)
	}
	w.spec, w.of, w.how = spec, to, how
	return &w.spec, to, nil
}

func sameAddr(a, b *proxy.Addr) bool {
	return a == b || a.Family == b.Family && a.IP == b.IP && a.Port == b.Port && a.Path == b.Path && a.FD == b.FD
}

// target is where a check goes: to the server, unless the line, the step or the runtime API say otherwise. step is the port
// of the step, 0 for none.
func (w *watch) target(how *proxy.CheckConnect, step int) *proxy.Addr {
	srv, c := w.srv, &w.srv.Check
	addr, port := c.Addr, c.Port
	if w.kind == check.Agent {
		addr, port = c.Agent.Addr, c.Agent.Port
	}
	if t := w.state.Target.Load(); t != nil {
		if t.Addr != nil {
			addr = t.Addr
		}
		if t.Port > 0 {
			port = t.Port
		}
	}
	if how.Addr != nil {
		addr = how.Addr
		if addr.Port > 0 {
			port = 0 // that of the address
		}
	}
	if step > 0 {
		port = step
	}
	base := srv.State.Addr.Load()
	if addr == nil && (port == 0 || base.IsUnix()) {
		return base
	}
	to := *base
	if addr != nil {
		to = *addr
		if to.Port == 0 && !to.IsUnix() {
			to.Port = base.Port
		}
	}
	if port > 0 {
		to.Port, to.PortHi, to.PortRel = port, port, false
	}
	return &to
}
