package h1

import (
	"testing"

	"sluice/internal/msg"
	"sluice/internal/value"
)

// browser is a request as a browser sends it.
const browser = "GET /assets/app/main.3f2a91c7.js?v=20260821 HTTP/1.1\r\n" +
	"Host: www.example.com\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n" +
	"Accept-Language: en-US,en;q=0.5\r\n" +
	"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Referer: https://www.example.com/index.html\r\n" +
	"Connection: keep-alive\r\n" +
	"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; lang=en\r\n" +
	"Sec-Fetch-Dest: script\r\n" +
	"Sec-Fetch-Mode: no-cors\r\n" +
	"Sec-Fetch-Site: same-origin\r\n" +
	"Cache-Control: no-cache\r\n" +
	"\r\n"

const page = "HTTP/1.1 200 OK\r\n" +
	"Date: Fri, 20 Nov 2026 19:00:00 GMT\r\n" +
	"Server: nginx\r\n" +
	"Content-Type: text/html; charset=utf-8\r\n" +
	"Content-Length: 100\r\n" +
	"Cache-Control: no-store\r\n" +
	"\r\n"

func BenchmarkRequest(b *testing.B) {
	buf := []byte(browser)
	out := make([]byte, 0, 4096)
	var p Parser
	var q msg.Request
	var o Options
	pl := Plan{}
	b.ReportAllocs()
	b.SetBytes(int64(len(browser)))
	for b.Loop() {
		copy(buf, browser)
		p.Reset()
		q.Reset()
		n, v := p.Request(buf, &q, &o)
		if v != Done || n != len(buf) {
			b.Fatal(v, p.Err)
		}
		out = AppendRequest(out[:0], &q, &pl)
	}
}

func BenchmarkResponse(b *testing.B) {
	buf := []byte(page)
	out := make([]byte, 0, 4096)
	var p Parser
	var r msg.Response
	var o Options
	pl := Plan{}
	b.ReportAllocs()
	for b.Loop() {
		copy(buf, page)
		p.Reset()
		r.Reset()
		n, v := p.Response(buf, &r, Asked{Method: value.GET}, &o)
		if v != Done || n != len(buf) {
			b.Fatal(v, p.Err)
		}
		out = AppendResponse(out[:0], &r, &pl)
	}
}
