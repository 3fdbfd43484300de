package demo

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"
)

// maxUpload is how much of a request's body a server reads, in bytes.
const maxUpload = 1 << 30

// server is one demonstration server.
type server struct {
	name     string
	listener net.Listener
	http     *http.Server
	stop     context.CancelFunc // ends what stalls or waits
	done     chan struct{}      // closed when nothing accepts any more
}

// serve starts a server on a listener that it takes over.
func serve(name string, l net.Listener) *server {
	s := &server{name: name, listener: l, done: make(chan struct{})}
	life, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.answer),
		BaseContext:       func(net.Listener) context.Context { return life },
		ErrorLog:          log.New(io.Discard, "", 0),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	go s.accept()
	return s
}

func (s *server) accept() {
	defer close(s.done)
	s.http.Serve(s.listener) // it ends by close, which reports
}

func (s *server) close() error {
	s.stop()
	err := s.http.Close()
	<-s.done
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// answer is one request: read it, wait as asked, fail as asked, or tell what it was.
func (s *server) answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxUpload))
	if err != nil {
		http.Error(w, "the body could not be read: "+err.Error(), http.StatusBadRequest)
		return
	}
	asked, err := read(r, s.name)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if !wait(r.Context(), asked.delay) {
		return
	}
	w.Header().Set("X-Server", s.name)
	if asked.fail != nil {
		asked.fail(w, r)
		return
	}
	if asked.size >= 0 {
		fill(w, asked)
		return
	}
	s.tell(w, r, asked.status, body)
}

// wait sleeps, and says whether it slept to the end: a client that goes or a server that stops ends it.
func wait(life context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-life.Done():
		return false
	}
}

// fill answers with a number of bytes, lines of text that count themselves so that a reader sees what is missing.
func fill(w http.ResponseWriter, asked switches) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.FormatInt(asked.size, 10))
	w.WriteHeader(asked.status)
	line := make([]byte, 0, 64)
	for at := int64(0); at < asked.size; {
		line = strconv.AppendInt(line[:0], at, 10)
		for len(line) < 31 {
			line = append(line, '.')
		}
		line = append(line, '\n')
		n, err := w.Write(line[:min(int64(len(line)), asked.size-at)])
		if err != nil {
			return
		}
		at += int64(n)
	}
}
