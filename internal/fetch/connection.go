package fetch

import (
	"fmt"
	"net/netip"
	"time"

	"sluice/internal/netx"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// connectionRows are the fetches of the state of connections and of what the system measured of them (configuration.txt
// 7.3.3, and 7.3.4 for the streams of multiplexers).
func connectionRows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "bc_err", Doc: "Number of the error of the connection to the server.", Out: value.Sint, Uses: sample.ServerAddress, Eval: backErr},
		{Name: "bc_err_name", Doc: "Error of the connection to the server in one word.", Out: value.Str, Uses: sample.ServerAddress, Eval: backErrName},
		{Name: "bc_err_str", Doc: "Error of the connection to the server in words.", Out: value.Str, Uses: sample.ServerAddress, Eval: backErrText},
		{Name: "bc_glitches", Doc: "Oddities of the protocol on the connection to the server.", Out: value.Sint, Uses: sample.ServerAddress, Eval: ofMux(proxyBack, 0)},
		{Name: "bc_http_major", Doc: "Version of HTTP on the connection to the server, 1 or 2.", Out: value.Sint, Uses: sample.ServerAddress, Eval: ofMux(proxyBack, 1)},
		{Name: "bc_nb_streams", Doc: "Streams open on the connection to the server.", Out: value.Sint, Uses: sample.ServerConn, Eval: backOne},
		{Name: "bc_rtt", Doc: "Round trip time to the server.", Args: "[string]", Out: value.Sint, Uses: sample.ClientAddress, Eval: inUnit(measured(backFD, rtt)), Check: checkTime},
		{Name: "bc_rttvar", Doc: "Variance of the round trip time to the server.", Args: "[string]", Out: value.Sint, Uses: sample.ClientAddress, Eval: inUnit(measured(backFD, rttVar)), Check: checkTime},
		{Name: "bc_settings_streams_limit", Doc: "Most streams of the connection to the server.", Out: value.Sint, Uses: sample.ServerConn, Eval: backOne},
		{Name: "bs.aborted", Doc: "Whether the server broke off.", Out: value.Sint, Uses: sample.ServerConn, Eval: backAborted},
		{Name: "bs.debug_str", Doc: "State of the server's side, for developers.", Args: "[integer]", Out: value.Str, Uses: sample.ServerConn, Eval: backState},
		{Name: "bs.id", Doc: "Number of the stream on the connection to the server.", Out: value.Sint, Uses: sample.ServerConn, Eval: backStreamID},
		{Name: "bs.rst_code", Doc: "Code that the server reset the stream with.", Out: value.Sint, Uses: sample.ServerConn, Eval: never},
		{Name: "dst_is_local", Doc: "Whether the address that the client connected to is this system's.", Out: value.Bool, Uses: sample.ClientAddress, Eval: local((*proxy.Stream).Dst)},
		{Name: "fc_dst_is_local", Doc: "Whether the address that the client connected to, before any rule, is this system's.", Out: value.Bool, Uses: sample.ClientAddress, Eval: local(ownDst)},
		{Name: "fc_err", Doc: "Number of the error of the client's connection.", Out: value.Sint, Uses: sample.ClientAddress, Eval: frontErrNumber},
		{Name: "fc_err_name", Doc: "Error of the client's connection in one word.", Out: value.Str, Uses: sample.ClientAddress, Eval: frontErrName},
		{Name: "fc_err_str", Doc: "Error of the client's connection in words.", Out: value.Str, Uses: sample.ClientAddress, Eval: frontErrText},
		{Name: "fc_fackets", Doc: "Segments before the highest one that the client acknowledged.", Args: "[string]", Out: value.Sint, Uses: sample.ClientAddress, Eval: measured(frontFD, func(t *netx.TCPInfo) int64 { return int64(t.Fackets) }), Check: checkNoUnit},
		{Name: "fc_glitches", Doc: "Oddities of the protocol on the client's connection.", Out: value.Sint, Uses: sample.ClientAddress, Eval: ofMux(front, 0)},
		{Name: "fc_http_major", Doc: "Version of HTTP on the client's connection, 1 or 2.", Out: value.Sint, Uses: sample.ClientAddress, Eval: ofMux(front, 1)},
		{Name: "fc_lost", Doc: "Segments to the client thought lost.", Args: "[string]", Out: value.Sint, Uses: sample.ClientAddress, Eval: measured(frontFD, func(t *netx.TCPInfo) int64 { return int64(t.Lost) }), Check: checkNoUnit},
		{Name: "fc_nb_streams", Doc: "Streams open on the client's connection.", Out: value.Sint, Uses: sample.ClientAddress, Eval: one},
		{Name: "fc_reordering", Doc: "How far segments of the client's connection may be out of order.", Args: "[string]", Out: value.Sint, Uses: sample.ClientAddress, Eval: measured(frontFD, func(t *netx.TCPInfo) int64 { return int64(t.Reordering) }), Check: checkNoUnit},
		{Name: "fc_retrans", Doc: "Segments on their way to the client again.", Args: "[string]", Out: value.Sint, Uses: sample.ClientAddress, Eval: measured(frontFD, func(t *netx.TCPInfo) int64 { return int64(t.Retrans) }), Check: checkNoUnit},
		{Name: "fc_rtt", Doc: "Round trip time to the client.", Args: "[string]", Out: value.Sint, Uses: sample.ClientAddress, Eval: inUnit(measured(frontFD, rtt)), Check: checkTime},
		{Name: "fc_rttvar", Doc: "Variance of the round trip time to the client.", Args: "[string]", Out: value.Sint, Uses: sample.ClientAddress, Eval: inUnit(measured(frontFD, rttVar)), Check: checkTime},
		{Name: "fc_sacked", Doc: "Segments that the client acknowledged out of order.", Args: "[string]", Out: value.Sint, Uses: sample.ClientAddress, Eval: measured(frontFD, func(t *netx.TCPInfo) int64 { return int64(t.Sacked) }), Check: checkNoUnit},
		{Name: "fc_saved_syn", Doc: "The packet that opened the client's connection, of a bind line with tcp-ss; the system gives it out once.", Out: value.Bin, Uses: sample.ClientAddress, Eval: savedSYN},
		{Name: "fc_settings_streams_limit", Doc: "Most streams of the client's connection.", Out: value.Sint, Uses: sample.ClientConn, Eval: one},
		{Name: "fc_src_is_local", Doc: "Whether the client's address, before any rule, is this system's.", Out: value.Bool, Uses: sample.ClientAddress, Eval: local(ownSrc)},
		{Name: "fc_unacked", Doc: "Segments on their way to the client.", Args: "[string]", Out: value.Sint, Uses: sample.ClientAddress, Eval: measured(frontFD, func(t *netx.TCPInfo) int64 { return int64(t.Unacked) }), Check: checkNoUnit},
		{Name: "fs.aborted", Doc: "Whether the client broke off.", Out: value.Sint, Uses: sample.ClientConn, Eval: frontAborted},
		{Name: "fs.debug_str", Doc: "State of the client's side, for developers.", Args: "[integer]", Out: value.Str, Uses: sample.ClientConn, Eval: frontState},
		{Name: "fs.id", Doc: "Number of the stream on the client's connection.", Out: value.Str, Uses: sample.ClientConn, Eval: frontStreamID},
		{Name: "fs.rst_code", Doc: "Code that the client reset the stream with.", Out: value.Sint, Uses: sample.ClientConn, Eval: never},
		{Name: "src_is_local", Doc: "Whether the client's address is this system's.", Out: value.Bool, Uses: sample.ClientAddress, Eval: local((*proxy.Stream).Src)},
	}
}

// never is a fetch of what HTTP/1 and TCP do not have.
func never(*proxy.Stream, sample.Args, *value.Value) bool { return false }

// proxyBack is the backend, nil while there is no connection to one of its servers.
func proxyBack(s *proxy.Stream) *proxy.Proxy {
	if s.Server == nil {
		return nil
	}
	return s.Back
}

// ofMux makes the fetch of a fact that holds for every connection with HTTP/1 on it.
func ofMux(side func(*proxy.Stream) *proxy.Proxy, n int64) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		p := side(s)
		v.SetInt(n)
		return p != nil && p.Mode == proxy.ModeHTTP
	}
}

// backOne is the number of streams of a connection without a multiplexer.
func backOne(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(1)
	return s.Server != nil
}

func backErr(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(s.Log.BackErr))
	return s.Server != nil
}

func backErrName(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return s.Server != nil && s.Log.BackErr != proxy.ConnOK && setName(s, s.Log.BackErr.Name(), v)
}

func backErrText(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return s.Server != nil && setName(s, s.Log.BackErr.Text(), v)
}

// frontErr is the error of the client's connection.
func frontErr(s *proxy.Stream) proxy.ConnError {
	if x := s.Sess.Extra; x != nil {
		return x.Err
	}
	return proxy.ConnOK
}

func frontErrNumber(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(frontErr(s)))
	return true
}

func frontErrName(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	e := frontErr(s)
	return e != proxy.ConnOK && setName(s, e.Name(), v)
}

func frontErrText(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return setName(s, frontErr(s).Text(), v)
}

// frontFD and backFD return the descriptor of a connection that is open, -1 without.
func frontFD(s *proxy.Stream) int {
	if !s.Sess.Conn.IsOpen() {
		return -1
	}
	return s.Sess.Conn.FD()
}

func backFD(s *proxy.Stream) int {
	if c := s.Log.BackConn; c != nil && c.Conn.IsOpen() {
		return c.Conn.FD()
	}
	return -1
}

// measured makes the fetch of something that the system knows of a TCP connection.
func measured(fd func(*proxy.Stream) int, get func(*netx.TCPInfo) int64) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		n := fd(s)
		if n < 0 {
			return false
		}
		var t netx.TCPInfo
		if t.Read(n) != nil {
			return false
		}
		v.SetInt(get(&t))
		return true
	}
}

// savedSYN fetches the packet that opened the client's connection.
func savedSYN(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	fd := frontFD(s)
	if fd < 0 {
		return false
	}
	b, err := netx.SavedSYN(fd, s.Arena.Tail(256))
	if err != nil || len(b) == 0 {
		return false
	}
	v.Type, v.Bytes = value.Bin, s.Arena.Keep(b)
	return true
}

func rtt(t *netx.TCPInfo) int64    { return int64(t.RTT) }
func rttVar(t *netx.TCPInfo) int64 { return int64(t.RTTVar) }

// inUnit divides a time in nanoseconds by the unit of the argument, milliseconds without one.
func inUnit(get sample.Func) sample.Func {
	return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
		if !get(s, a, v) {
			return false
		}
		unit := int64(time.Millisecond)
		if len(a) > 0 {
			unit = a[0].Int
		}
		v.Int /= unit
		return true
	}
}

// checkTime reads the unit of a time, milliseconds without one.
func checkTime(a sample.Args, _ *sample.Env) error {
	if len(a) == 0 {
		return nil
	}
	switch string(a[0].Str) {
	case "us":
		a[0].Int = int64(time.Microsecond)
	case "ms", "":
		a[0].Int = int64(time.Millisecond)
	default:
		return fmt.Errorf("expects 'us' or 'ms', got '%s'", a[0].Str)
	}
	return nil
}

// checkNoUnit tells that counts have no unit.
func checkNoUnit(a sample.Args, e *sample.Env) error {
	if a.Has(0) {
		e.Warning("no argument supported for 'fc_*' sample expressions returning counters")
	}
	return nil
}

func ownSrc(s *proxy.Stream) netip.AddrPort { return s.Sess.ConnSrc() }
func ownDst(s *proxy.Stream) netip.AddrPort { return s.Sess.ConnDst() }

// local makes the fetch of whether an address is this system's. Those of UNIX sockets are.
func local(addr func(*proxy.Stream) netip.AddrPort) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		a := addr(s)
		v.SetBool(!a.IsValid() || netx.IsLocal(a.Addr()))
		return a.IsValid() || s.Sess.Flags&proxy.SessUnix != 0
	}
}

func frontStreamID(s *proxy.Stream, _ sample.Args, v *value.Value) bool { return setName(s, "0", v) }

func backStreamID(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(0)
	return s.Server != nil
}

func frontAborted(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(0)
	if s.Term.Cause == proxy.CauseClient || s.Sess.Conn.IsOpen() && s.Sess.Conn.Failed() {
		v.SetInt(1)
	}
	return true
}

func backAborted(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(0)
	if c := s.Log.BackConn; c != nil && (s.Term.Cause == proxy.CauseServer || c.Conn.IsOpen() && c.Conn.Failed()) {
		v.SetInt(1)
	}
	return s.Server != nil
}
