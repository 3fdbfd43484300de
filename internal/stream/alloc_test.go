package stream_test

import (
	"bufio"
	"io"
	"net"
	"runtime"
	"testing"

	"sluice/internal/proxy"
)

// sized is a server that answers every n bytes with the same bytes, and allocates nothing on the way.
func sized(t *testing.T, n int, answer string) string {
	bytes := []byte(answer)
	return raw(t, func(c net.Conn, _ *bufio.Reader) {
		in := make([]byte, 4096)
		for got := 0; ; {
			k, err := c.Read(in)
			if err != nil {
				return
			}
			if got += k; got >= n {
				got = 0
				if _, err := c.Write(bytes); err != nil {
					return
				}
			}
		}
	})
}

// round returns a function that sends ask and reads as many bytes as answer has.
func round(t *testing.T, c *client, ask, answer string) func() {
	out, in := []byte(ask), make([]byte, len(answer))
	return func() {
		if _, err := c.TCPConn.Write(out); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c.TCPConn, in); err != nil {
			t.Fatal(err)
		}
	}
}

// quietLogs is a sink that keeps nothing.
type quietLogs struct{}

func (quietLogs) Write(int, *proxy.Logger, proxy.LogLevel, int64, string, []byte, []byte) {}

// plainLine is a format that allocates nothing itself.
type plainLine struct{}

func (plainLine) Append(dst []byte, s *proxy.Stream) []byte { return s.Term.Append(dst, true) }

// TestSteadyStateAllocatesNothing passes whole requests and whole pieces of a relay, from socket to socket with the log,
// and counts what the process allocates meanwhile (testing.AllocsPerRun would leave one processor to two loops, which never
// sleep for long): the runtime may take a little now and then, a request may not.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	quiet := func(b *bench) {
		b.front.LogFmt, b.front.Loggers = plainLine{}, []*proxy.Logger{{Level: proxy.LogDebug, Sink: quietLogs{}}}
	}
	const answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
	ask := "POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc"
	for _, x := range []struct {
		name string
		mode proxy.Mode
	}{{"a request", proxy.ModeHTTP}, {"a piece of a relay", proxy.ModeTCP}} {
		t.Run(x.name, func(t *testing.T) {
			b := start(t, x.mode, []string{sized(t, len(ask), answer)}, quiet)
			pass := round(t, b.dial(), ask, answer)
			for range 100 { // pools fill
				pass()
			}
			const rounds = 2000
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range rounds {
				pass()
			}
			runtime.ReadMemStats(&after)
			if n := after.Mallocs - before.Mallocs; n > rounds/20 {
				t.Errorf("%d allocations in %d rounds", n, rounds)
			}
		})
	}
}
