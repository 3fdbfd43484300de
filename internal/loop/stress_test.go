package loop

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// TestStress lets several loops work on each other: echo tasks whose clients are tasks too, connections that move
// between loops, close, reset and time out at random, posts and wakes across threads, cancels at any moment, timers
// without number. At the end nothing may be left, and everything that was echoed must have been right.
func TestStress(t *testing.T) {
	forms := []Form{Goroutines}
	if haveEpoll {
		forms = append(forms, Epoll)
	}
	for _, form := range forms {
		t.Run(form.String(), func(t *testing.T) {
			rounds := 300
			if testing.Short() {
				rounds = 60
			}
			s := &stress{t: t, g: start(t, Options{Form: form, Loops: 3, KeepFree: 8, MaxEvents: 8, MaxSwitches: 16, PumpBuffer: 512})}
			s.run(rounds)
		})
	}
}

type stress struct {
	t      *testing.T
	g      *Group
	left   atomic.Int32 // sides of pairs that still run
	echoed atomic.Int64
	moved  atomic.Int64
	ends   [4]atomic.Int64 // by how a client ended
}

func (s *stress) run(rounds int) {
	r := rand.New(rand.NewPCG(7, 7))
	loops := s.g.Loops()
	var refs []Ref
	for range rounds {
		near, far := tcpPair(s.t)
		s.left.Add(2)
		seed := r.Uint64()
		a, b := loops[r.IntN(len(loops))], loops[r.IntN(len(loops))]
		server := &stressServer{s: s}
		server.adopt(a, socketOf(s.t, s.g, near))
		client := &stressClient{s: s, r: rand.New(rand.NewPCG(seed, 1)), ref: make(chan Ref, 1)}
		sock := socketOf(s.t, s.g, far)
		b.Post(func() {
			if err := b.OpenSocket(&client.Conn, sock); err != nil {
				s.t.Error(err)
			}
			b.Spawn(client)
		})
		refs = append(refs, <-client.ref)
		for range r.IntN(4) {
			ref := refs[r.IntN(len(refs))] // of a task that may have ended long ago
			if r.IntN(6) == 0 {
				ref.Cancel()
			} else {
				ref.Wake()
			}
		}
	}
	end := time.Now().Add(patience)
	for s.left.Load() > 0 {
		if time.Now().After(end) {
			s.t.Fatalf("%d sides never ended", s.left.Load())
		}
		s.g.Each(func(*Loop) {})
	}
	s.t.Logf("echoed %d, moved %d, ended by close %d, reset %d, deadline %d, cancel %d", s.echoed.Load(), s.moved.Load(),
		s.ends[0].Load(), s.ends[1].Load(), s.ends[2].Load(), s.ends[3].Load())
	if s.echoed.Load() == 0 || s.moved.Load() == 0 {
		s.t.Error("nothing was echoed or moved: the test shows nothing")
	}
	s.g.Each(func(l *Loop) {
		if n := l.Counters(); n.ConnsOpen != 0 || n.TasksLive != 0 {
			s.t.Errorf("loop %d: %+v", l.ID(), n)
		}
	})
}

// stressServer echoes; when idle it may move to another loop.
type stressServer struct {
	Conn
	s     *stress
	timer Timer
	turns int
}

func (v *stressServer) adopt(l *Loop, sock Socket) {
	l.Post(func() {
		if err := l.OpenSocket(&v.Conn, sock); err != nil {
			v.s.t.Error(err)
			return
		}
		v.rest(l)
	})
}

func (v *stressServer) rest(l *Loop) {
	l.Arm(&v.timer, l.After(patience), v)
	v.SetIdle(v)
}

// Expired must not happen: the client ends before.
func (v *stressServer) Expired(*Loop, *Timer) { v.s.t.Error("a server connection was forgotten") }

// Ready begins a task.
func (v *stressServer) Ready(c *Conn) { c.Loop().Spawn(v) }

// Run echoes what is there.
func (v *stressServer) Run(t *Task) {
	var b [300]byte
	l := t.Loop()
	for {
		n, err := v.TryRead(b[:])
		if err == ErrAgain {
			break
		}
		if err == nil {
			_, err = v.Write(t, b[:n], l.After(patience))
		}
		if err != nil {
			l.Disarm(&v.timer)
			v.Close()
			v.s.left.Add(-1)
			return
		}
	}
	if v.turns++; v.turns%5 != 0 {
		v.rest(l)
		return
	}
	l.Disarm(&v.timer)
	sock, err := v.Detach()
	if err != nil {
		v.s.t.Error(err)
	}
	v.s.moved.Add(1)
	loops := v.s.g.Loops()
	v.adopt(loops[(l.ID()+1)%len(loops)], sock)
}

// stressClient writes and checks what comes back.
type stressClient struct {
	Conn
	s   *stress
	r   *rand.Rand
	ref chan Ref
}

// Run talks until chance, a deadline or a cancel ends it.
func (v *stressClient) Run(t *Task) {
	v.ref <- t.Ref()
	l, r := t.Loop(), v.r
	defer v.s.left.Add(-1)
	defer v.Conn.Reset()
	var out, in [1000]byte
	for range r.IntN(40) {
		n := 1 + r.IntN(len(out))
		for i := range n {
			out[i] = byte(r.Uint32())
		}
		deadline := l.After(patience)
		if r.IntN(60) == 0 {
			deadline = l.After(time.Duration(r.IntN(2000)) * time.Microsecond)
		}
		_, err := v.Write(t, out[:n], deadline)
		if r.IntN(10) == 0 {
			t.Wait(l.After(time.Duration(r.IntN(1000)) * time.Microsecond))
		}
		if err == nil {
			_, err = v.ReadFull(t, in[:n], deadline)
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			v.s.ends[2].Add(1)
			return
		case err == ErrCancelled:
			v.s.ends[3].Add(1)
			return
		case err != nil:
			v.s.t.Error(err)
			return
		case string(in[:n]) != string(out[:n]):
			v.s.t.Error("other bytes came back")
			return
		}
		v.s.echoed.Add(1)
		if r.IntN(8) == 0 {
			t.Yield()
		}
	}
	if r.IntN(2) == 0 {
		v.s.ends[1].Add(1)
		return
	}
	v.CloseWrite()
	if _, err := v.Read(t, in[:], l.After(patience)); err != io.EOF && err != ErrCancelled && err != net.ErrClosed {
		v.s.t.Error(err)
	}
	v.s.ends[0].Add(1)
}
