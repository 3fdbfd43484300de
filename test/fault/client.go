package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

// worker is one client: it sends request after request, over one connection as long as that lasts.
type worker struct {
	*trial
	random *rand.Rand
	ways   [2]way // to the frontend that sends a request once, and to the one that repeats it
}

// way is a client's connection to one frontend.
type way struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
	used    bool // it has carried an exchange
}

// outcome is what a client saw of a request.
type outcome struct {
	size   int // that the request asked for, bytes
	status int
	ended  bool   // the answer was complete
	silent bool   // there was none, and the connection was closed
	wrong  string // what no fault excuses
}

func (w *worker) one(f *fault, id uint64) {
	to := &w.ways[0]
	if f.want.retry {
		to = &w.ways[1]
	}
	reused := to.conn != nil && to.used
	if to.conn == nil {
		c, err := net.DialTimeout("tcp", to.address, 10*time.Second)
		if err != nil {
			w.wrong("the proxy does not accept: " + err.Error())
			return
		}
		to.conn, to.in, to.used = c, bufio.NewReader(c), false
	}
	began := time.Now()
	to.conn.SetDeadline(began.Add(20 * time.Second))
	size, upload := someSize(w.random), 0
	if f.method == "POST" || f.method == "PUT" {
		upload = someSize(w.random)
	}
	if f.want.retry {
		upload = min(upload, 4000) // what is to be sent again must fit in a buffer
	}
	o, keep := w.exchange(to, f, id, size, upload)
	o.size = size
	if !keep {
		to.conn.Close()
		to.conn = nil
	}
	to.used = true
	if o.wrong != "" {
		w.wrong(fmt.Sprintf("%s %d: %s", f.name, id, o.wrong))
	}
	w.judge(f, id, o, reused, began)
	if o.status == 503 {
		time.Sleep(20 * time.Millisecond) // the origins are gone: no use in asking them all at once
	}
}

// exchange sends a request and reads its answer; keep says whether the connection can carry another one.
func (w *worker) exchange(to *way, f *fault, id uint64, size, upload int) (o outcome, keep bool) {
	sent := make(chan error, 1)
	go func() { sent <- w.send(to.conn, f, id, size, upload) }()
	switch f.client {
	case afterRequest, inUpload:
		<-sent
		return o, false
	}
	o, keep = w.receive(to, f, id)
	if !keep {
		to.conn.Close() // what is still being sent ends
	}
	if err := <-sent; err != nil {
		keep = false
	}
	return o, keep
}

// send writes a request; its target says to the origin what to do and to the log what it was.
func (w *worker) send(c net.Conn, f *fault, id uint64, size, upload int) error {
	head := fmt.Sprintf("%s /%s/%d/%d/%d HTTP/1.1\r\nHost: fault.example\r\nX-Client: %s\r\n", f.method, f.name, id, size, upload, c.LocalAddr())
	whole := body(id, upload)
	switch {
	case f.client == inUpload:
		head += "Content-Length: " + strconv.Itoa(upload+10) + "\r\n\r\n"
	case f.method == "PUT":
		head += "Transfer-Encoding: chunked\r\nX-Trailers: yes\r\n\r\n"
		var chunked []byte
		for from := 0; from < upload; {
			n := min(upload-from, 1+int(id%7919))
			chunked = fmt.Appendf(chunked, "%X\r\n%s\r\n", n, whole[from:from+n])
			from += n
		}
		whole = fmt.Appendf(chunked, "0\r\nX-Sum: %s\r\n\r\n", sum(id, upload))
	case f.method == "POST":
		head += "Content-Length: " + strconv.Itoa(upload) + "\r\n\r\n"
	default:
		head += "\r\n"
	}
	bufs := net.Buffers{[]byte(head), whole}
	_, err := bufs.WriteTo(c)
	return err
}

// receive reads an answer and compares it with what the request's number says it must be.
func (w *worker) receive(to *way, f *fault, id uint64) (o outcome, keep bool) {
	interim := 0
	var resp *http.Response
	for {
		var err error
		resp, err = http.ReadResponse(to.in, &http.Request{Method: f.method})
		if err != nil {
			o.silent = errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || isReset(err)
			if !o.silent {
				o.wrong = "no answer: " + err.Error()
			}
			return o, false
		}
		if resp.StatusCode >= 200 {
			break
		}
		interim++
	}
	o.status = resp.StatusCode
	if f.name == "interim-storm" && o.status == 200 && interim != storm {
		o.wrong = fmt.Sprintf("%d interim answers of %d", interim, storm)
	}
	own := resp.Header.Get("X-Id")
	switch {
	case own == "" && o.status < 300:
		o.wrong = fmt.Sprintf("status %d without the number of the request", o.status)
	case own != "" && own != strconv.FormatUint(id, 10):
		o.wrong = "the answer is that of request " + own
	}
	if own == "" { // the proxy's own answer
		_, err := io.Copy(io.Discard, resp.Body)
		o.ended = err == nil
		return o, err == nil && !resp.Close
	}
	o.ended = w.body(resp, f, id, &o)
	return o, o.ended && !resp.Close && f.client == stays
}

// body reads an answer's body, and says whether it is complete.
func (w *worker) body(resp *http.Response, f *fault, id uint64, o *outcome) bool {
	want, _ := strconv.Atoi(resp.Header.Get("X-Size"))
	if f.method == "HEAD" || resp.StatusCode == 204 {
		want = 0
	}
	piece, n := make([]byte, 16<<10), 0
	for {
		m, err := resp.Body.Read(piece)
		if i := differs(id, n, piece[:m]); i >= 0 {
			o.wrong = fmt.Sprintf("byte %d of %d is wrong", i, want)
			return false
		}
		n += m
		if f.client == inDownload && n > 1<<16 {
			return false
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return false
		}
	}
	if n != want {
		o.wrong = fmt.Sprintf("%d bytes of %d, and a good end", n, want)
		return false
	}
	if resp.TransferEncoding != nil && resp.Trailer.Get("X-Sum") != sum(id, want) {
		o.wrong = fmt.Sprintf("the trailer is %q", resp.Trailer.Get("X-Sum"))
	}
	return true
}
