// Package spoa is an agent of the Stream Processing Offload Protocol for tests (SPOE.txt 3). It knows nothing of the
// product's code for the protocol: the two check each other. What it does with a message is in the message: an argument
// named "txn.x" has it set the variable x of the transaction to the argument's value, "unset.txn.x" removes it, and "do"
// names a way to misbehave.
package spoa

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// An Agent serves connections until its listener is closed.
type Agent struct {
	// MaxFrameSize is the most that it announces, 0 for what the proxy offers.
	MaxFrameSize uint64
	// Capabilities and Version are what it announces.
	Capabilities, Version string
	// Greeting, when not nil, is sent instead of an AGENT-HELLO frame, and the connection closed.
	Greeting []byte
	// Trace is told of every frame and message that comes; nil: nobody is.
	Trace func(line string)

	Conns, Hellos, Checks, Notifies, Disconnects atomic.Int64
}

// Serve accepts connections.
func (a *Agent) Serve(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		a.Conns.Add(1)
		go a.handle(c)
	}
}

// A frame is one that was read.
type frame struct {
	kind          byte
	flags         uint32
	stream, frame uint64
	payload       []byte
}

var errBroken = errors.New("broken frame")

func read(r io.Reader) (f frame, err error) {
	var size [4]byte
	if _, err = io.ReadFull(r, size[:]); err != nil {
		return f, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n < 7 || n > 1<<24 {
		return f, errBroken
	}
	b := make([]byte, n)
	if _, err = io.ReadFull(r, b); err != nil {
		return f, err
	}
	f.kind, f.flags = b[0], binary.BigEndian.Uint32(b[1:])
	p := parser{b: b[5:]}
	f.stream, f.frame = p.varint(), p.varint()
	f.payload = p.b
	if p.bad {
		err = errBroken
	}
	return f, err
}

func appendFrame(dst []byte, kind byte, flags uint32, stream, id uint64, payload []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{kind}, flags)
	b = appendVarint(appendVarint(b, stream), id)
	b = append(b, payload...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(b)))
	return append(dst, b...)
}

func appendVarint(b []byte, n uint64) []byte {
	if n < 240 {
		return append(b, byte(n))
	}
	b = append(b, byte(n)|0xf0)
	for n = (n - 240) >> 4; n >= 128; n = (n - 128) >> 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

func appendString(b []byte, s string) []byte { return append(appendVarint(b, uint64(len(s))), s...) }

// parser reads the parts of a payload.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) bytes(n uint64) []byte {
	if n > uint64(len(p.b)) {
		p.bad, p.b = true, nil
		return nil
	}
	out := p.b[:n]
	p.b = p.b[n:]
	return out
}

func (p *parser) byte() byte {
	if b := p.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (p *parser) varint() uint64 {
	n := uint64(p.byte())
	if n < 240 {
		return n
	}
	for shift := 4; !p.bad && shift < 64; shift += 7 {
		c := uint64(p.byte())
		n += c << shift
		if c < 128 {
			break
		}
	}
	return n
}

func (p *parser) string() string { return string(p.bytes(p.varint())) }

// value reads a typed value and returns it as it stands, and what it is worth as a text or a number.
func (p *parser) value() (raw []byte, text string, number uint64) {
	before := p.b
	switch p.byte() & 15 {
	case 2, 3, 4, 5:
		number = p.varint()
	case 6:
		p.bytes(4)
	case 7:
		p.bytes(16)
	case 8, 9:
		text = p.string()
	}
	return before[:len(before)-len(p.b)], text, number
}

// conn is a connection at work.
type conn struct {
	net.Conn
	mu sync.Mutex
}

func (c *conn) send(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Write(b)
}

func (a *Agent) trace(words ...string) {
	if a.Trace != nil {
		a.Trace(strings.Join(words, " "))
	}
}

func (a *Agent) handle(nc net.Conn) {
	defer nc.Close()
	c := &conn{Conn: nc}
	for {
		f, err := read(c)
		if err != nil {
			a.trace("end", err.Error())
			return
		}
		switch f.kind {
		case 1:
			if a.greet(c, f) {
				return
			}
		case 2:
			a.Disconnects.Add(1)
			a.trace("disconnect", string(f.payload))
			c.send(appendFrame(nil, 102, 1, 0, 0, disconnect(0)))
			return
		case 3:
			a.Notifies.Add(1)
			go a.notified(c, f)
		}
	}
}

// disconnect is the payload of a DISCONNECT frame.
func disconnect(status uint64) []byte {
	b := appendVarint(append(appendString(nil, "status-code"), 3), status)
	return appendString(append(appendString(b, "message"), 8), "bye")
}

// greet answers the first frame, and reports whether the connection has served its purpose.
func (a *Agent) greet(c *conn, f frame) (over bool) {
	a.Hellos.Add(1)
	if a.Greeting != nil {
		c.send(a.Greeting)
		return true
	}
	p := parser{b: f.payload}
	most, check := uint64(0), false
	for len(p.b) > 0 && !p.bad {
		name := p.string()
		raw, text, n := p.value()
		switch name {
		case "max-frame-size":
			most = n
		case "healthcheck":
			check = raw[0]&16 != 0
		}
		if name != "engine-id" {
			a.trace("hello", name, text)
		}
	}
	if a.MaxFrameSize > 0 {
		most = min(most, a.MaxFrameSize)
	}
	if check {
		a.Checks.Add(1)
	}
	b := appendString(append(appendString(nil, "version"), 8), a.Version)
	b = appendVarint(append(appendString(b, "max-frame-size"), 3), most)
	b = appendString(append(appendString(b, "capabilities"), 8), a.Capabilities)
	c.send(appendFrame(nil, 101, 1, 0, 0, b))
	return check
}

// scopes are the names of scopes at their numbers.
var scopes = [...]string{"proc", "sess", "txn", "req", "res"}

// variable reads "txn.x".
func variable(text string) (scope byte, name string, ok bool) {
	before, name, ok := strings.Cut(text, ".")
	for i, s := range scopes {
		if s == before {
			return byte(i), name, ok
		}
	}
	return 0, "", false
}

// notified answers a NOTIFY frame.
func (a *Agent) notified(c *conn, f frame) {
	p := parser{b: f.payload}
	var actions []byte
	for len(p.b) > 0 && !p.bad {
		message := p.string()
		for range p.byte() {
			name := p.string()
			raw, text, n := p.value()
			a.trace("message", message, name, text)
			if unset, ok := strings.CutPrefix(name, "unset."); ok {
				if scope, v, ok := variable(unset); ok {
					actions = appendString(append(actions, 2, 2, scope), v)
				}
			} else if scope, v, ok := variable(name); ok {
				actions = append(appendString(append(actions, 1, 3, scope), v), raw...)
			} else if name == "sleep" {
				time.Sleep(time.Duration(n) * time.Millisecond)
			} else if name == "do" && text != "" && !a.misbehave(c, f, text) {
				return
			}
		}
	}
	c.send(appendFrame(nil, 103, 1, f.stream, f.frame, actions))
}

// misbehave does what a message asks for; true means that the answer is to follow.
func (a *Agent) misbehave(c *conn, f frame, how string) bool {
	switch how {
	case "silent":
	case "close":
		c.Close()
	case "garbage":
		c.send([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	case "huge":
		c.send([]byte{0x7f, 0xff, 0xff, 0xff, 103, 0, 0, 0, 1})
	case "half":
		b := appendFrame(nil, 103, 1, f.stream, f.frame, nil)
		c.send(b[:len(b)-1])
		c.Close()
	case "disconnect":
		c.send(appendFrame(nil, 102, 1, 0, 0, disconnect(42)))
		c.Close()
	case "badack":
		c.send(appendFrame(nil, 103, 1, f.stream, f.frame, []byte{1, 3, 2, 200, 'x'}))
	case "unknown-action":
		c.send(appendFrame(nil, 103, 1, f.stream, f.frame, []byte{9, 0, 0}))
	case "stranger":
		c.send(appendFrame(nil, 103, 1, f.stream+1000, f.frame, nil))
		return true
	case "abort":
		c.send(appendFrame(nil, 103, 3, f.stream, f.frame, nil))
	case "fragment":
		c.send(appendFrame(nil, 103, 0, f.stream, f.frame, nil))
	case "twice":
		c.send(appendFrame(nil, 103, 1, f.stream, f.frame, nil))
		return true
	default:
		return true
	}
	return false
}
