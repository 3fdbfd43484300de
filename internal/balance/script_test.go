package balance

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/value"
)

// A script is a backend, what happens to it and what haproxy was seen to do. Lines before the first empty one are the
// backend's; then one step per line, each with its recorded answer after "=>":
//
//	get <n> [key=<kind>]     n requests, one after the other: the servers' names
//	hold <id> [key=..]       a request that stays: the server's name, "queue" while it waits, or "503"
//	free <id>                it ends: who got the slot, as "id:server", or "-"
//	weight <server> <n>      set server ... weight
//	state <server> <word>    set server ... state
//	maxconn <server> <n>     set maxconn server ...
//	queued                   streams waiting: backend, then each server
//	settle                   who got a slot, or was sent away, by the last changes
//
// Requests vary by their number: the i-th of the script has the target, header, source and so on that request gives.
//
// A first line "# 3: <why>" says that only that major version answers like this.
type script struct {
	name    string
	only    string
	why     string
	backend []string
	steps   []step
}

type step struct {
	words  []string
	answer string
}

func readScript(t *testing.T, file string) script {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sc := script{name: file}
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && lines.Text() != "" {
		if rest, found := strings.CutPrefix(lines.Text(), "# "); found {
			sc.only, sc.why, _ = strings.Cut(rest, ": ")
			continue
		}
		sc.backend = append(sc.backend, lines.Text())
	}
	for lines.Scan() {
		what, answer, _ := strings.Cut(lines.Text(), " => ")
		sc.steps = append(sc.steps, step{strings.Fields(what), answer})
	}
	return sc
}

func (sc *script) write(t *testing.T) {
	t.Helper()
	var b strings.Builder
	if sc.only != "" {
		fmt.Fprintf(&b, "# %s: %s\n", sc.only, sc.why)
	}
	for _, line := range sc.backend {
		fmt.Fprintln(&b, line)
	}
	fmt.Fprintln(&b)
	for _, st := range sc.steps {
		fmt.Fprint(&b, strings.Join(st.words, " "))
		if st.answer != "" {
			fmt.Fprint(&b, " => ", st.answer)
		}
		fmt.Fprintln(&b)
	}
	if err := os.WriteFile(sc.name, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// driver is something that can play a script: this package, or haproxy.
type driver interface {
	get(r request) string
	hold(id string, r request) string
	free(id string) string
	set(words []string)
	queued() string
	settled() string
	close()
}

// play runs the steps and calls saw with each one's answer.
func (sc *script) play(t *testing.T, d driver, saw func(i int, answer string)) {
	t.Helper()
	number := 0
	for i, st := range sc.steps {
		args := st.words[1:]
		var out string
		switch st.words[0] {
		case "get":
			n, err := strconv.Atoi(args[0])
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for range n {
				names = append(names, d.get(newRequest(number, args[1:])))
				number++
			}
			out = strings.Join(names, " ")
		case "hold":
			out = d.hold(args[0], newRequest(number, args[1:]))
			number++
		case "free":
			out = d.free(args[0])
		case "queued":
			out = d.queued()
		case "settle":
			out = d.settled()
		default:
			d.set(st.words)
		}
		saw(i, out)
	}
}

// request is one request of a script.
type request struct {
	method, target, header, body, src string
	class, offset                     int
	server                            string // use-server
}

// newRequest makes the i-th request; args may ask for what it has beside a target.
func newRequest(i int, args []string) request {
	h := uint32(i)*2654435761 + 12345
	r := request{method: "GET", target: fmt.Sprintf("/%x/%d/x?id=u%d&q=%x", h, i, h%1000, i*i)}
	r.src = netip.AddrFrom4([4]byte{byte(10 + i%3), byte(h >> 20), byte(h >> 8), byte(i)}).String()
	for _, arg := range args {
		key, v, _ := strings.Cut(arg, "=")
		switch key {
		case "key":
			r.header = strings.ReplaceAll(v, "%", strconv.Itoa(i))
		case "target":
			r.target = v
		case "body":
			r.method, r.target, r.body = "POST", "/", strings.ReplaceAll(v, "%", strconv.Itoa(i))
		case "src6":
			r.src = netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 7: byte(h), 11: byte(i), 15: byte(h >> 9)}).String()
		case "use":
			r.server = v
		case "class":
			r.class, _ = strconv.Atoi(v)
		case "offset":
			r.offset, _ = strconv.Atoi(v)
		}
	}
	return r
}

// fill makes s the stream of r.
func (r request) fill(s *proxy.Stream) {
	s.Req.Method, s.Req.MethodID = []byte(r.method), value.LookupMethod([]byte(r.method))
	s.Req.Target, s.Req.Form = []byte(r.target), msg.OriginForm
	s.ReqBody.Bytes = []byte(r.body)
	s.Req.Fields = append(s.Req.Fields, msg.Field{Name: []byte("host"), Value: []byte("x")})
	if r.header != "" {
		s.Req.Fields = append(s.Req.Fields, msg.Field{Name: []byte("x-key"), Value: []byte(r.header)})
	}
	s.SrcOverride = netip.AddrPortFrom(netip.MustParseAddr(r.src), 1)
	s.LB.Priority, s.LB.Offset = int32(r.class), int32(r.offset)
	if srv := s.Back.ByName[r.server]; srv != nil && srv.State.Up() {
		s.Server, s.LB.Assigned, s.LB.Direct = srv, true, true
	}
}

// backend makes the proxy that the script's lines describe.
func (sc *script) proxy(t *testing.T) *proxy.Proxy {
	t.Helper()
	p := &proxy.Proxy{Name: "be", Caps: proxy.CapBackend, State: proxy.NewState(1), ByName: map[string]*proxy.Server{}}
	for _, line := range sc.backend {
		w := strings.Fields(line)
		switch w[0] {
		case "balance":
			p.Balance = balanceLine(t, p.Balance, w[1:])
		case "hash-type":
			hashType(&p.Balance, w[1:])
		case "hash-balance-factor":
			p.HashBalance, _ = strconv.Atoi(w[1])
		case "hash-preserve-affinity":
			p.HashKeep = proxy.HashPreserve(slices.Index([]string{"always", "maxconn", "maxqueue"}, w[1]))
		case "option":
			p.Options |= proxy.OptAllBackups
		case "fullconn":
			p.FullConn, _ = strconv.Atoi(w[1])
		case "server":
			p.Servers = append(p.Servers, serverLine(t, p, w[1:]))
		default:
			t.Fatalf("%s: %q", sc.name, line)
		}
	}
	for _, srv := range p.Servers {
		p.ByName[srv.Name] = srv
		srv.State = proxy.NewServerState(srv, 1)
	}
	b, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	p.Balancer = b
	return p
}

func balanceLine(t *testing.T, b proxy.Balance, w []string) proxy.Balance {
	name, arg, _ := strings.Cut(strings.TrimSuffix(w[0], ")"), "(")
	for b.Algo = proxy.AlgoRoundRobin; b.Algo.String() != name; b.Algo++ {
		if b.Algo > proxy.AlgoLogHash {
			t.Fatalf("algorithm %q", name)
		}
	}
	b.Param = []byte(strings.ToLower(arg))
	for i := 1; i < len(w); i++ {
		switch w[i] {
		case "len":
			b.Len, _ = strconv.Atoi(w[i+1])
		case "depth":
			b.Depth, _ = strconv.Atoi(w[i+1])
		case "whole":
			b.Whole = true
		case "path-only":
			b.PathOnly = true
		case "check_post":
			b.CheckPost = true
		case "use_domain_only":
			b.DomainOnly = true
		default:
			if b.Algo == proxy.AlgoURLParam {
				b.Param = []byte(w[i])
			}
		}
	}
	return b
}

func hashType(b *proxy.Balance, w []string) {
	if w[0] == "consistent" {
		b.Type, b.Avalanche = proxy.HashConsistent, len(w) == 1
	}
	if len(w) > 1 {
		b.Func = proxy.HashFunc(slices.Index([]string{"sdbm", "djb2", "wt6", "crc32", "none"}, w[1]))
	}
	if len(w) > 2 {
		b.Avalanche = true
	}
}

func serverLine(t *testing.T, p *proxy.Proxy, w []string) *proxy.Server {
	srv := &proxy.Server{Name: w[0], Index: len(p.Servers), ID: len(p.Servers) + 1, Weight: 1, Proxy: p}
	for i := 1; i < len(w); i++ {
		n := 0
		if i+1 < len(w) {
			n, _ = strconv.Atoi(w[i+1])
		}
		switch w[i] {
		case "weight":
			srv.Weight = n
		case "id":
			srv.ID = n
		case "maxconn":
			srv.MaxConn = n
		case "minconn":
			srv.MinConn = n
		case "maxqueue":
			srv.MaxQueue = n
		case "guid":
			srv.GUID = w[i+1]
		case "hash-key":
			srv.HashKey = proxy.HashKey(slices.Index([]string{"id", "id32", "addr", "addr-port", "guid"}, w[i+1]))
		case "backup":
			srv.Backup = true
			continue
		case "disabled":
			srv.Disabled = true
			continue
		default:
			t.Fatalf("server %s: %q", w[0], w[i])
		}
		i++
	}
	return srv
}
