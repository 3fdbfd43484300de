package check

import (
	"bytes"
	"strconv"
	"strings"

	"sluice/internal/balance"
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/wire/h1"
)

// httpSend is a step that sends a request (configuration.txt 4.2, option httpchk, http-check send). What is not given is
// empty.
type httpSend struct {
	noted
	method, version string
	uri             string
	uriFormat       *sample.Format
	fields          []httpField
	hasFields       bool
	body            string
	bodyFormat      *sample.Format
	hasBody         bool
	fixed           *fixedRequest // what is sent, where that is always the same
}

// httpField is one header field of a request.
type httpField struct {
	name  string // lower case
	value *sample.Format
}

func (h *httpSend) describe() string { return "send" }

// over returns what h says, and beneath it what another says.
func (h *httpSend) over(under *httpSend) *httpSend {
	out := *h
	if out.method == "" {
		out.method = under.method
	}
	if out.version == "" {
		out.version = under.version
	}
	if out.uri == "" && out.uriFormat == nil {
		out.uri, out.uriFormat = under.uri, under.uriFormat
	}
	if !out.hasFields {
		out.fields, out.hasFields = under.fields, under.hasFields
	}
	if !out.hasBody {
		out.body, out.bodyFormat, out.hasBody = under.body, under.bodyFormat, under.hasBody
	}
	return &out
}

// Run sends the request in one piece.
func (h *httpSend) Run(x *proxy.CheckRun) proxy.CheckVerdict {
	f := h.fixed
	if f == nil || x.Health.SendState {
		f = h.request(x).fix()
	}
	forget(x)
	x.Asked = f.asked
	if v := write(x, f.bytes); v != proxy.CheckNext {
		return v
	}
	x.Result = proxy.CheckResult{Outcome: proxy.OutcomeL7OK}
	return proxy.CheckNext
}

// request is a request about to be sent.
type request struct {
	method, version string
	target          []byte
	fields          []line
	body            []byte
	keep            bool // a Connection field asks for something else than an end
	upgrade         bool
}

type line struct {
	name  string
	value []byte
}

// request renders everything, since a format may look at what will be forgotten.
func (h *httpSend) request(x *proxy.CheckRun) *request {
	r := &request{method: or(h.method, "OPTIONS"), version: or(h.version, "HTTP/1.0")}
	if later(r.version) {
		r.version = "HTTP/1.1"
	}
	if h.uriFormat != nil {
		r.target = plainLine(render(x, h.uriFormat))
	} else {
		r.target = []byte(h.uri)
	}
	if len(r.target) == 0 {
		r.target = []byte{'/'}
	}
	for _, f := range h.fields {
		v := plainLine(render(x, f.value))
		switch f.name {
		case "connection":
			if v = r.connection(v); len(v) == 0 {
				continue
			}
		case "host":
			r.target = withHost(r.target, v)
		}
		r.fields = append(r.fields, line{f.name, v})
	}
	if x.Health.SendState {
		r.fields = append(r.fields, line{"x-haproxy-server-state", state(x.Server)})
	}
	r.body = []byte(h.body)
	if h.bodyFormat != nil {
		r.body = render(x, h.bodyFormat)
	}
	return r
}

// connection takes the words out of a Connection field that are said anew at the end of the head.
func (r *request) connection(v []byte) []byte {
	var rest [][]byte
	end := false
	words := msg.SplitValue(v)
	for w, more := words.Next(); more; w, more = words.Next() {
		switch strings.ToLower(string(w)) {
		case "close":
			end = true
		case "keep-alive", "":
		case "upgrade":
			r.upgrade = true
			rest = append(rest, w)
		default:
			rest = append(rest, w)
		}
	}
	r.keep = !end
	return bytes.Join(rest, []byte(", "))
}

// append writes the request.
func (r *request) append(b []byte) []byte {
	b = append(append(append(b, r.method...), ' '), r.target...)
	b = append(append(append(b, ' '), r.version...), "\r\n"...)
	for _, f := range r.fields {
		b = h1.AppendField(b, []byte(f.name), f.value)
	}
	if len(r.body) > 0 || !bodyless(r.method) {
		b = h1.AppendField(b, []byte("content-length"), strconv.AppendInt(nil, int64(len(r.body)), 10))
	}
	switch modern := r.version == "HTTP/1.1"; {
	case modern && !r.keep:
		b = append(b, "connection: close\r\n"...)
	case !modern && r.keep:
		b = append(b, "connection: keep-alive\r\n"...)
	}
	return append(append(b, "\r\n"...), r.body...)
}

// bodyless reports whether a request of that method that has no body need not say so.
func bodyless(method string) bool {
	return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "DELETE"
}

// later reports whether a version is one of those that are sent as HTTP/1.1.
func later(v string) bool {
	n, ok := strings.CutPrefix(v, "HTTP/")
	return ok && len(n) == 3 && n[1] == '.' && (n[0] > '1' && n[0] <= '9' || n[0] == '1' && n[2] >= '1' && n[2] <= '9')
}

// withHost puts the host into a target that names one.
func withHost(target, host []byte) []byte {
	at := bytes.Index(target, []byte("://"))
	if at <= 0 || target[0] == '/' {
		return target
	}
	from := at + len("://")
	to := len(target)
	if i := bytes.IndexAny(target[from:], "/?#"); i >= 0 {
		to = from + i
	}
	return append(append(append([]byte(nil), target[:from]...), host...), target[to:]...)
}

// plainLine takes out what would end the line.
func plainLine(b []byte) []byte {
	if !bytes.ContainsAny(b, "\r\n\x00") {
		return b
	}
	var out []byte
	for _, c := range b {
		if c != '\r' && c != '\n' && c != 0 {
			out = append(out, c)
		}
	}
	return out
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// state is what http-check send-state tells the server about itself.
func state(srv *proxy.Server) []byte {
	st, p := srv.State, srv.Proxy
	total := int32(0)
	for _, s := range p.All() {
		if s.State.Usable() {
			total += s.State.UserWeight.Load()
		}
	}
	node := ""
	if g := p.Snapshot; g != nil && g.Proc != nil {
		node = g.Proc.Node
	}
	a := st.Addr.Load()
	b := append([]byte(balance.Status(srv)), "; address="...)
	if a.IsUnix() {
		b = append(b, "unix; port=unix"...)
	} else {
		b = strconv.AppendInt(append(append(b, a.IP.String()...), "; port="...), int64(a.Port), 10)
	}
	b = append(append(append(append(b, "; name="...), p.Name...), '/'), srv.NameNow()...)
	b = append(append(b, "; node="...), node...)
	for _, n := range [...]struct {
		name  string
		value int32
	}{
		{"; weight=", st.UserWeight.Load()}, {"/", total}, {"; scur=", st.Cur.Load()}, {"/", p.State.Back.Cur.Load()},
		{"; qcur=", int32(st.Queue.Len())},
	} {
		b = strconv.AppendInt(append(b, n.name...), int64(n.value), 10)
	}
	return b
}
