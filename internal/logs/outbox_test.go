//go:build linux

package logs

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// loopLogger is a logger to a socket file whose lines are sent by a loop, and that loop's group.
func loopLogger(t *testing.T, path string) (*proxy.Logger, *Set, *loop.Group) {
	t.Helper()
	g, err := loop.New(loop.Options{Form: loop.Epoll})
	if err != nil {
		t.Fatal(err)
	}
	set := NewSet(process())
	l := &proxy.Logger{Format: proxy.LogRaw, Level: proxy.LogDebug, Len: 1024, Target: proxy.Addr{Family: proxy.FamUnix, Path: path}}
	if err := set.Attach(l, ""); err != nil {
		t.Fatal(err)
	}
	set.Serve(g)
	g.Start()
	return l, set, g
}

func logServer(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	return c
}

func TestALoopSendsInOrderAndKeepsWhatAFullTargetRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	server := logServer(t, path) // its queue holds fewer datagrams than come
	l, set, g := loopLogger(t, path)
	const lines = 1000
	g.Each(func(*loop.Loop) {
		for i := range lines {
			l.Sink.Write(0, l, proxy.LogInfo, wall, "", nil, fmt.Append(nil, i))
		}
	})
	b := make([]byte, 100)
	for i := range lines {
		n, err := server.Read(b)
		if want := fmt.Sprintf("%d\n", i); err != nil || string(b[:n]) != want {
			t.Fatalf("datagram %d: %q, %v", i, b[:n], err)
		}
	}
	g.Stop()
	g.Wait()
	set.Close()
	if set.proc.DroppedLogs.Load() != 0 {
		t.Errorf("%d lines dropped", set.proc.DroppedLogs.Load())
	}
}

func TestALogServerThatStartsAgainIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	first := logServer(t, path)
	l, set, g := loopLogger(t, path)
	say := func(line string) {
		g.Each(func(*loop.Loop) { l.Sink.Write(0, l, proxy.LogInfo, wall, "", nil, []byte(line)) })
	}
	b := make([]byte, 100)
	say("before")
	if n, err := first.Read(b); err != nil || string(b[:n]) != "before\n" {
		t.Fatalf("%q, %v", b[:n], err)
	}
	first.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	second := logServer(t, path)
	heard := make(chan string)
	go func() {
		n, _ := second.Read(b)
		heard <- string(b[:n])
	}()
	for range 5000 { // the lines until the loss is noticed are lost, and counted
		say("after")
		select {
		case got := <-heard:
			g.Stop()
			g.Wait()
			set.Close()
			if got != "after\n" || set.proc.DroppedLogs.Load() == 0 {
				t.Errorf("heard %q, %d lines dropped", got, set.proc.DroppedLogs.Load())
			}
			return
		default:
		}
	}
	t.Error("nothing came to the new log server")
}
