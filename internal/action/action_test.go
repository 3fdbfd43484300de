package action_test

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/internal/action"
	"sluice/internal/keyword"
	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
	"sluice/internal/sticktable"
	"sluice/internal/wire/h1"
)

var update = flag.Bool("update", false, "write what the cases of testdata give into their files")

// TestEveryActionHasItsCases runs the cases of testdata/<action>.txt and fails for an action without any. A case is some
// lines: rules, as in a configuration; "in" with the head of a message, its lines separated by "|"; then what becomes of it.
// "=" lines are what the test writes: the verdict, the head afterwards if it changed, and for each "show" line its format's
// value.
func TestEveryActionHasItsCases(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range action.Rows() {
		if seen[row.Name] {
			continue
		}
		seen[row.Name] = true
		t.Run(row.Name, func(t *testing.T) {
			path := filepath.Join("testdata", row.Name+".txt")
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := answer(t, string(content))
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, lines := strings.Split(string(content), "\n"), strings.Split(got, "\n")
			for i := range min(len(want), len(lines)) {
				if want[i] != lines[i] {
					t.Fatalf("%s:%d:\n got %s\nwant %s", path, i+1, lines[i], want[i])
				}
			}
			if len(want) != len(lines) {
				t.Errorf("%s has %d lines, want %d", path, len(want), len(lines))
			}
		})
	}
}

// answer returns a file of cases with its "=" lines anew.
func answer(t *testing.T, content string) string {
	var b strings.Builder
	for i, block := range strings.Split(content, "\n\n") {
		if i > 0 {
			b.WriteString("\n")
		}
		c := newCase(t)
		for line := range strings.Lines(block) {
			line = strings.TrimSuffix(line, "\n")
			if !strings.HasPrefix(line, "=") && line != "" {
				b.WriteString(line + "\n")
				c.line(line)
			}
		}
		b.WriteString(c.run())
	}
	return b.String()
}

// oneCase is some rules and a message.
type oneCase struct {
	t     *testing.T
	lang  *rule.Registry
	env   sample.Env
	set   rule.Set
	rules []*proxy.Rule
	head  string
	show  []string
	bad   string
}

func newCase(t *testing.T) *oneCase {
	tables := keyword.All()
	lang := tables.Language()
	px := &proxy.Proxy{Name: "p", Caps: proxy.CapListen}
	px.Mode = proxy.ModeHTTP
	return &oneCase{t: t, lang: lang.Actions, head: "GET /a/b?c=d HTTP/1.1|host: example.com|x: 1|x: 2",
		env: sample.Env{Reg: lang.Samples, Names: lang.Names, Proxy: px, Experimental: true, Counters: 3,
			Getenv:   func(string) (string, bool) { return "", false },
			Pending:  &sample.Pending{},
			ReadFile: readFile, ReadAnswer: readFile}}
}

func (c *oneCase) line(line string) {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "#":
		return
	case "in":
		c.head = rest
		return
	case "show":
		c.show = append(c.show, rest)
		return
	}
	for _, set := range rule.Sets() {
		if row, _ := c.lang.Lookup(set, word); row != nil && set&(rule.OldRequest|rule.OldResponse) != 0 {
			line = set.String() + " " + line
		}
		words, found := strings.CutPrefix(line, set.String()+" ")
		if !found {
			continue
		}
		if set == rule.Redirect {
			words = line
		}
		c.set = set
		scope := pattern.NewScope(pattern.NewLists())
		r, err := rule.Parse(c.lang, set, split(words), scope, &c.env)
		if err != nil {
			c.bad = err.Error()
			return
		}
		c.rules = append(c.rules, r)
		return
	}
	c.t.Errorf("what is %q?", line)
}

// split cuts a line at its spaces, except for those between double quotes.
func split(line string) []string {
	var words []string
	quoted, open, word := false, false, ""
	for _, r := range line {
		switch {
		case r == '"':
			quoted, open = !quoted, true
		case r == ' ' && !quoted:
			if open {
				words = append(words, word)
			}
			open, word = false, ""
		default:
			open, word = true, word+string(r)
		}
	}
	if open {
		words = append(words, word)
	}
	return words
}

func (c *oneCase) run() string {
	if c.bad != "" {
		return "= error " + oneLine(c.bad) + "\n"
	}
	if len(c.rules) == 0 {
		return ""
	}
	s := new(proxy.Stream)
	s.Reset()
	s.Sess = &proxy.Session{}
	s.Front, s.Back = c.env.Proxy, c.env.Proxy
	s.Snap = &proxy.Snapshot{Global: &proxy.Global{}, Proc: &proxy.Process{VarNames: c.env.Names}, Proxies: c.tables(),
		Resolvers: []*proxy.Resolvers{{Name: "dns", Lookup: hosts{}}}}
	s.Snap.Global.Tune.StickCounters = c.env.Counters
	if slices.ContainsFunc(c.rules, func(r *proxy.Rule) bool { return r.Name == "track-sc" }) {
		s.Sess.Src = netip.MustParseAddrPort("192.0.2.1:1234")
	}
	s.Snap.Global.Tune.BufSize, s.Snap.Global.Tune.MaxRewrite, s.Snap.Global.Tune.MaxHdr = 1000, 100, 20
	s.Held = [2]int{950, 950}
	for _, u := range c.env.Pending.Resolve(s.Snap) {
		return "= error " + u.Text + "\n"
	}
	c.read(s)
	v, _ := proxy.RunAll(c.rules, s)
	out := "= " + oneLine(verdictOf(s, v)) + "\n"
	if head := c.write(s); head != c.head {
		out += "= " + head + "\n"
	}
	for _, format := range c.show {
		env := c.env
		f, err := sample.ParseFormat(format, sample.ForValue, &env)
		if err != nil {
			c.t.Fatal(err)
		}
		out += fmt.Sprintf("= %s\n", f.Append(nil, s))
	}
	return out
}

// hosts knows example.com.
type hosts struct{}

func (hosts) Known(name []byte, prefer proxy.Family) (netip.Addr, bool) {
	ip := map[proxy.Family]string{proxy.FamIPv4: "192.0.2.1", proxy.FamIPv6: "2001:db8::1"}[prefer]
	return netip.MustParseAddr(ip), string(name) == "example.com"
}

func (hosts) Ask(string, proxy.Family) netip.Addr { return netip.Addr{} }

// tables are the section at hand with a table of addresses, and others with tables of paths.
func (c *oneCase) tables() []*proxy.Proxy {
	array := []sticktable.Store{{Field: sticktable.GPC, Count: 3}, {Field: sticktable.GPT, Count: 3}, {Field: sticktable.HTTPReqCnt}}
	c.env.Proxy.Table = sticktable.New(sticktable.Config{Name: "p", Kind: sticktable.IPv4, Size: 10, Stores: array})
	q := sticktable.New(sticktable.Config{Name: "q", Kind: sticktable.String, KeyLen: 2, Size: 10})
	return []*proxy.Proxy{c.env.Proxy, {Name: "q", Table: q}}
}

// read parses the message into the stream.
func (c *oneCase) read(s *proxy.Stream) {
	raw := []byte(strings.ReplaceAll(c.head, "|", "\r\n") + "\r\n\r\n")
	var p h1.Parser
	if strings.HasPrefix(c.head, "HTTP/") {
		if _, v := p.Response(raw, &s.Res, h1.Asked{}, &h1.Options{MaxFields: 100}); v != h1.Done {
			c.t.Fatalf("%q is no response", c.head)
		}
		return
	}
	if _, v := p.Request(raw, &s.Req, &h1.Options{MaxFields: 100, Relaxed: true}); v != h1.Done {
		c.t.Fatalf("%q is no request", c.head)
	}
}

func (c *oneCase) write(s *proxy.Stream) string {
	var b []byte
	if strings.HasPrefix(c.head, "HTTP/") {
		b = h1.AppendResponse(nil, &s.Res, &h1.Plan{})
	} else {
		b = h1.AppendRequest(nil, &s.Req, &h1.Plan{})
	}
	return strings.ReplaceAll(strings.TrimSuffix(string(b), "\r\n\r\n"), "\r\n", "|")
}

// oneLine writes line ends as a file of cases can hold them.
func oneLine(text string) string { return strings.ReplaceAll(text, "\n", `\n`) }

// verdictOf describes what the rules decided.
func verdictOf(s *proxy.Stream, v proxy.Verdict) string {
	switch v {
	case proxy.Continue:
		return "goes on"
	case proxy.Stop:
		return "passes"
	case proxy.Abort:
		return "closed"
	case proxy.NeedInput:
		return "waits"
	case proxy.CloseServer:
		return "server closed"
	case proxy.SwitchHTTP:
		return "becomes HTTP"
	case proxy.InternalError:
		return fmt.Sprintf("fails, %d failed rewrites", s.FailedRewrites)
	case proxy.Deny:
		return fmt.Sprintf("denied %d tarpit=%v invalid=%v%s", s.Deny.Status, s.Deny.Tarpit, s.Deny.Invalid, static(s, s.Deny.Reply))
	case proxy.Reply:
		if s.Answer.Static != nil {
			return "answers" + static(s, s.Answer.Static)
		}
		return "answers " + strings.ReplaceAll(string(s.Answer.Head)+string(s.Answer.Body), "\r\n", "|")
	}
	return fmt.Sprint("verdict ", v)
}

func static(s *proxy.Stream, r *proxy.StaticReply) string {
	if r == nil {
		return ""
	}
	out := fmt.Sprintf(" %d", r.Status)
	if r.Page {
		out += " page"
	}
	if r.ContentType != "" {
		out += " " + r.ContentType
	}
	for i := range r.Headers {
		out += fmt.Sprintf(" %s=%s", r.Headers[i].Name, r.Headers[i].Format.Append(nil, s))
	}
	body := r.Body
	if r.BodyFormat != nil {
		body = r.BodyFormat.Append(nil, s)
	}
	return out + fmt.Sprintf(" %q", append(body, r.Raw...))
}

// readFile is the content of every file.
func readFile(string) ([]byte, error) {
	return []byte("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfile\n"), nil
}
