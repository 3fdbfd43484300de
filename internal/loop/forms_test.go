package loop

import (
	"net"
	"sync"
	"testing"
	"time"
)

// patience bounds every wait of these tests for something that is to happen; nothing waits for it to pass.
const patience = 10 * time.Second

// forms runs a test for each form that this system has, on a started group of one loop.
func forms(t *testing.T, test func(t *testing.T, l *Loop)) {
	t.Helper()
	for _, form := range []Form{Epoll, Goroutines} {
		t.Run(form.String(), func(t *testing.T) {
			if form == Epoll && !haveEpoll {
				t.Skip("no epoll on this system")
			}
			test(t, start(t, Options{Form: form}).Loops()[0])
		})
	}
}

// start makes and starts a group that ends with the test, and then checks that nothing of it is left.
func start(t testing.TB, o Options) *Group {
	t.Helper()
	if o.OnPanic == nil {
		o.OnPanic = func(l *Loop, v any, stack []byte) { t.Errorf("panic on loop %d: %v\n%s", l.ID(), v, stack) }
	}
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	g.Start()
	t.Cleanup(func() {
		g.Stop()
		g.Wait()
		for _, l := range g.Loops() {
			n := l.Counters()
			if n.ConnsOpen != 0 || n.TasksLive != 0 || n.TasksFree != 0 {
				t.Errorf("left at the end of loop %d: %+v", l.ID(), n)
			}
		}
	})
	return g
}

// on runs fn on the loop and waits.
func on(l *Loop, fn func()) {
	done := make(chan struct{})
	l.Post(func() {
		defer close(done)
		fn()
	})
	<-done
}

// task runs fn as a task and waits for its end.
func task(l *Loop, fn func(t *Task)) {
	done := make(chan struct{})
	l.PostSpawn(RunFunc(func(t *Task) {
		defer close(done)
		fn(t)
	}))
	<-done
}

// receive waits for a value.
func receive[V any](t testing.TB, c <-chan V) V {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// pair opens c on the loop and returns the other end of the TCP connection.
func pair(t testing.TB, l *Loop, c *Conn) *net.TCPConn {
	t.Helper()
	near, far := tcpPair(t)
	s := socketOf(t, l.g, near)
	on(l, func() {
		if err := l.OpenSocket(c, s); err != nil {
			t.Error(err)
		}
	})
	return far
}

// tcpPair is a connected pair; both ends are closed at the end of the test.
func tcpPair(t testing.TB) (near, far *net.TCPConn) {
	t.Helper()
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer nl.Close()
	dialed, err := net.Dial("tcp", nl.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := nl.Accept()
	if err != nil {
		t.Fatal(err)
	}
	near, far = accepted.(*net.TCPConn), dialed.(*net.TCPConn)
	far.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() {
		near.Close()
		far.Close()
	})
	return near, far
}

// socketOf makes a Socket of a net.Conn: in the epoll form of its file descriptor, and nc is closed.
func socketOf(t testing.TB, g *Group, nc *net.TCPConn) Socket {
	if g.Form() == Goroutines {
		return Socket{FD: -1, Net: nc}
	}
	return Socket{FD: duplicateOf(t, nc)}
}

// record gathers lines from a loop.
type record struct {
	mu    sync.Mutex
	lines []string
}

func (r *record) add(line string) {
	r.mu.Lock()
	r.lines = append(r.lines, line)
	r.mu.Unlock()
}

func (r *record) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.lines...)
}
