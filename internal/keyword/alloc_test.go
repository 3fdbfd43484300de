//go:build linux && !race

package keyword_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"sluice/internal/config"
	"sluice/internal/directive"
	"sluice/internal/keyword"
	"sluice/internal/process"
	"sluice/internal/proxy"
	"sluice/internal/stats"
)

// allocConfig is what a request passes through that must not allocate: rules, captures, a log line.
const allocConfig = `
global
	nbthread 1
	maxconn 100
	log %[3]s local0
defaults
	mode http
	log global
	option httplog
	option forwardfor
	timeout client 10s
	timeout server 10s
	timeout connect 10s
frontend web
	bind %[1]s
	capture request header host len 20
	acl api path_beg /api
	http-request set-header x-path %%[path]
	http-request deny if { path /denied }
	http-response set-header x-server yes
	default_backend be
backend be
	server s %[4]s
listen relay
	mode tcp
	option tcplog
	bind %[2]s
	server s %[4]s
`

// TestASteadyRequestAllocatesNothing sends requests over a connection that is kept, through listener, stream, rules, server
// and log, and counts the allocations of the whole process.
func TestASteadyRequestAllocatesNothing(t *testing.T) {
	web, relay := freePort(t), freePort(t)
	sink, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Skip("cannot listen here:", err)
	}
	defer sink.Close()
	serve(t, fmt.Sprintf(allocConfig, web, relay, sink.LocalAddr(), echoes(t)))
	for _, c := range []struct{ name, addr, request string }{
		{"GET", web, "GET /a?b=c HTTP/1.1\r\nHost: a\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n"},
		{"POST", web, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 504\r\n\r\n" + strings.Repeat("body ", 100) + "END!"},
		{"chunked", web, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"},
		{"relay", relay, "GET / HTTP/1.1\r\n\r\n"},
	} {
		conn, err := net.Dial("tcp", c.addr)
		if err != nil {
			t.Fatal(err)
		}
		request, b := []byte(c.request), make([]byte, 4096)
		exchange := func() {
			if _, err := conn.Write(request); err != nil {
				t.Fatal(err)
			}
			for n := 0; !bytes.HasSuffix(b[:n], answerEnd); {
				m, err := conn.Read(b[n:])
				if err != nil {
					t.Fatalf("%s: %v after %q", c.name, err, b[:n])
				}
				n += m
			}
		}
		for range 100 {
			exchange()
		}
		if n := allocsPerRun(500, exchange); n >= 1 {
			t.Errorf("%s: %d allocations for a request", c.name, n)
		}
		conn.Close()
	}
}

// allocsPerRun is testing.AllocsPerRun without its one processor, which would make each side wait for the scheduler to see
// that the other one waits.
func allocsPerRun(n int, fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		fn()
	}
	runtime.ReadMemStats(&after)
	return (after.Mallocs - before.Mallocs) / uint64(n)
}

var answerEnd = []byte("\r\n\r\nok")

// echoes is a server that answers whatever looks like the end of a request, without an allocation.
func echoes(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("cannot listen here:", err)
	}
	t.Cleanup(func() { l.Close() })
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	ends := [][]byte{[]byte("END!"), []byte("0\r\n\r\n")}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				b, n := make([]byte, 8192), 0
				for {
					m, err := c.Read(b[n:])
					if err != nil {
						return
					}
					n += m
					got := b[:n]
					if got[0] == 'G' && bytes.HasSuffix(got, answerEnd[:4]) || bytes.HasSuffix(got, ends[0]) || bytes.HasSuffix(got, ends[1]) {
						n = 0
						if _, err := c.Write(answer); err != nil {
							return
						}
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("cannot listen here:", err)
	}
	defer l.Close()
	return l.Addr().String()
}

// serve runs the process on a configuration until the test is over.
func serve(t *testing.T, text string) {
	t.Helper()
	tables, env, report := keyword.All(), config.NewEnv(os.Environ()), &config.Report{}
	b := directive.NewBuilder(tables.Language(), env)
	config.Parse(tables.Config(), b, []*config.File{config.Scan("alloc.cfg", []byte(text))},
		config.Settings{Env: env, Facts: keyword.Facts(), Report: report})
	var snap *proxy.Snapshot
	if !report.Fatal() {
		snap = b.Build(report)
	}
	if report.Fatal() {
		t.Fatal(report.Diagnostics())
	}
	ready, ended := make(chan bool), make(chan int, 1)
	go func() {
		ended <- process.Run(process.Start{Snapshot: snap, Console: &process.Console{Err: io.Discard, Quiet: true}, Out: io.Discard,
			Name: "alloc", Names: tables.Language().Names, Ready: func(*stats.Collector) { close(ready) }})
	}()
	select {
	case <-ready:
	case n := <-ended:
		t.Fatalf("the process ended with %d", n)
	}
	t.Cleanup(func() {
		syscall.Kill(os.Getpid(), syscall.SIGTERM)
		<-ended
	})
}
