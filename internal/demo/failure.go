package demo

import (
	"net"
	"net/http"
)

// failure returns the way to fail that a word names, nil for another word.
func failure(word string) func(http.ResponseWriter, *http.Request) {
	switch word {
	case "reset":
		return reset
	case "close":
		return leave
	case "truncate":
		return truncate
	case "stall":
		return stall
	case "garbage":
		return garbage
	}
	return nil
}

// take takes the connection away from the HTTP server.
func take(w http.ResponseWriter) (net.Conn, bool) {
	h, ok := w.(http.Hijacker)
	if !ok {
		return nil, false
	}
	c, _, err := h.Hijack()
	return c, err == nil
}

// reset ends the connection with a reset instead of an answer.
func reset(w http.ResponseWriter, _ *http.Request) {
	if c, ok := take(w); ok {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0) // the close below is all there is left to do
		}
		c.Close()
	}
}

// leave closes the connection without an answer.
func leave(w http.ResponseWriter, _ *http.Request) {
	if c, ok := take(w); ok {
		c.Close()
	}
}

const half = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nthe first of a thousand bytes\n"

// truncate promises more than it sends, and closes.
func truncate(w http.ResponseWriter, _ *http.Request) {
	if c, ok := take(w); ok {
		c.Write([]byte(half)) // it fails anyway
		c.Close()
	}
}

// stall sends the beginning of an answer and no more, until the other side or the demonstration ends.
func stall(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "1000")
	w.Header().Set("Content-Type", "text/plain")
	w.Write([]byte("the first of a thousand bytes\n")) // the wait below ends when the peer is gone
	http.NewResponseController(w).Flush()              // likewise
	<-r.Context().Done()
}

// garbage answers with what is no HTTP.
func garbage(w http.ResponseWriter, _ *http.Request) {
	if c, ok := take(w); ok {
		c.Write([]byte("\x16\x03\x01 this is no HTTP\r\n\r\n")) // it fails anyway
		c.Close()
	}
}
