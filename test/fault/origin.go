package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// origin is one of the servers behind the proxy. It does to each request what the request's path names.
type origin struct {
	*site
	address string

	lock     sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
	wait     sync.WaitGroup
}

// site is what the origins have in common.
type site struct {
	faults map[string]*fault
	wrong  func(string) // reports what came out of the proxy and should not have

	once  sync.Mutex
	tried map[uint64]bool // requests that failed once, for the faults that happen once
}

// again says whether a request has been here before.
func (s *site) again(id uint64) bool {
	s.once.Lock()
	defer s.once.Unlock()
	was := s.tried[id]
	s.tried[id] = true
	return was
}

// errLeave ends a connection to the origin without being a mistake.
var errLeave = errors.New("the connection ends here")

// exchange is one request at the origin.
type exchange struct {
	*origin
	conn    net.Conn
	request *http.Request
	id      uint64
	size    int
}

// listen starts to accept, on the address it had before if it had one.
func (o *origin) listen() error {
	address := o.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	o.lock.Lock()
	o.listener, o.address = l, l.Addr().String()
	o.lock.Unlock()
	o.wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			o.lock.Lock()
			o.conns[c] = true
			o.lock.Unlock()
			o.wait.Go(func() { o.serve(c) })
		}
	})
	return nil
}

// crash closes everything as a process that dies does.
func (o *origin) crash() {
	o.lock.Lock()
	o.listener.Close()
	for c := range o.conns {
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	o.lock.Unlock()
	o.wait.Wait()
}

func (o *origin) serve(c net.Conn) {
	defer func() {
		c.Close()
		o.lock.Lock()
		delete(o.conns, c)
		o.lock.Unlock()
	}()
	in := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if err := o.exchange(c, r); err != nil {
			return
		}
	}
}

func (o *origin) exchange(c net.Conn, r *http.Request) error {
	words := strings.Split(r.URL.Path, "/") // "", fault, id, size of the answer, size of the request
	if len(words) != 5 || o.faults[words[1]] == nil {
		o.wrong("the origin got a request that nobody sent: " + r.Method + " " + r.RequestURI)
		return errLeave
	}
	e := &exchange{origin: o, conn: c, request: r}
	e.id, _ = strconv.ParseUint(words[2], 10, 64)
	e.size, _ = strconv.Atoi(words[3])
	f := o.faults[words[1]]
	if f.name == "early-answer" {
		return f.origin(e)
	}
	upload, _ := strconv.Atoi(words[4])
	switch err := e.read(upload); {
	case err != nil && f.client == stays:
		return err // a server that stops, or a client that was told the answer already
	case err != nil:
		return errLeave
	}
	return f.origin(e)
}

// read reads the body of the request and checks it.
func (e *exchange) read(size int) error {
	piece, n := make([]byte, 16<<10), 0
	for {
		m, err := e.request.Body.Read(piece)
		if i := differs(e.id, n, piece[:m]); i >= 0 {
			e.wrong(fmt.Sprintf("%s: byte %d of the request's body is wrong at the origin", e.request.URL.Path, i))
			return errLeave
		}
		n += m
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if n != size {
		e.wrong(fmt.Sprintf("%s: the request's body has %d bytes at the origin and ends well", e.request.URL.Path, n))
	}
	if want := sum(e.id, size); e.request.Header.Get("X-Trailers") != "" && e.request.Trailer.Get("X-Sum") != want {
		e.wrong(fmt.Sprintf("%s: the trailer is %q, not %q", e.request.URL.Path, e.request.Trailer.Get("X-Sum"), want))
	}
	return nil
}

// head begins an answer.
func (e *exchange) head(fields string) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nX-Id: %d\r\nX-Size: %d\r\n%s\r\n", e.id, e.size, fields)
}

func (e *exchange) length() string { return "Content-Length: " + strconv.Itoa(e.size) + "\r\n" }

func (e *exchange) send(parts ...[]byte) error {
	e.conn.SetWriteDeadline(time.Now().Add(20 * time.Second))
	bufs := net.Buffers(parts)
	_, err := bufs.WriteTo(e.conn)
	return err
}

// reset ends the connection as a crash does.
func (e *exchange) reset() error {
	e.conn.(*net.TCPConn).SetLinger(0)
	return errLeave
}

// pause lets what was sent arrive by itself, without what comes next.
func pause(d time.Duration) { time.Sleep(d) }

// silence keeps the connection open and says nothing until the proxy gives up.
func (e *exchange) silence() error {
	e.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	io.Copy(io.Discard, e.conn)
	return errLeave
}
