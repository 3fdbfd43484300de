package directive

import (
	"net/netip"

	"sluice/internal/check"
	"sluice/internal/config"
	"sluice/internal/proxy"
)

// The answers to monitors that say nothing: they leave before any request is read, in plain text (configuration.txt of
// HAProxy 1.8, monitor-net and mode).
const (
	aliveHTTP = "HTTP/1.0 200 OK\r\n\r\n"
	aliveText = "OK\n"
)

// oldMonitorNet has connections from a network answered at once, behind the tcp-request connection rules, and not logged.
// The last one of a section counts.
func oldMonitorNet(b *Builder, l *config.Line) {
	w := l.Arg(0)
	net, ok := network(w.Value)
	if !ok || len(l.Args) > 1 {
		l.Errorf(w, "'monitor-net' expects <address>[/mask] as its only argument, got '%s'.", w.Value)
		return
	}
	b.at.text.monitors, b.at.text.monitor = net.Prefix, place(l)
	l.Oldf(l.Name(), "'monitor-net' doesn't exist anymore. Please use 'http-request return status 200 if { src "+w.Value+" }' instead.",
		"'monitor-net' was removed in HAProxy 2.5 and still works here: write 'http-request return status 200 if { src %s }'.", w.Value)
}

// oldHealth is a mode in which every connection is told that the process is alive and closed.
func oldHealth(b *Builder, l *config.Line) {
	b.at.Mode, b.at.text.health = proxy.ModeTCP, true
	b.at.text.monitor = place(l)
	l.Oldf(l.Arg(0), "'mode health' doesn't exist anymore. Please use 'http-request return status 200' instead.",
		"'mode health' was removed in HAProxy 2.5 and still works here: write 'mode http' and 'http-request return status 200'.")
}

// monitors makes the rules that answer monitors of a frontend: the last ones of the tcp-request connection rules.
func (r *resolver) monitors(d *draft) {
	if !d.IsFront() {
		return
	}
	add := func(name string, cond proxy.Cond, a proxy.Action) {
		d.Rules.TCPConnection = append(d.Rules.TCPConnection, &proxy.Rule{
			ID: r.b.ruleID(), Pos: d.text.monitor, Text: name, Name: name, Cond: cond, Action: a, Final: true})
	}
	if net := d.text.monitors; net.IsValid() {
		text := ""
		if d.Mode == proxy.ModeHTTP {
			text = aliveHTTP
		}
		add("monitor-net "+net.String(), fromNet(net), greet(text))
	}
	if d.text.health {
		text := aliveText
		if d.text.check.kind == check.HTTPCheck {
			text = aliveHTTP
		}
		add("mode health", nil, greet(text))
	}
}

// fromNet holds for clients of a network.
type fromNet netip.Prefix

// Match looks at the client's address.
func (n fromNet) Match(s *proxy.Stream) bool {
	return netip.Prefix(n).Contains(s.Sess.Src.Addr().Unmap())
}

// oldGrace keeps a frontend listening for a while after a soft stop began.
func oldGrace(b *Builder, l *config.Line) {
	d, ok := duration(l, l.Arg(0), "grace")
	if !ok {
		return
	}
	b.at.Grace = d
	const gone = "the 'grace' keyword is not supported any more since HAProxy version 2.5."
	if d == 0 {
		l.Oldf(l.Name(), gone, "'grace 0' has no effect: remove the line.")
		return
	}
	l.Oldf(l.Name(), gone, "'grace' in proxies was removed in HAProxy 2.5 and still works here: write 'grace' in the global section.")
}

// oldTransparent is the keyword for transparent proxying, as an option and alone: a section without servers connects to
// where its clients wanted to go.
func oldTransparent(b *Builder, l *config.Line) {
	b.at.text.transparent = l.Form == config.Plain
	if l.Form == config.Plain {
		l.Oldf(l.Name(), "support for 'transparent' was removed in version 3.5. The modern way to do the same is to create a server with address 0.0.0.0.",
			"'%s' was removed in HAProxy 3.5: a server without an address does the same, write 'server transparent 0.0.0.0'.", l.Keyword())
	}
}

// transparent gives a section what its keyword stands for.
func (b *Builder) transparent(l *config.Line) {
	d := b.at
	if !d.text.transparent || !d.IsBack() || len(d.Servers) > 0 {
		return
	}
	x := b.beginServer(l, serverKind, "'server "+d.Name+"/transparent'")
	if x.address(l, config.Word{Value: "0.0.0.0"}) {
		d.addServer(l, x, "transparent")
	}
}

// greet is the action that answers a client before it has said anything and lets it go, without a trace in logs or counters
// of refusals.
type greet string

// Run sends what the socket takes: a new one takes a few bytes at once. What the client has sent by then is read, since
// the system would reset a connection that is closed with something unread.
func (g greet) Run(s *proxy.Stream) proxy.Verdict {
	if conn := &s.Sess.Conn; len(g) > 0 {
		var waste [4096]byte
		_, _ = conn.TryRead(waste[:])
		_, _ = conn.TryWrite([]byte(g))
	}
	return proxy.Answered
}
