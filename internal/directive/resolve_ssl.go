package directive

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sluice/internal/check"
	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/secure"
)

// secureBind makes the TLS of one socket. Sockets of one line share it.
func (b *Builder) secureBind(report *config.Report, x *proxy.Bind, mode proxy.Mode, name string) {
	t := b.tls.binds[x]
	if t == nil {
		return
	}
	if t.made == nil && !t.bad {
		b.makeFront(report, x, t, mode, name)
		t.bad = t.made == nil
	}
	if t.made != nil {
		x.TLS = t.made
	}
}

func (b *Builder) makeFront(report *config.Report, x *proxy.Bind, t *bindSecure, mode proxy.Mode, name string) {
	s := t.own.Over(&t.base)
	b.tls.tuned(&s)
	where := fmt.Sprintf("for bind '%s' at [%v]", x.Addr.Text, x.Pos)
	if !s.HasALPN && mode == proxy.ModeHTTP {
		s.ALPN = []string{"http/1.1"}
	}
	if mode == proxy.ModeHTTP {
		s.ALPN = b.offered(report, x.Pos, s.ALPN)
		for i := range t.uses {
			if own := t.uses[i].Own; own != nil {
				own.ALPN = b.offered(report, x.Pos, own.ALPN)
			}
		}
	}
	front, remarks, err := secure.NewFront(&s, t.uses, b.tls.sessions)
	switch {
	case errors.Is(err, secure.ErrNoCertificate):
		report.Errorf(x.Pos, "Proxy '%s': no SSL certificate specified %s (use 'crt').", name, where)
		return
	case err != nil:
		report.Errorf(x.Pos, "Proxy '%s': %v %s.", name, err, where)
		return
	}
	if len(t.uses) == 0 {
		report.Warnf(x.Pos, "Proxy '%s': no SSL certificate specified %s, ssl connections will fail (use 'crt').", name, where)
	}
	for _, text := range remarks.Warnings {
		report.Warnf(x.Pos, "Proxy '%s': %s %s.", name, text, where)
	}
	b.notices(report, x.Pos, remarks.Notices)
	if t.forges && !b.forges(report, x, t, front, name) {
		return
	}
	at := secure.Place{Proxy: name, Bind: x.Addr.Text, File: x.Pos.File, Line: x.Pos.Line, Lists: t.lists}
	if mode == proxy.ModeHTTP {
		at.Mute = []string{"h2"}
	}
	b.tls.store.Shows(front, at)
	t.made = front
}

// forges lets a bind line make certificates. It reports whether it can.
func (b *Builder) forges(report *config.Report, x *proxy.Bind, t *bindSecure, front *secure.Front, name string) bool {
	if t.sign == "" {
		report.Errorf(x.Pos, "Proxy '%s': cannot enable certificate generation, no CA certificate File configured at [%v].", name, x.Pos)
		return false
	}
	if err := front.Forges(b.tls.store, t.sign, t.phrase, b.tls.forged); err != nil {
		report.Errorf(x.Pos, "Proxy '%s': Failed to read CA certificate file '%s' at [%v]. Chain loading failed: %v.", name, t.sign, x.Pos, err)
		return false
	}
	return true
}

// notices reports remarks about the whole program, each once.
func (b *Builder) notices(report *config.Report, pos proxy.Pos, texts []string) {
	for _, text := range texts {
		if !b.tls.told[text] {
			b.tls.told[text] = true
			report.Noticef(pos, "config : parsing [%v] : %s.", pos, text)
		}
	}
}

// offered is a list of protocols without those that no mux speaks yet.
func (b *Builder) offered(report *config.Report, pos proxy.Pos, list []string) []string {
	if !slices.Contains(list, "h2") {
		return list
	}
	b.notices(report, pos, []string{"HTTP/2 is not there yet, so that 'h2' is not offered by ALPN"})
	return slices.DeleteFunc(slices.Clone(list), func(name string) bool { return name == "h2" })
}

// secureServer makes the TLS of one server.
func (r *resolver) secureServer(d *draft, srv *proxy.Server, t *serverSecure, base *secure.Settings) {
	checked := srv.Check.SSL || check.Of(srv).Secure
	srv.NoTLS = t != nil && t.off
	if t != nil && !t.on && !t.ready && !t.off && t.sni.text != "" {
		r.serverName(d, srv, t) // it is not asked for, but must be right
		srv.SNI = nil
	}
	if (t == nil || !t.on && !t.ready) && !checked {
		return
	}
	if t == nil {
		t = &serverSecure{}
	}
	if base == nil {
		base = &r.b.tls.server
	}
	where := fmt.Sprintf("[%v] : 'server %s/%s' : ", srv.Pos, d.Name, srv.Name)
	s := t.own.Over(base)
	r.b.tls.tuned(&s)
	if s.Verify == secure.VerifyUnsaid {
		s.Verify = secure.VerifyRequired
		if r.b.tls.noVerify {
			s.Verify = secure.VerifyNone
		}
	}
	if s.Verify == secure.VerifyRequired && s.CA == nil {
		r.report.Errorf(srv.Pos, "%sverify is enabled by default but no CA file specified. If you're running on a LAN where you're certain to trust the server's certificate, please set an explicit 'verify none' statement on the 'server' line, or use 'ssl-server-verify none' in the global section to disable server-side verifications by default.", where)
		return
	}
	if d.Mode == proxy.ModeHTTP {
		s.ALPN = r.b.offered(r.report, srv.Pos, s.ALPN)
	}
	back, remarks, err := secure.NewBack(&s, secure.Peer{Host: strings.ToLower(t.host), Cert: t.cert, NoReuse: t.noReuse})
	switch {
	case errors.Is(err, secure.ErrNoVersion):
		r.report.Errorf(srv.Pos, "%sbackend '%s': %v for server '%s'.", where, d.Name, err, srv.Name)
		return
	case err != nil:
		r.report.Errorf(srv.Pos, "%s%v.", where, err)
		return
	}
	if err := r.b.tls.store.Meets(back); err != nil {
		r.report.Errorf(srv.Pos, "%s%v.", where, err)
		return
	}
	for _, text := range remarks.Warnings {
		r.report.Warnf(srv.Pos, "%s%s for this server.", where, text)
	}
	r.b.notices(r.report, srv.Pos, remarks.Notices)
	if checked {
		srv.Check.TLS = back
	}
	if t.on || t.ready || t.off {
		srv.TLS = back
		r.serverName(d, srv, t)
	}
}

// dotted ends a message about a wrong place with the full stop that HAProxy's has.
func dotted(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w.", err)
}

// serverName compiles the name to ask a server for (configuration.txt 5.2, sni, sni-auto).
func (r *resolver) serverName(d *draft, srv *proxy.Server, t *serverSecure) {
	text := t.sni
	if text.text == "" {
		if t.noAuto || d.Mode != proxy.ModeHTTP {
			return
		}
		text = phrase{"req.hdr(host),field(1,:)", srv.Pos}
	}
	places := sample.BackServer | sample.ServerSource
	if d.Caps&proxy.CapInternal != 0 || d.Mode == proxy.ModeLog {
		places = sample.ConfigParser // lines of logs have no stream
	}
	env := r.b.sampleEnv(d, r.report, srv.Pos, places, "server directive")
	expr, err := r.b.expression([]string{text.text}, env)
	if err == nil {
		err = dotted(expr.CheckPlace(env.Where))
	}
	if err != nil {
		r.report.Errorf(text.pos, "config : [%v] : 'server %s/%s' : error detected while parsing sni or pool-conn-name expressions : %v.", srv.Pos, d.Name, srv.Name, err)
		return
	}
	srv.SNI = expr
}
