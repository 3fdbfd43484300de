package keyword_test

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"sluice/internal/config"
	"sluice/internal/directive"
	"sluice/internal/keyword"
	"sluice/internal/proxy"
	"sluice/internal/wire/h1"
)

// benchRules is a configuration around the rules that bench measures against HAProxy.
const benchRules = `
defaults
	mode http
	timeout client 10s
	timeout server 10s
	timeout connect 10s
frontend web
	bind 127.0.0.1:1
%s
	default_backend be
backend be
	server s 127.0.0.1:1
`

const browserRequest = "GET /100 HTTP/1.1\r\nHost: 127.0.0.1:9891\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n" +
	"Accept-Encoding: gzip, deflate, br\r\nX-Forwarded-Proto: https\r\n" +
	"Cookie: theme=dark; SESSION=0123456789abcdef0123456789abcdef; variant=stable\r\n\r\n"

// BenchmarkRules measures 20 ACLs and 11 rules on the request of a browser, and the reading of that request alone, which is
// to be taken off.
func BenchmarkRules(b *testing.B) {
	rules, err := os.ReadFile("../../bench/rules.cfg")
	if err != nil {
		b.Fatal(err)
	}
	text := fmt.Sprintf(benchRules, rules)
	tables, env, report := keyword.All(), config.NewEnv(os.Environ()), &config.Report{}
	build := directive.NewBuilder(tables.Language(), env)
	config.Parse(tables.Config(), build, []*config.File{config.Scan("rules.cfg", []byte(text))},
		config.Settings{Env: env, Facts: keyword.Facts(), Report: report})
	snap := build.Build(report)
	if report.Fatal() {
		b.Fatal(report.Diagnostics())
	}
	var front *proxy.Proxy
	for _, p := range snap.Proxies {
		if p.Name == "web" {
			front = p
		}
	}
	x := &proxy.Session{Front: front, Bind: front.Binds[0], Src: netip.MustParseAddrPort("127.0.0.1:4000")}
	s := new(proxy.Stream)
	var p h1.Parser
	in := []byte(strings.Clone(browserRequest))
	read := func() {
		s.Reset()
		s.Sess, s.Snap, s.Front, s.Mode = x, snap, front, proxy.ModeHTTP
		p.Reset()
		if _, v := p.Request(in, &s.Req, &h1.Options{}); v != h1.Done {
			b.Fatal("bad request")
		}
	}
	b.Run("reading", func(b *testing.B) {
		for b.Loop() {
			read()
		}
	})
	b.Run("rules", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			read()
			if v, _ := proxy.RunAll(front.Rules.HTTPRequest, s); v != proxy.Continue {
				b.Fatal(v)
			}
		}
	})
}
