package loop

import (
	"io"
	"net"
	"net/netip"
	"testing"
)

type echoServer struct{ t *testing.T }

func (e echoServer) AcceptFailed(_ *Acceptor, err error) { e.t.Error(err) }

func (e echoServer) Accepted(a *Acceptor, s Socket, _ netip.AddrPort) {
	l := a.Loop()
	ses := &echoSession{}
	if err := l.OpenSocket(&ses.Conn, s); err != nil {
		e.t.Error(err)
		s.Close()
		return
	}
	ses.SetIdle(ses)
}

type echoSession struct{ Conn }

func (s *echoSession) Ready(c *Conn) { c.Loop().Spawn(s) }

func (s *echoSession) Run(t *Task) {
	var b [512]byte
	for {
		n, err := s.TryRead(b[:])
		if err == ErrAgain {
			s.SetIdle(s)
			return
		}
		if err != nil {
			s.Close()
			return
		}
		if _, err := s.Write(t, b[:n], t.Loop().After(1e9)); err != nil {
			s.Close()
			return
		}
	}
}

func TestEchoOverSockets(t *testing.T) {
	for _, form := range []Form{Epoll, Goroutines} {
		t.Run(form.String(), func(t *testing.T) {
			g, err := New(Options{Form: form, Loops: 2})
			if err != nil {
				t.Skip(err)
			}
			nl, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			f, _ := nl.(*net.TCPListener).File()
			defer f.Close()
			nl.Close()
			g.Start()
			as := make([]Acceptor, 2)
			g.Each(func(l *Loop) {
				if err := l.Listen(&as[l.ID()], int(f.Fd()), echoServer{t}, 0); err != nil {
					t.Error(err)
				}
			})
			for range 20 {
				nc, err := net.Dial("tcp", nl.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				for range 10 {
					io.WriteString(nc, "hello")
					var b [5]byte
					if _, err := io.ReadFull(nc, b[:]); err != nil || string(b[:]) != "hello" {
						t.Fatal(string(b[:]), err)
					}
				}
				nc.Close()
			}
			g.Each(func(l *Loop) { as[l.ID()].Close(); t.Logf("%+v", l.Counters()) })
			g.Stop()
			g.Wait()
		})
	}
}
