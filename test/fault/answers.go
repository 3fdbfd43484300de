package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// The functions of this file are what an origin does with a request that it has read.

func sendLength(e *exchange) error {
	return e.send(e.head(e.length()), body(e.id, e.size))
}

// sendLong answers with more than all buffers hold.
func sendLong(e *exchange) error {
	e.size = 4 << 20
	return e.send(e.head(e.length()), body(e.id, e.size))
}

func sendHead(e *exchange) error { return e.send(e.head(e.length())) }

func sendNoContent(e *exchange) error {
	return e.send(fmt.Appendf(nil, "HTTP/1.1 204 No Content\r\nX-Id: %d\r\n\r\n", e.id))
}

func sendAndClose(e *exchange) error {
	if err := sendLength(e); err != nil {
		return err
	}
	return errLeave
}

func sendUntilClose(e *exchange) error {
	if err := e.send(e.head(""), body(e.id, e.size)); err != nil {
		return err
	}
	return errLeave
}

// chunks is a body in chunks of any size, without the last one.
func (e *exchange) chunks(upTo int) []byte {
	var out bytes.Buffer
	whole := body(e.id, e.size)
	for from := 0; from < upTo; {
		n := min(1+rand.IntN(1+rand.IntN(20000)), upTo-from)
		extension := ""
		if rand.IntN(10) == 0 {
			extension = ";name=\"value\""
		}
		fmt.Fprintf(&out, "%x%s\r\n%s\r\n", n, extension, whole[from:from+n])
		from += n
	}
	return out.Bytes()
}

const chunkedField = "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n"

// sendChunked sends a chunked body with a trailer, in pieces that are cut anywhere.
func sendChunked(e *exchange) error {
	all := e.head(chunkedField)
	all = append(all, e.chunks(e.size)...)
	all = append(all, "0\r\nX-Sum: "+sum(e.id, e.size)+"\r\n\r\n"...)
	if rand.IntN(3) == 0 {
		const status = len("HTTP/1.1 200") // a cut in there is for sendDrip
		cut := status + rand.IntN(len(all)-status)
		if err := e.send(all[:cut]); err != nil {
			return err
		}
		pause(time.Millisecond)
		all = all[cut:]
	}
	return e.send(all)
}

// storm is how many interim answers come before the final one.
const storm = 40

func sendInterim(e *exchange) error {
	e.size = min(e.size, 4000) // HAProxy 2.6 sometimes stops in the middle of a longer body
	interim := []byte("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
	if err := e.send(bytes.Repeat(interim, storm/2)); err != nil {
		return err
	}
	pause(time.Millisecond)
	if err := e.send(bytes.Repeat(interim, storm/2)); err != nil {
		return err
	}
	return sendLength(e)
}

// sendDrip sends the head byte by byte, the body in small pieces.
func sendDrip(e *exchange) error {
	e.conn.SetWriteDeadline(time.Now().Add(20 * time.Second))
	head := e.head(e.length())
	for i := range head {
		if _, err := e.conn.Write(head[i : i+1]); err != nil {
			return err
		}
		pause(20 * time.Microsecond)
	}
	whole := body(e.id, e.size)
	for i := 0; i < 20 && len(whole) > 0; i++ {
		n := min(len(whole), 1+rand.IntN(100))
		if _, err := e.conn.Write(whole[:n]); err != nil {
			return err
		}
		whole = whole[n:]
		pause(100 * time.Microsecond)
	}
	return e.send(whole)
}

// sendExtra sends an answer and, in the same breath, a second one that nobody asked for: the next request must not get
// it.
func sendExtra(e *exchange) error {
	return e.send(e.head(e.length()), body(e.id, e.size),
		[]byte("HTTP/1.1 200 OK\r\nX-Id: 0\r\nX-Size: 6\r\nContent-Length: 6\r\n\r\npoison"))
}

// sendEarly answers without reading the request's body, and closes.
func sendEarly(e *exchange) error {
	if err := e.send(e.head(e.length()+"Connection: close\r\n"), body(e.id, e.size)); err != nil {
		return err
	}
	return errLeave
}

func resetAtOnce(e *exchange) error { return e.reset() }

func closeAtOnce(*exchange) error { return errLeave }

func stallAtOnce(e *exchange) error { return e.silence() }

func sendUnavailable(e *exchange) error {
	return e.send([]byte("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nlate"))
}

func sendGarbage(e *exchange) error {
	all := [...]string{
		"this is no HTTP\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
		"HTTP/1.1 2x0 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
		"HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
		"ICY 200 OK\r\n\r\n",
	}
	if err := e.send([]byte(all[e.id%uint64(len(all))])); err != nil {
		return err
	}
	return errLeave
}

func sendTwoLengths(e *exchange) error {
	return e.send(e.head("Content-Length: 3\r\nContent-Length: 4\r\n"), []byte("abcd"))
}

func sendHugeHead(e *exchange) error {
	e.send(e.head("X-Long: " + strings.Repeat("l", 100000) + "\r\n"))
	return errLeave
}

func sendHalfHead(e *exchange) error {
	head := e.head(e.length())
	if err := e.send(head[:1+rand.IntN(len(head)-3)]); err != nil {
		return err
	}
	return errLeave
}

// sendCut promises a body and sends less.
func sendCut(e *exchange) error {
	e.size++
	if err := e.send(e.head(e.length()), body(e.id, e.size)[:rand.IntN(e.size)]); err != nil {
		return err
	}
	return errLeave
}

// sendCutChunked ends in the middle of chunks, or before the last one.
func sendCutChunked(e *exchange) error {
	e.size++
	part := e.chunks(rand.IntN(e.size + 1))
	if len(part) > 0 && rand.IntN(2) == 0 {
		part = part[:rand.IntN(len(part))]
	}
	if err := e.send(e.head(chunkedField), part); err != nil {
		return err
	}
	return errLeave
}

func sendAndReset(e *exchange) error {
	e.size++
	if err := e.send(e.head(e.length()), body(e.id, e.size)[:rand.IntN(e.size)]); err != nil {
		return err
	}
	if rand.IntN(2) == 0 {
		pause(time.Millisecond)
	}
	return e.reset()
}

func sendBadChunk(e *exchange) error {
	all := [...]string{"xyz\r\n", "3\r\nabcde\r\n", "-1\r\n", "fffffffffffffffff\r\n", "\r\n\r\n"}
	part := e.chunks(rand.IntN(e.size + 1))
	if err := e.send(e.head(chunkedField), part, []byte(all[e.id%uint64(len(all))])); err != nil {
		return err
	}
	return errLeave
}

func sendAndStall(e *exchange) error {
	e.size++
	if err := e.send(e.head(e.length()), body(e.id, e.size)[:rand.IntN(e.size)]); err != nil {
		return err
	}
	return e.silence()
}

// firstTime fails the first time that a request arrives and answers the next time.
func firstTime(fail func(*exchange) error) func(*exchange) error {
	return func(e *exchange) error {
		if e.again(e.id) {
			return sendLength(e)
		}
		return fail(e)
	}
}
