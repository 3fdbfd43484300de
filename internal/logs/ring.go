package logs

import (
	"bufio"
	"net"
	"strconv"
	"sync"
	"time"

	"sluice/internal/proxy"
	"sluice/internal/value"
)

// Ring is the memory of a `ring` section: the last lines, up to a size, for `show events` and for its servers.
type Ring struct {
	Conf *proxy.Ring
	proc *proxy.Process

	mu    sync.Mutex
	cond  *sync.Cond
	lines [][]byte
	first uint64 // number of lines[0]
	size  int
	ended bool
	wait  sync.WaitGroup
}

func newRing(conf *proxy.Ring, proc *proxy.Process) *Ring {
	r := &Ring{Conf: conf, proc: proc}
	r.cond = sync.NewCond(&r.mu)
	for _, srv := range conf.Servers {
		r.wait.Add(1)
		go r.forward(srv)
	}
	return r
}

// send implements transport: it stores lines and forgets the oldest ones beyond the ring's size.
func (r *Ring) send(msgs [][]byte) (lost int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range msgs {
		if most := r.Conf.MaxLen; most > 0 && len(m) > most {
			m = append(m[:most-1:most-1], '\n')
		}
		line := append([]byte(nil), m...)
		r.lines = append(r.lines, line)
		r.size += len(line)
		for r.size > r.Conf.Size && len(r.lines) > 1 {
			r.size -= len(r.lines[0])
			r.lines = r.lines[1:]
			r.first++
		}
	}
	r.cond.Broadcast()
	return 0
}

func (r *Ring) close() {
	r.mu.Lock()
	ended := r.ended
	r.ended = true
	r.cond.Broadcast()
	r.mu.Unlock()
	if !ended {
		r.wait.Wait()
	}
}

// Since returns the lines from number n on, and the number after the last one. With wait it blocks until there is one or
// the ring is closed.
func (r *Ring) Since(n uint64, wait bool) (lines [][]byte, next uint64, open bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for wait && !r.ended && r.first+uint64(len(r.lines)) <= n {
		r.cond.Wait()
	}
	if n < r.first {
		n = r.first
	}
	lines = append(lines, r.lines[min(n-r.first, uint64(len(r.lines))):]...)
	return lines, r.first + uint64(len(r.lines)), !r.ended
}

// retryEvery is the pause before a server of a ring is tried again.
const retryEvery = time.Second

// forward sends the ring's lines to one of its servers, over TCP or a UNIX socket, and connects again when it must. The
// lines that were written meanwhile wait in the ring as long as it holds them; what it had to forget is counted.
func (r *Ring) forward(srv *proxy.Server) {
	defer r.wait.Done()
	var next uint64
	for {
		if c := r.dial(srv); c != nil {
			next = r.copyTo(c, srv, next)
			c.Close()
		}
		r.mu.Lock()
		ended := r.ended
		r.mu.Unlock()
		if ended {
			return
		}
		time.Sleep(retryEvery)
	}
}

func (r *Ring) dial(srv *proxy.Server) net.Conn {
	network, addr := "tcp", srv.Addr.AddrPort().String()
	if srv.Addr.IsUnix() {
		network, addr = "unix", srv.Addr.Path
		if srv.Addr.Family != proxy.FamUnix {
			addr = "@" + addr
		}
	}
	d := net.Dialer{Timeout: time.Duration(r.Conf.ConnectTimeout)}
	c, err := d.Dial(network, addr)
	if err != nil {
		return nil
	}
	if layer, ok := srv.TLS.(proxy.Wrapper); ok {
		return r.secure(layer.Wrap(c, nameOf(srv)))
	}
	return c
}

// secure shakes hands; nil when that fails, or takes longer than a connection may.
func (r *Ring) secure(c net.Conn) net.Conn {
	if t := r.Conf.ConnectTimeout; t > 0 {
		c.SetDeadline(time.Now().Add(time.Duration(t)))
	}
	if layer, ok := c.(interface{ Handshake() error }); ok && layer.Handshake() != nil {
		c.Close()
		return nil
	}
	c.SetDeadline(time.Time{})
	return c
}

// nameOf is the name that a server is asked for, which needs no stream.
func nameOf(srv *proxy.Server) string {
	if srv.SNI == nil {
		return ""
	}
	s := new(proxy.Stream)
	s.Reset()
	var v value.Value
	if !srv.SNI.Eval(s, &v) || !v.Cast(value.Str, &s.Arena) {
		return ""
	}
	return string(v.Bytes)
}

// copyTo sends lines from number next on until the connection breaks or the ring is closed, and returns the number of
// the first line that was not sent.
func (r *Ring) copyTo(c net.Conn, srv *proxy.Server, next uint64) uint64 {
	w := bufio.NewWriter(c)
	for {
		lines, after, open := r.Since(next, true)
		if lost := after - uint64(len(lines)) - next; next > 0 && lost > 0 {
			r.proc.DroppedLogs.Add(lost)
		}
		if t := r.Conf.ServerTimeout; t > 0 {
			c.SetWriteDeadline(time.Now().Add(time.Duration(t)))
		}
		for _, line := range lines {
			if srv.LogProto == "octet-count" {
				line = line[:len(line)-1]
				w.WriteString(strconv.Itoa(len(line)))
				w.WriteByte(' ')
			}
			w.Write(line)
		}
		if w.Flush() != nil {
			return after - uint64(len(lines))
		}
		next = after
		if !open {
			return next
		}
	}
}
