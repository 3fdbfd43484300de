package fetch

import (
	"bytes"
	"fmt"
	"strconv"

	"sluice/internal/loop"
	"sluice/internal/netx"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// stateRows are the fetches of what is in force for a stream, of rates, and of how busy the program is (configuration.txt
// 7.3.2, 7.3.3).
func stateRows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "be_sess_rate", Doc: "Sessions per second of a backend.", Args: "backend", Out: value.Sint, Uses: sample.Internal, Bind: bindRate(func(p *proxy.State) *proxy.GlobalRate { return &p.BackSessions })},
		{Name: "cpu_usage_grp", Doc: "Load of the threads of the group in percent.", Out: value.Sint, Uses: sample.Internal, Eval: loadAll},
		{Name: "cpu_usage_proc", Doc: "Load of all threads in percent.", Out: value.Sint, Uses: sample.Internal, Eval: loadAll},
		{Name: "cpu_usage_thr", Doc: "Load of the thread in percent.", Out: value.Sint, Uses: sample.Internal, Eval: loadOne},
		{Name: "cur_client_timeout", Doc: "Client timeout in force in milliseconds.", Out: value.Sint, Uses: sample.Frontend, Eval: current(front, func(t *proxy.Timeouts, own *proxy.Tuning) int64 { return own.Or(own.TimeoutClient, t.Client) })},
		{Name: "cur_connect_timeout", Doc: "Connect timeout in force in milliseconds.", Out: value.Sint, Uses: sample.Backend, Eval: current(back, func(t *proxy.Timeouts, own *proxy.Tuning) int64 { return own.Or(own.TimeoutConnect, t.Connect) })},
		{Name: "cur_max_retries", Doc: "Connection retries in force.", Out: value.Sint, Uses: sample.Backend, Eval: curRetries},
		{Name: "cur_queue_timeout", Doc: "Queue timeout in force in milliseconds.", Out: value.Sint, Uses: sample.Backend, Eval: current(back, func(t *proxy.Timeouts, own *proxy.Tuning) int64 { return own.Or(own.TimeoutQueue, t.Queue) })},
		{Name: "cur_server_timeout", Doc: "Server timeout in force in milliseconds.", Out: value.Sint, Uses: sample.Backend, Eval: current(back, func(t *proxy.Timeouts, own *proxy.Tuning) int64 { return own.Or(own.TimeoutServer, t.Server) })},
		{Name: "cur_tarpit_timeout", Doc: "Tarpit timeout in force in milliseconds.", Out: value.Sint, Uses: sample.Frontend | sample.Backend, Eval: current(back, func(t *proxy.Timeouts, own *proxy.Tuning) int64 { return own.Or(own.TimeoutTarpit, tarpit(t)) })},
		{Name: "cur_tunnel_timeout", Doc: "Tunnel timeout in force in milliseconds.", Out: value.Sint, Uses: sample.Backend, Eval: current(back, func(t *proxy.Timeouts, own *proxy.Tuning) int64 { return own.Or(own.TimeoutTunnel, t.Tunnel) })},
		{Name: "dump_all_vars", Doc: "All variables, or those of a scope whose names begin in some way, as text.", Args: "[string,string,string]", Out: value.Str, Uses: sample.Constant, Eval: dumpVars, Check: checkDump},
		{Name: "fe_req_rate", Doc: "Requests per second of a frontend.", Args: "frontend", Out: value.Sint, Uses: sample.Internal, Bind: bindRate(func(p *proxy.State) *proxy.GlobalRate { return &p.Requests })},
		{Name: "fe_sess_rate", Doc: "Sessions per second of a frontend.", Args: "frontend", Out: value.Sint, Uses: sample.Internal, Bind: bindRate(func(p *proxy.State) *proxy.GlobalRate { return &p.FrontSessions })},
		{Name: "last_entity", Doc: "Place of the last rule that ended a rule set.", Out: value.Str, Uses: sample.Internal, Eval: entity(func(l *proxy.LogState) *proxy.Rule { return l.LastRule })},
		{Name: "srv_sess_rate", Doc: "Sessions per second of a server.", Args: "server", Out: value.Sint, Uses: sample.Internal, Bind: bindServerRate},
		{Name: "waiting_entity", Doc: "Place of the rule that waited when the stream ended.", Out: value.Str, Uses: sample.Internal, Eval: entity(func(l *proxy.LogState) *proxy.Rule { return l.Waiting })},
	}
}

// bindRate makes the fetch of a rate of a proxy, which counts it from now on.
func bindRate(get func(*proxy.State) *proxy.GlobalRate) func(sample.Args, *sample.Env) (sample.Func, error) {
	return func(a sample.Args, e *sample.Env) (sample.Func, error) {
		e.Pending.Add(sample.Reference{Pos: e.Pos, Resolve: func(snap *proxy.Snapshot) error {
			list := snap.All() // a rule of a defaults section asks for each stream's own
			if a[0].Proxy != nil {
				list = []*proxy.Proxy{a[0].Proxy}
			}
			for _, p := range list {
				if !p.CountRates && p.State != nil {
					return uncounted(p.TypeWord(), p.Name)
				}
				p.CountRates = true
			}
			return nil
		}})
		return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
			p := given(s, a)
			if p == nil {
				return false
			}
			v.SetInt(int64(get(p.State).Read(s.Wall())))
			return true
		}, nil
	}
}

// uncounted refuses an expression that comes while the process runs, and asks for what is not counted.
func uncounted(kind, name string) error {
	return fmt.Errorf("the rate of %s '%s' is not counted, since no expression of the configuration asks for it", kind, name)
}

// bindServerRate is the same for servers.
func bindServerRate(a sample.Args, e *sample.Env) (sample.Func, error) {
	e.Pending.Add(sample.Reference{Pos: e.Pos, Resolve: func(*proxy.Snapshot) error {
		srv := a[0].Server
		switch {
		case srv == nil || srv.CountRates:
		case srv.State != nil:
			return uncounted("server", srv.Proxy.Name+"/"+srv.NameNow())
		default:
			srv.CountRates = true
		}
		return nil
	}})
	return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
		st := server(a)
		if st == nil {
			return false
		}
		v.SetInt(int64(st.Sessions.Read(s.Wall())))
		return true
	}, nil
}

func loadOne(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.Task == nil {
		return false
	}
	v.SetInt(int64(s.Task.Loop().Load()))
	return true
}

// loadAll is the average over all loops, which are one group.
func loadAll(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.Task == nil {
		return false
	}
	loops := s.Task.Loop().Group().Loops()
	sum := 0
	for _, l := range loops {
		sum += l.Load()
	}
	v.SetInt(int64(sum / len(loops)))
	return true
}

// current makes the fetch of a timeout that actions may have changed, in milliseconds.
func current(side func(*proxy.Stream) *proxy.Proxy, which func(*proxy.Timeouts, *proxy.Tuning) int64) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		p := side(s)
		if p == nil {
			return false
		}
		v.SetInt(which(&p.Timeout, &s.Tune) / 1e6)
		return true
	}
}

func curRetries(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(back(s).Retries))
	if s.Tune.Retries >= 0 {
		v.SetInt(int64(s.Tune.Retries))
	}
	return true
}

// entity makes the fetch of the place of a rule.
func entity(get func(*proxy.LogState) *proxy.Rule) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		r := get(&s.Log)
		if r == nil {
			return false
		}
		b := append(s.Arena.Tail(len(r.Pos.File)+12), r.Pos.File...)
		b = strconv.AppendInt(append(b, ':'), int64(r.Pos.Line), 10)
		v.Type, v.Bytes = value.Str, s.Arena.Keep(b)
		return true
	}
}

// dumped are the scopes that dump_all_vars knows, in its order.
var dumped = [...]proxy.Scope{proxy.ScopeSess, proxy.ScopeTxn, proxy.ScopeReq, proxy.ScopeRes, proxy.ScopeProc}

func checkDump(a sample.Args, _ *sample.Env) error {
	if !a.Has(0) {
		return nil
	}
	for _, scope := range dumped {
		if scope.String() == string(a[0].Str) {
			return nil
		}
	}
	return fmt.Errorf("invalid scope '%s', must be one of: sess, txn, req, res, proc", a[0].Str)
}

// maxDump bounds the text of all variables: it must fit a buffer of the usual size.
const maxDump = 16384

func dumpVars(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	p := process(s)
	if p == nil || p.VarNames == nil {
		return false
	}
	sep := ", "
	if a.Has(2) {
		sep = string(a[2].Str)
	}
	b := s.Arena.Tail(256)
	for _, scope := range dumped {
		if a.Has(0) && scope.String() != string(a[0].Str) {
			continue
		}
		s.EachVar(scope, func(id uint32, val *value.Value) {
			name := p.VarNames.Name(id)
			if !bytes.HasPrefix([]byte(name), a.Str(1)) {
				return
			}
			if len(b) > 0 {
				b = append(b, sep...)
			}
			b = append(append(append(b, scope.String()...), '.'), name...)
			b = appendVar(append(b, '='), val)
		})
	}
	if len(b) > maxDump {
		return false
	}
	v.Type, v.Bytes = value.Str, s.Arena.Keep(b)
	return true
}

// appendVar appends a value: text between quotes, bytes in hexadecimal digits, everything else as it is.
func appendVar(b []byte, v *value.Value) []byte {
	switch v.Type {
	case value.Str, value.Meth:
		b = append(b, '"')
		at := len(b)
		b = append(v.Append(b), '"')
		return quoteVar(b, at)
	case value.Bin:
		for _, c := range v.Bytes {
			b = append(b, upperHex[c>>4], upperHex[c&15])
		}
		return b
	case value.Bool:
		return strconv.AppendBool(b, v.Int != 0)
	}
	return v.Append(b)
}

const upperHex = "0123456789ABCDEF"

// quoteVar escapes what is between the quotes from at on.
func quoteVar(b []byte, at int) []byte {
	for i := at; i < len(b)-1; i++ {
		if j := bytes.IndexByte([]byte("\"\\\r\n\b\x00"), b[i]); j >= 0 {
			b = append(b, 0)
			copy(b[i+1:], b[i:])
			b[i], b[i+1] = '\\', "\"\\rnb0"[j]
			i++
		}
	}
	return b
}

// The layers that a debugging text may show, as HAProxy numbers them.
const (
	layerStream = 1
	layerMux    = 2
	layerConn   = 8
	layerSocket = 16
)

func frontState(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return sideState(s, a, v, &s.Sess.Conn, frontFD(s), int(s.Sess.Requests), frontErr(s))
}

func backState(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	c := s.Log.BackConn
	return c != nil && sideState(s, a, v, &c.Conn, backFD(s), c.Uses, s.Log.BackErr)
}

// sideState describes one side of a stream in words of this program.
func sideState(s *proxy.Stream, a sample.Args, v *value.Value, c *loop.Conn, fd, uses int, e proxy.ConnError) bool {
	layers := a.Int(0)
	if layers == 0 {
		layers = -1
	}
	b := s.Arena.Tail(256)
	if layers&layerStream != 0 {
		b = fmt.Appendf(b, " stream=%d term=", s.ID)
		b = s.Term.Append(b, true)
	}
	if layers&layerMux != 0 {
		b = fmt.Appendf(b, " mux=%s uses=%d", s.Mode, uses)
	}
	if layers&layerConn != 0 {
		b = fmt.Appendf(b, " conn.open=%t conn.gone=%t conn.err=%d", c.IsOpen(), c.IsOpen() && c.PeerClosed(), e)
	}
	if layers&layerSocket != 0 && fd >= 0 {
		var t netx.TCPInfo
		b = fmt.Appendf(b, " fd=%d", fd)
		if t.Read(fd) == nil {
			b = fmt.Appendf(b, " rtt=%v rttvar=%v unacked=%d lost=%d retrans=%d", t.RTT, t.RTTVar, t.Unacked, t.Lost, t.TotalRetrans)
		}
	}
	v.Type, v.Bytes = value.Str, bytes.TrimPrefix(s.Arena.Keep(b), []byte(" "))
	return true
}
