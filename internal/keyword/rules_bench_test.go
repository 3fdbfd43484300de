package keyword_test

import (
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

// benchRules are ACLs and rules of every common kind.
const benchRules = `
defaults
	mode http
	timeout client 10s
	timeout server 10s
	timeout connect 10s
frontend web
	bind 127.0.0.1:1
	acl static    path_beg /static/ /images/ /css/ /js/
	acl picture   path_end .png .jpg .gif .svg .webp
	acl admin     path_beg -i /admin
	acl api       path -m reg ^/v[0-9]+/(users|orders)/[0-9]+$
	acl short     path_len le 8
	acl own_host  hdr(host) -i www.example.com example.com
	acl any_host  hdr(host) -m reg -i ^127[.]
	acl sub_host  hdr_dom(host) -i example.net
	acl bot       hdr_sub(user-agent) -i bot crawler spider
	acl mobile    hdr_reg(user-agent) (Android|iPhone|Mobile)
	acl german    hdr_beg(accept-language) de
	acl has_token hdr(authorization) -m found
	acl session   cook(SESSION) -m len ge 16
	acl beta      cook(variant) beta
	acl inside    src 127.0.0.0/8 10.0.0.0/8 192.168.0.0/16
	acl denied    src 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24
	acl fetching  method GET HEAD
	acl writing   method POST PUT DELETE
	acl debugging url_param(debug) 1 yes true
	acl many      req.hdr_cnt gt 30
	http-request deny                                         if denied || bot
	http-request deny deny_status 405                         if writing !own_host || many
	http-request set-header    X-Kind      static             if static || picture
	http-request set-header    X-Kind      page               if !static !picture !admin !api
	http-request set-header    X-Client    %[src]             if inside fetching
	http-request add-header    X-Seen      %[method]-%[path]  if short any_host !sub_host
	http-request add-header    X-Session   %[req.cook(SESSION)] if session !beta
	http-request set-header    X-Lang      other              if !german !mobile
	http-request del-header    X-Forwarded-Proto              if !has_token
	http-request replace-header User-Agent ^(.*)/([0-9.]+)$ \1 if !debugging
	http-request replace-value Accept      ^text/(.*)$ x-\1   if fetching
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
	tables, env, report := keyword.All(), config.NewEnv(os.Environ()), &config.Report{}
	build := directive.NewBuilder(tables.Language(), env)
	config.Parse(tables.Config(), build, []*config.File{config.Scan("rules.cfg", []byte(benchRules))},
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
