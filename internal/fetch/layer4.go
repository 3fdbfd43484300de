package fetch

import (
	"fmt"
	"net/netip"
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// layer4Rows are the fetches of connections and of the proxies at hand (configuration.txt 7.3.3).
func layer4Rows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "accept_date", Doc: "Date of accept.", Args: "[string]", Out: value.Sint, Uses: sample.ClientAddress, Eval: acceptDate, Check: checkUnit(0)},
		{Name: "bc_be_queue", Doc: "Position in the backend's queue.", Out: value.Sint, Uses: sample.ServerAddress, Eval: backQueue},
		{Name: "bc_dst", Doc: "Address of the server.", Out: value.Addr, Uses: sample.ServerAddress, Eval: backDst},
		{Name: "bc_dst_port", Doc: "Port of the server.", Out: value.Sint, Uses: sample.ServerAddress, Eval: backDstPort},
		{Name: "bc_reused", Doc: "Whether the connection to the server had been used before.", Out: value.Bool, Uses: sample.ServerAddress, Eval: backReused},
		{Name: "bc_src", Doc: "Own address towards the server.", Out: value.Addr, Uses: sample.ServerAddress, Eval: backSrc},
		{Name: "bc_src_port", Doc: "Own port towards the server.", Out: value.Sint, Uses: sample.ServerAddress, Eval: backSrcPort},
		{Name: "bc_srv_queue", Doc: "Position in the server's queue.", Out: value.Sint, Uses: sample.ServerAddress, Eval: serverQueue},
		{Name: "be_connect_timeout", Doc: "Connect timeout of the backend in milliseconds.", Out: value.Sint, Uses: sample.Backend, Eval: timeoutOf(back, func(t *proxy.Timeouts) int64 { return t.Connect })},
		{Name: "be_id", Doc: "Number of the backend.", Out: value.Sint, Uses: sample.Backend, Eval: beID},
		{Name: "be_max_retries", Doc: "Connection retries of the backend.", Out: value.Sint, Uses: sample.Backend, Eval: beRetries},
		{Name: "be_name", Doc: "Name of the backend.", Out: value.Str, Uses: sample.Backend, Eval: beName},
		{Name: "be_queue_timeout", Doc: "Queue timeout of the backend in milliseconds.", Out: value.Sint, Uses: sample.Backend, Eval: timeoutOf(back, func(t *proxy.Timeouts) int64 { return t.Queue })},
		{Name: "be_server_timeout", Doc: "Server timeout of the backend in milliseconds.", Out: value.Sint, Uses: sample.Backend, Eval: timeoutOf(back, func(t *proxy.Timeouts) int64 { return t.Server })},
		{Name: "be_tarpit_timeout", Doc: "Tarpit timeout of the backend in milliseconds.", Out: value.Sint, Uses: sample.Backend, Eval: timeoutOf(back, tarpit)},
		{Name: "be_tunnel_timeout", Doc: "Tunnel timeout of the backend in milliseconds.", Out: value.Sint, Uses: sample.Backend, Eval: timeoutOf(back, func(t *proxy.Timeouts) int64 { return t.Tunnel })},
		{Name: "dst", Doc: "Address that the client connected to.", Out: value.Addr, Uses: sample.ClientAddress, Eval: dst},
		{Name: "dst_conn", Doc: "Connections of the listener.", Out: value.Sint, Uses: sample.Frontend, Eval: dstConn},
		{Name: "dst_port", Doc: "Port that the client connected to.", Out: value.Sint, Uses: sample.ClientAddress, Eval: dstPort},
		{Name: "fc_dst", Doc: "Address that the client connected to, before any rule.", Out: value.Addr, Uses: sample.ClientAddress, Eval: fcDst},
		{Name: "fc_dst_port", Doc: "Port that the client connected to, before any rule.", Out: value.Sint, Uses: sample.ClientAddress, Eval: fcDstPort},
		{Name: "fc_pp_authority", Doc: "Host name in the PROXY protocol header.", Out: value.Str, Uses: sample.ClientAddress, Eval: tlvOf(0x02)},
		{Name: "fc_pp_tlv", Doc: "Field of the PROXY protocol header by its type.", Args: "string", Out: value.Str, Uses: sample.ClientConn, Eval: fcTLV, Check: checkTLV},
		{Name: "fc_pp_unique_id", Doc: "Unique id in the PROXY protocol header.", Out: value.Str, Uses: sample.ClientAddress, Eval: tlvOf(0x05)},
		{Name: "fc_rcvd_proxy", Doc: "Whether the client sent a PROXY protocol header.", Out: value.Bool, Uses: sample.ClientAddress, Eval: fcProxied},
		{Name: "fc_src", Doc: "Address of the client, before any rule.", Out: value.Addr, Uses: sample.ClientAddress, Eval: fcSrc},
		{Name: "fc_src_port", Doc: "Port of the client, before any rule.", Out: value.Sint, Uses: sample.ClientAddress, Eval: fcSrcPort},
		{Name: "fe_client_timeout", Doc: "Client timeout of the frontend in milliseconds.", Out: value.Sint, Uses: sample.Frontend, Eval: timeoutOf(front, func(t *proxy.Timeouts) int64 { return t.Client })},
		{Name: "fe_defbe", Doc: "Name of the frontend's default backend.", Out: value.Str, Uses: sample.Frontend, Eval: feDefault},
		{Name: "fe_id", Doc: "Number of the frontend.", Out: value.Sint, Uses: sample.Frontend, Eval: feID},
		{Name: "fe_name", Doc: "Name of the frontend.", Out: value.Str, Uses: sample.Frontend, Eval: feName},
		{Name: "fe_tarpit_timeout", Doc: "Tarpit timeout of the frontend in milliseconds.", Out: value.Sint, Uses: sample.Frontend, Eval: timeoutOf(front, tarpit)},
		{Name: "so_id", Doc: "Number of the listener.", Out: value.Sint, Uses: sample.Frontend, Eval: soID},
		{Name: "so_name", Doc: "Name of the listener.", Out: value.Str, Uses: sample.Frontend, Eval: soName},
		{Name: "src", Doc: "Address of the client.", Out: value.Addr, Uses: sample.ClientAddress, Eval: src},
		{Name: "src_port", Doc: "Port of the client.", Out: value.Sint, Uses: sample.ClientAddress, Eval: srcPort},
		{Name: "srv_id", Doc: "Number of the server.", Out: value.Sint, Uses: sample.Server, Eval: srvID},
		{Name: "srv_name", Doc: "Name of the server.", Out: value.Str, Uses: sample.Server, Eval: srvName},
		{Name: "txn.conn_retries", Doc: "Connection retries of the stream.", Out: value.Sint, Uses: sample.ServerAddress, Eval: connRetries},
		{Name: "txn.redispatched", Doc: "Whether the stream was sent to another server after a failure.", Out: value.Bool, Uses: sample.ServerAddress, Eval: redispatched},
	}
}

// setAddr puts an address into v; there is none over UNIX sockets.
func setAddr(a netip.AddrPort, v *value.Value) bool {
	v.SetIP(a.Addr().Unmap())
	return a.IsValid()
}

func setPort(a netip.AddrPort, v *value.Value) bool {
	v.SetInt(int64(a.Port()))
	return a.IsValid()
}

func setName(s *proxy.Stream, name string, v *value.Value) bool {
	v.Type, v.Bytes = value.Str, s.Arena.CopyString(name)
	return true
}

func src(s *proxy.Stream, _ sample.Args, v *value.Value) bool     { return setAddr(s.Src(), v) }
func srcPort(s *proxy.Stream, _ sample.Args, v *value.Value) bool { return setPort(s.Src(), v) }
func dst(s *proxy.Stream, _ sample.Args, v *value.Value) bool     { return setAddr(s.Dst(), v) }
func dstPort(s *proxy.Stream, _ sample.Args, v *value.Value) bool { return setPort(s.Dst(), v) }
func fcSrc(s *proxy.Stream, _ sample.Args, v *value.Value) bool   { return setAddr(s.Sess.ConnSrc(), v) }

func fcSrcPort(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return setPort(s.Sess.ConnSrc(), v)
}

func fcDst(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return setAddr(s.Sess.ConnDst(), v)
}

func fcDstPort(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return setPort(s.Sess.ConnDst(), v)
}

func fcProxied(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetBool(s.Sess.Flags&proxy.SessProxied != 0)
	return true
}

// tlv finds a field of the PROXY protocol header.
func tlv(s *proxy.Stream, kind uint8, v *value.Value) bool {
	if s.Sess.Extra == nil {
		return false
	}
	list := s.Sess.Extra.TLVs
	for i := int(v.Cursor); i < len(list); i++ {
		if list[i].Type == kind {
			v.SetStr(list[i].Value)
			v.Cursor = int64(i + 1)
			v.Flags |= value.NotLast
			return true
		}
	}
	return false
}

func tlvOf(kind uint8) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool { return tlv(s, kind, v) }
}

func fcTLV(s *proxy.Stream, a sample.Args, v *value.Value) bool { return tlv(s, uint8(a[0].Int), v) }

func checkTLV(a sample.Args, _ *sample.Env) error {
	n, err := strconv.ParseInt(string(a[0].Str), 0, 64)
	if err != nil {
		return fmt.Errorf("Could not convert type '%s'", a[0].Str)
	}
	if n < 0 || n > 255 {
		return fmt.Errorf("Invalid TLV Type '%s'", a[0].Str)
	}
	a[0].Int = n
	return nil
}

func acceptDate(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	unit := int64(1e9)
	if a.Has(0) {
		unit = a[0].Int
	}
	ns := s.Times.AcceptNs
	if ns == 0 {
		ns = s.Sess.Accepted
	}
	v.SetInt(ns / unit)
	return true
}

func back(s *proxy.Stream) *proxy.Proxy {
	if s.Back != nil {
		return s.Back
	}
	return s.Front
}

func front(s *proxy.Stream) *proxy.Proxy { return s.Front }

// timeoutOf makes the fetch of one timeout of one side, in milliseconds.
func timeoutOf(side func(*proxy.Stream) *proxy.Proxy, which func(*proxy.Timeouts) int64) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		p := side(s)
		if p == nil {
			return false
		}
		v.SetInt(which(&p.Timeout) / 1e6)
		return true
	}
}

// tarpit is the tarpit timeout, which falls back to that of connections.
func tarpit(t *proxy.Timeouts) int64 {
	if t.Tarpit != 0 {
		return t.Tarpit
	}
	return t.Connect
}

func beID(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(back(s).ID))
	return true
}

func beName(s *proxy.Stream, _ sample.Args, v *value.Value) bool { return setName(s, back(s).Name, v) }

func beRetries(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(back(s).Retries))
	return true
}

func feID(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(s.Front.ID))
	return true
}

func feName(s *proxy.Stream, _ sample.Args, v *value.Value) bool { return setName(s, s.Front.Name, v) }

func feDefault(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.Front.DefaultBackendPtr == nil {
		return false
	}
	return setName(s, s.Front.DefaultBackendPtr.Name, v)
}

func dstConn(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.Sess.Bind == nil || s.Sess.Bind.State == nil {
		return false
	}
	v.SetInt(int64(s.Sess.Bind.State.Front.Cur.Load()))
	return true
}

func soID(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.Sess.Bind == nil {
		return false
	}
	v.SetInt(int64(s.Sess.Bind.ID))
	return true
}

func soName(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.Sess.Bind == nil || s.Sess.Bind.Name == "" {
		return false
	}
	return setName(s, s.Sess.Bind.Name, v)
}

func srvID(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.Server == nil {
		return false
	}
	v.SetInt(int64(s.Server.ID))
	return true
}

func srvName(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return s.Server != nil && setName(s, s.Server.NameNow(), v)
}

func backSrc(s *proxy.Stream, _ sample.Args, v *value.Value) bool { return setAddr(s.BackSrc(), v) }
func backDst(s *proxy.Stream, _ sample.Args, v *value.Value) bool { return setAddr(s.Log.BackDst, v) }

func backSrcPort(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return setPort(s.BackSrc(), v)
}

func backDstPort(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return setPort(s.Log.BackDst, v)
}

func backReused(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetBool(s.Log.Reused)
	return true
}

func backQueue(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(s.LB.QueuedBack))
	return true
}

func serverQueue(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(s.LB.QueuedSrv))
	return true
}

func connRetries(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(max(s.LB.Conns, 0)))
	return true
}

func redispatched(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetBool(s.LB.Redisp)
	return true
}
