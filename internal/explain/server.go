package explain

import (
	"net"
	"time"

	"sluice/internal/proxy"
	"sluice/internal/trace"
)

// watcher is the record, and plays the servers: it knows from the record when a request has left.
type watcher struct {
	trace.Recorder
	run  *run
	last *server
}

// Dial implements stream.Dialer.
func (w *watcher) Dial(*proxy.Stream, *proxy.Server) (net.Conn, error) {
	near, far := net.Pipe()
	w.last = &server{conn: far, reply: w.run.reply, sizes: make(chan int, 64)}
	go w.last.serve()
	return near, nil
}

// Note counts what precedes the request.
func (w *watcher) Note(kind, text string) {
	if kind == "proxy-header" && w.last != nil {
		w.last.ahead += len(text)
	}
	w.Recorder.Note(kind, text)
}

// Sent tells the server how much there is to come.
func (w *watcher) Sent(srv *proxy.Server, head []byte) {
	w.Recorder.Sent(srv, head)
	if w.last != nil {
		select {
		case w.run.sent <- w.last.conn:
		default:
		}
	}
	if head == nil || w.last == nil {
		return
	}
	select {
	case w.last.sizes <- w.last.ahead + len(head) + len(w.run.wire.body):
	default:
	}
	w.last.ahead = 0
}

// server is one connection to a server that is none.
type server struct {
	conn  net.Conn
	reply []byte
	ahead int // bytes of a PROXY header; of the loop's thread
	sizes chan int
}

// patience bounds the wait for the end of a body that was framed anew on its way.
const patience = 100 * time.Millisecond

// serve takes requests whole and answers each.
func (s *server) serve() {
	defer s.conn.Close()
	b := make([]byte, 32<<10)
	got := 0
	for {
		n, err := s.conn.Read(b)
		if err != nil {
			return
		}
		got += n
		select {
		case size := <-s.sizes:
			for got < size {
				s.conn.SetReadDeadline(time.Now().Add(patience))
				n, err := s.conn.Read(b)
				if got += n; err != nil {
					break
				}
			}
			s.conn.SetReadDeadline(time.Time{})
			got = 0
			if _, err := s.conn.Write(s.reply); err != nil {
				return
			}
		default:
		}
	}
}
