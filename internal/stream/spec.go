package stream

import (
	"errors"
	"io"
	"net/netip"
	"time"

	"sluice/internal/netx"
	"sluice/internal/proxy"
	"sluice/internal/wire/proxyproto"
	"sluice/internal/wire/socks4"
)

// dialSpec says how to reach srv for this stream. The fixed part is made once per server and loop; what follows the
// client (a port relative to its own, a transparent source) is filled in here.
func (w *worker) dialSpec(srv *proxy.Server) (*netx.DialSpec, error) {
	h := w.home
	sp := h.specs[srv]
	if addr := srv.State.Addr.Load(); sp == nil || sp.of != addr {
		made, err := ServerSpec(h.snap.Global, srv, addr)
		if err != nil {
			return nil, err
		}
		sp = &serverSpec{of: addr, dial: made}
		for i := range sp.kinds {
			if made.OneWrite = i == 1; !follows(addr) {
				sp.kinds[i] = h.eng.kinds.Of(&made)
			}
		}
		h.specs[srv] = sp
	}
	if srv.Resolution != nil && !sp.of.IP.IsValid() && !sp.of.IsUnix() {
		return nil, errNoAddress // its name lost the address after the server was chosen
	}
	d := &sp.dial
	if follows(sp.of) {
		d.Addr = netx.IPAddr(w.relativeAddr(sp.of))
	}
	if src := w.source(srv); src != nil && src.UseSrc != proxy.UseSrcNone {
		d.Transparent = w.transparentSource(src)
	}
	return d, nil
}

var errNoAddress = errors.New("the server's name has no address")

// serverSpec is the dialing of one server, as long as its address stays.
type serverSpec struct {
	of    *proxy.Addr
	dial  netx.DialSpec
	kinds [2]int // of the sockets, the second for one write
}

// kind returns the kind of the socket that the next dial takes, 0 where it connects once.
func (sp *serverSpec) kind() int {
	switch {
	case sp.dial.Transparent.IsValid():
		return 0
	case sp.dial.OneWrite:
		return sp.kinds[1]
	}
	return sp.kinds[0]
}

// source returns the source line in force for srv.
func (w *worker) source(srv *proxy.Server) *proxy.Source {
	if srv.Source != nil {
		return srv.Source
	}
	return srv.Proxy.Source
}

// follows reports whether a server's address depends on the client's connection: one without port or address, or with an
// offset for a port.
func follows(a *proxy.Addr) bool {
	if a.IsUnix() || a.Family == proxy.FamSockpair {
		return a.PortRel
	}
	return a.PortRel || a.Port == 0 || !a.IP.IsValid() || a.IP.IsUnspecified()
}

// relativeAddr completes a server address from the client's connection: its destination for 0.0.0.0, its port plus an
// offset (configuration.txt 5.2, server address).
func (w *worker) relativeAddr(a *proxy.Addr) netip.AddrPort {
	dst := w.s.Dst()
	ip, port := a.IP, uint16(a.Port)
	if !ip.IsValid() || ip.IsUnspecified() {
		ip = dst.Addr().Unmap()
	}
	if a.PortRel || a.Port == 0 { // ":0" says no port either
		port = uint16(int(dst.Port()) + a.Port)
	}
	return netip.AddrPortFrom(ip, port)
}

// transparentSource is the foreign address to come from (usesrc).
func (w *worker) transparentSource(src *proxy.Source) netip.AddrPort {
	switch src.UseSrc {
	case proxy.UseSrcAddr:
		return src.UseAddr.AddrPort()
	case proxy.UseSrcClient:
		return w.s.Src()
	case proxy.UseSrcClientIP:
		return netip.AddrPortFrom(w.s.Src().Addr(), 0)
	case proxy.UseSrcHdrIP:
		return netip.AddrPortFrom(w.headerIP(src.HdrName, src.HdrOcc), 0)
	}
	return netip.AddrPort{}
}

// headerIP is the address in the n-th occurrence of a request header, counted from the end when n is negative.
func (w *worker) headerIP(name []byte, n int) netip.Addr {
	var found [][]byte
	for i := range w.s.Req.Fields {
		if f := &w.s.Req.Fields[i]; !f.Dead && string(f.Name) == string(name) {
			found = append(found, f.Value)
		}
	}
	i := n - 1
	if n < 0 {
		i = len(found) + n
	}
	if i < 0 || i >= len(found) {
		return netip.Addr{}
	}
	a, _ := netip.ParseAddr(string(found[i]))
	return a
}

// ServerSpec translates a server line, to connect to addr.
func ServerSpec(g *proxy.Global, srv *proxy.Server, addr *proxy.Addr) (netx.DialSpec, error) {
	d := netx.DialSpec{Addr: NetAddr(addr), CC: srv.CC, MD5Key: srv.TCPMD5Sig,
		UserTimeout: time.Duration(srv.TCPUserTO), FastOpen: srv.TFO,
		NoQuickAck: srv.Proxy.Options.Has(proxy.OptTCPSmartConnect),
		Buffers:    netx.Buffers{Recv: g.Tune.RcvBufServer, Send: g.Tune.SndBufServer, NotSentLow: g.Tune.NotSentLowatServer}}
	if addr.Proto == "mptcp" {
		d.Kind = netx.MPTCP
	}
	if srv.Proxy.Options.Has(proxy.OptServerTCPKA) {
		k := srv.Proxy.ServerKA
		d.KeepAlive = netx.KeepAlive{On: true, Count: k.Count, Idle: time.Duration(k.Idle) * time.Second,
			Interval: time.Duration(k.Interval) * time.Second}
	}
	if srv.Socks4 != nil {
		d.Addr = NetAddr(srv.Socks4)
	}
	if src := srv.Source; src != nil || srv.Proxy.Source != nil {
		if src == nil {
			src = srv.Proxy.Source
		}
		d.Source, d.Interface = src.Addr.AddrPort(), src.Interface
		if src.Addr.PortHi > src.Addr.Port {
			r, err := netx.NewPortRange(uint16(src.Addr.Port), uint16(src.Addr.PortHi))
			if err != nil {
				return d, err
			}
			d.Ports = r
		}
	}
	if srv.Namespace != "" && srv.Namespace != "*" {
		ns, err := netx.OpenNamespace(srv.Namespace)
		if err != nil {
			return d, err
		}
		d.Namespace = ns
	}
	return d, nil
}

// NetAddr translates an address of the configuration.
func NetAddr(a *proxy.Addr) netx.Addr {
	switch a.Family {
	case proxy.FamUnix:
		return netx.Addr{Family: netx.Unix, Path: a.Path}
	case proxy.FamAbns:
		return netx.Addr{Family: netx.Abns, Path: a.Path}
	case proxy.FamAbnsz:
		return netx.Addr{Family: netx.Abnsz, Path: a.Path}
	case proxy.FamFD:
		return netx.Addr{Family: netx.FD, FD: a.FD}
	case proxy.FamSockpair:
		return netx.Addr{Family: netx.Sockpair, FD: a.FD}
	}
	return netx.IPAddr(a.AddrPort())
}

// connKey tells connections to one server apart that must not be mixed: by what about the client went into them.
func (w *worker) connKey(srv *proxy.Server) uint64 {
	var key uint64
	if src := w.source(srv); src != nil && src.UseSrc > proxy.UseSrcAddr {
		key = hashAddr(key, w.transparentSource(src))
	}
	if a := srv.State.Addr.Load(); follows(a) {
		key = hashAddr(key, w.relativeAddr(a))
	}
	if t := &w.s.Tune; t.BackMarked || t.BackTOSed {
		key = (key^uint64(t.BackMark)<<8^uint64(t.BackTOS))*1099511628211 + 1
	}
	if srv.SNI != nil && srv.PoolConnName == nil {
		if v, ok := w.evalText(srv.SNI); ok {
			for _, c := range v {
				key = key*1099511628211 ^ uint64(c)
			}
		}
	}
	if srv.PoolConnName != nil {
		if v, ok := w.evalText(srv.PoolConnName); ok {
			for _, c := range v {
				key = key*1099511628211 ^ uint64(c)
			}
		}
	}
	if srv.SendProxy != proxy.SendProxyNone {
		if header, ok := w.proxyHeader(srv); ok {
			for _, c := range header {
				key = (key ^ uint64(c)) * 1099511628211
			}
		}
	}
	return key
}

func hashAddr(key uint64, a netip.AddrPort) uint64 {
	b := a.Addr().As16()
	for _, c := range b {
		key = (key ^ uint64(c)) * 1099511628211
	}
	return (key ^ uint64(a.Port())) * 1099511628211
}

// preface sends what goes before the stream on a new connection: the SOCKS4 request, whose answer is awaited, the
// PROXY header, and TLS.
func (w *worker) preface(srv *proxy.Server, c *proxy.IdleConn) bool {
	deadline := after(w.home.loop.Now(), w.s.Tune.Or(w.s.Tune.TimeoutConnect, w.s.Back.Timeout.Connect))
	if srv.Socks4 != nil && !w.socks4(srv, c, deadline) {
		w.fault = fault{503, proxy.CauseServer, proxy.PhaseConnect, proxy.RetryConnFailure}
		return false
	}
	if srv.SendProxy != proxy.SendProxyNone {
		b, ok := w.proxyHeader(srv)
		if ok {
			_, err := c.Conn.Write(w.task, b, deadline)
			ok = err == nil
		}
		if !ok {
			w.fault = fault{503, proxy.CauseServer, proxy.PhaseConnect, proxy.RetryConnFailure}
			return false
		}
	}
	return !srv.Secured() || w.secureServer(srv, c, deadline)
}

// socks4 asks a SOCKS4 proxy for the connection to srv.
func (w *worker) socks4(srv *proxy.Server, c *proxy.IdleConn, deadline int64) bool {
	a := &w.s.Arena
	req, err := socks4.AppendRequest(a.Tail(64), srv.State.Addr.Load().AddrPort())
	if err != nil {
		return false
	}
	if _, err := c.Conn.Write(w.task, a.Keep(req), deadline); err != nil {
		w.s.Log.BackErr = proxy.ConnSocksSend
		return false
	}
	var reply [8]byte
	if _, err := c.Conn.ReadFull(w.task, reply[:], deadline); err != nil {
		w.s.Log.BackErr = proxy.ConnSocksRecv
		if errors.Is(err, io.EOF) {
			w.s.Log.BackErr = proxy.ConnSocksAbort
		}
		return false
	}
	n, err := socks4.ParseReply(reply[:])
	if n == 0 || err != nil {
		w.s.Log.BackErr = proxy.ConnSocksDeny
		return false
	}
	return true
}

// proxyHeader builds the PROXY header for srv (proxy-protocol.txt; configuration.txt 5.2, send-proxy).
func (w *worker) proxyHeader(srv *proxy.Server) ([]byte, bool) {
	s := w.s
	src, dst := s.Src(), s.Dst()
	a := &s.Arena
	if srv.SendProxy == proxy.SendProxyV1 {
		return a.Keep(proxyproto.AppendV1(a.Tail(proxyproto.MaxV1), src, dst)), true
	}
	v := proxyproto.V2{Src: src, Dst: dst, CRC32C: srv.ProxyOpts&proxy.PP2CRC32C != 0}
	if srv.ProxyOpts&proxy.PP2UniqueID != 0 {
		v.UniqueID = s.Log.UniqueID
	}
	if t := w.clientTLS(); t != nil {
		v.ALPN = a.CopyString(t.Facts().NegotiatedProtocol)
		if srv.ProxyOpts&proxy.PP2Authority != 0 {
			v.Authority = a.CopyString(t.Facts().ServerName)
		}
	}
	const anyTLS = proxy.PP2SSL | proxy.PP2CertCN | proxy.PP2SSLCipher | proxy.PP2CertSig | proxy.PP2CertKey
	if srv.ProxyOpts&anyTLS != 0 {
		v.SSL = w.proxySSL(srv.ProxyOpts)
	}
	for i := range srv.ProxyTLVs {
		t := &srv.ProxyTLVs[i]
		value := a.Keep(t.Format.Append(a.Tail(64), s))
		v.Custom = append(v.Custom, proxyproto.TLV{Type: proxyproto.Type(t.Type), Value: value})
	}
	b, err := proxyproto.AppendV2(a.Tail(512), &v)
	return a.Keep(b), err == nil
}
