package cli

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/internal/loop"
	"sluice/internal/proxy"
	"sluice/internal/stream"
)

// now is the wall time in nanoseconds since 1970.
func now() int64 { return time.Now().UnixNano() }

// stamp prints a wall time as HAProxy's dumps do.
func stamp(ns int64) string { return time.Unix(0, ns).Format("02/Jan/2006:15:04:05.000") }

// streamFilter chooses streams for show sess.
type streamFilter struct {
	id          uint64
	hasID       bool
	older       int64 // ns
	front, back *proxy.Proxy
	server      *proxy.Server
}

func (f *streamFilter) picks(r *stream.Running, now int64) bool {
	return (!f.hasID || r.ID == f.id) && now-r.Begun >= f.older && (f.front == nil || r.Front == f.front) &&
		(f.back == nil || r.Back == f.back) && (f.server == nil || r.Server == f.server)
}

// running is what show sess prints of a stream. It is gathered on the stream's loop and printed off it.
type running struct {
	loop                 int
	id                   uint64
	src, dst             netip.AddrPort
	bind                 *proxy.Bind
	front, back          *proxy.Proxy
	server               *proxy.Server
	accepted, age        int64
	state                string
	in, out              uint64
	clientFD, serverFD   int
	retries              int
	uri                  string
	term                 string
	requests             uint32
	queue, connect, resp int64
}

// gather collects the streams that f picks from all loops, the oldest first.
func (s *Session) gather(f *streamFilter) (list []running) {
	s.srv.Engine.Group.Each(func(l *loop.Loop) {
		s.srv.Engine.Home(l.ID()).Running(func(r *stream.Running) {
			if f.picks(r, l.Now()) {
				list = append(list, seen(l, r))
			}
		})
	})
	slices.SortStableFunc(list, func(a, b running) int {
		switch {
		case a.age > b.age:
			return -1
		case a.age < b.age:
			return 1
		}
		return 0
	})
	return list
}

// seen copies what is shown of a stream. It runs on the stream's loop.
func seen(l *loop.Loop, r *stream.Running) running {
	x := r.Session
	v := running{loop: l.ID() + 1, id: r.ID, src: x.Src, bind: x.Bind, front: r.Front, back: r.Back, server: r.Server,
		accepted: x.Accepted, age: l.Now() - r.Begun, state: state(r), in: r.In, out: r.Out, clientFD: x.Conn.FD(),
		serverFD: -1, requests: x.Requests, queue: -1, connect: -1, resp: -1}
	if x.Flags&proxy.SessUnix == 0 {
		v.dst = x.Destination()
	}
	if r.Conn != nil {
		v.serverFD = r.Conn.Conn.FD()
	}
	if r.Target != nil {
		v.uri = string(r.Target)
	}
	if st := r.Stream; st != nil {
		v.retries, v.term = st.LB.Conns, string(st.Term.Append(nil, false))
		v.queue, v.connect, v.resp = st.Times.Queue, st.Times.Connect, st.Times.Response
		v.in, v.out = v.in+st.Log.BytesIn, v.out+st.Log.BytesOut
	}
	return v
}

// state is what the stream is doing.
func state(r *stream.Running) string {
	st := r.Stream
	switch {
	case r.Resting || st == nil:
		return "RELAY"
	case r.Back == nil || st.Times.Request < 0:
		return "REQUEST"
	case st.LB.Pending.State() == proxy.PendingWaiting:
		return "QUEUE"
	case st.Times.Connect < 0:
		return "CONNECT"
	case st.Mode == proxy.ModeHTTP && st.Times.Response < 0:
		return "RESPONSE"
	}
	return "DATA"
}

// showSessions lists streams: a line each, or several for `all`, one id, or `older`.
func showSessions(s *Session, args []string) {
	f, long, uri, ok := s.streamOptions(args)
	if !ok {
		return
	}
	list := s.gather(&f)
	if f.hasID && len(list) == 0 {
		s.Fail("Session not found.")
		return
	}
	for i := range list {
		if long {
			s.longStream(&list[i])
		} else {
			s.shortStream(&list[i], uri)
		}
	}
}

// streamOptions reads the arguments of show sess; ok is false after it has answered.
func (s *Session) streamOptions(args []string) (f streamFilter, long, uri, ok bool) {
	for i := 0; i < len(args); i++ {
		a, value := args[i], ""
		if i+1 < len(args) {
			value = args[i+1]
		}
		switch {
		case a == "all":
			long = true
		case a == "show-uri":
			uri = true
		case a == "help":
			s.Say(sessionsUsage)
			return f, false, false, false
		case strings.HasPrefix(a, "0x"):
			id, err := strconv.ParseUint(a[2:], 16, 64)
			if err != nil {
				s.Fail("Invalid stream identifier.")
				return f, false, false, false
			}
			f.id, f.hasID, long = id, true, true
		case slices.Contains([]string{"older", "server", "backend", "frontend"}, a):
			if !s.streamOption(&f, a, value) {
				return f, false, false, false
			}
			i++
		default:
			s.Fail("Unsupported option '" + printable(a) + "', try 'help' for more info.")
			return f, false, false, false
		}
	}
	return f, long, uri, true
}

const sessionsUsage = "Usage: show sess [<id> | all | help] [<options>*]\n" +
	"Lists the streams that run, a line each. Selectors:\n" +
	"   <id>         only this stream, with all that is known (0x...)\n" +
	"   all          every stream, with all that is known\n" +
	"   help         prints this text\n" +
	"Options:\n" +
	"   show-uri     adds the target of HTTP requests\n" +
	"   older <age>  only streams older than that many seconds\n" +
	"   server <b/s> only streams of this server\n" +
	"   backend <b>  only streams of this backend\n" +
	"   frontend <f> only streams of this frontend\n"

// streamOption reads an option that takes a value.
func (s *Session) streamOption(f *streamFilter, name, value string) bool {
	snap := s.srv.snapshot()
	switch {
	case value == "" && name == "older":
		s.Fail("Missing age.")
		return false
	case value == "":
		s.Fail("Missing " + name + " name.")
		return false
	case name == "older":
		n, err := strconv.ParseInt(strings.TrimSuffix(value, "s"), 10, 32)
		if err != nil || n < 0 {
			s.Fail("Invalid age.")
			return false
		}
		f.older = n * 1e9
	case name == "server":
		f.server = s.server([]string{value})
		return f.server != nil
	case name == "backend":
		if f.back = snap.Back(value); f.back == nil {
			s.Fail("No such backend.")
			return false
		}
	default:
		if f.front = snap.Front(value); f.front == nil {
			s.Fail("No such frontend.")
			return false
		}
	}
	return true
}

// shortStream prints one line, with the names of HAProxy's fields where they mean the same.
func (s *Session) shortStream(v *running, uri bool) {
	s.Printf("0x%x: proto=%s src=%s fe=%s be=%s srv=%s ts=%02x age=%s state=%s rq[i=%d] rp[o=%d] scf=[fd=%d/%d] scb=[fd=%d/%d] rc=%d",
		v.id, proto(v.src), source(v), s.anon.Hash(v.front.Name), s.backName(v.back), s.serverName(v.server), 0, age(v.age),
		v.state, v.in, v.out, v.loop, v.clientFD, v.loop, v.serverFD, v.retries)
	if uri && v.uri != "" {
		s.Printf(" uri=\"%s\"", printable(s.anon.Path(v.uri)))
	}
	s.Printf("\n")
}

// longStream prints all that is known.
func (s *Session) longStream(v *running) {
	s.Printf("0x%x: [%s] id=%d proto=%s source=%s\n", v.id, stamp(v.accepted), v.id, proto(v.src), source(v))
	s.Printf("  state=%s term=%s conn_retries=%d requests=%d age=%s tid=%d\n", v.state, orDashes(v.term), v.retries, v.requests, age(v.age), v.loop)
	s.Printf("  times: queue=%s connect=%s response=%s\n", since(v.queue), since(v.connect), since(v.resp))
	listen := v.bind.Name
	if listen == "" {
		listen = "?"
	}
	addr := "unix:1"
	if v.dst.IsValid() {
		addr = v.dst.String()
	}
	s.Printf("  frontend=%s (id=%d mode=%s), listener=%s (id=%d) addr=%s\n", s.anon.Hash(v.front.Name), v.front.ID,
		v.front.Mode, listen, v.bind.ID, addr)
	if v.back == nil {
		s.Printf("  backend=<NONE> (id=-1 mode=-)\n")
	} else {
		s.Printf("  backend=%s (id=%d mode=%s)\n", s.anon.Hash(v.back.Name), v.back.ID, v.back.Mode)
	}
	if v.server == nil {
		s.Printf("  server=<NONE> (id=-1)\n")
	} else {
		a := v.server.State.Addr.Load()
		s.Printf("  server=%s (id=%d) addr=%s\n", s.anon.Hash(v.server.NameNow()), v.server.ID, s.anon.Addr(addrPort(a)))
	}
	s.Printf("  scf: fd=%d/%d in=%d out=%d\n  scb: fd=%d/%d\n", v.loop, v.clientFD, v.in, v.out, v.loop, v.serverFD)
	if v.uri != "" {
		s.Printf("  uri=\"%s\"\n", printable(s.anon.Path(v.uri)))
	}
}

func (s *Session) backName(p *proxy.Proxy) string {
	if p == nil {
		return "<NONE>"
	}
	return s.anon.Hash(p.Name)
}

func (s *Session) serverName(srv *proxy.Server) string {
	if srv == nil {
		return "<none>"
	}
	return s.anon.Hash(srv.NameNow())
}

func proto(a netip.AddrPort) string {
	switch {
	case !a.IsValid():
		return "unix_stream"
	case a.Addr().Unmap().Is4():
		return "tcpv4"
	}
	return "tcpv6"
}

func source(v *running) string {
	if !v.src.IsValid() {
		return "unix:" + strconv.Itoa(v.bind.ID)
	}
	return v.src.Addr().Unmap().String() + ":" + strconv.Itoa(int(v.src.Port()))
}

// age prints a duration as dumps do: its two largest units.
func age(ns int64) string {
	sec := ns / 1e9
	switch {
	case sec < 60:
		return fmt.Sprintf("%ds", sec)
	case sec < 3600:
		return fmt.Sprintf("%dm%ds", sec/60, sec%60)
	case sec < 86400:
		return fmt.Sprintf("%dh%dm", sec/3600, sec/60%60)
	}
	return fmt.Sprintf("%dd%dh", sec/86400, sec/3600%24)
}

// since prints a time of a stream, in milliseconds after its start.
func since(ns int64) string {
	if ns < 0 {
		return "-"
	}
	return strconv.FormatInt(ns/1e6, 10) + "ms"
}

func orDashes(s string) string {
	if s == "" {
		return "--"
	}
	return s
}

// kill ends the streams that which picks, on all loops, and returns how many.
func (s *Session) kill(which func(*stream.Running) bool) (n int) {
	s.srv.Engine.Group.Each(func(l *loop.Loop) { n += s.srv.Engine.Home(l.ID()).Kill(which) })
	return n
}

func shutdownSession(s *Session, args []string) {
	var id uint64
	err := strconv.ErrSyntax
	if len(args) > 0 && strings.HasPrefix(args[0], "0x") {
		id, err = parseHex(args[0][2:])
	}
	switch {
	case err != nil:
		s.Fail("Session pointer expected (use 'show sess').")
	case s.kill(func(r *stream.Running) bool { return r.ID == id }) == 0:
		s.Fail("No such session (use 'show sess').")
	}
}

func parseHex(digits string) (uint64, error) {
	n, err := strconv.ParseUint(digits, 16, 64)
	if err != nil {
		return 0, strconv.ErrSyntax
	}
	return n, nil
}

func shutdownServerSessions(s *Session, args []string) {
	if srv := s.server(args); srv != nil {
		s.kill(func(r *stream.Running) bool { return r.Server == srv })
		if proxy.Admin(srv.State.Admin.Load())&proxy.AdminMaint != 0 {
			s.dropIdle(srv)
		}
	}
}
