// Package explain runs one request through a configuration that serves nobody. The stages are those of package stream,
// from the first tcp-request rule to the head that would leave; only the two ends are of memory: a client whose
// addresses are given, and servers that take the request and answer what they are told. What happened is a trace.Record.
//
// No socket is bound and no server is spoken to. Time is not spent either: rules that would wait do not.
package explain

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"sluice/internal/loop"
	"sluice/internal/process"
	"sluice/internal/proxy"
	"sluice/internal/stream"
	"sluice/internal/trace"
)

// Question is the request to explain.
type Question struct {
	Method  string
	URL     URL
	Headers []string // "Name: value"
	Body    []byte

	Frontend string     // --frontend, empty: found by the port
	Port     int        // --port, 0: that of the URL
	Src      netip.Addr // of the client; invalid: an address of documentation (RFC 5737)
	SrcPort  int        // 0: one of no meaning
	Dst      netip.Addr // where it connects to; invalid: that of the bind line

	// Response is the status line that the server answers with, empty when only the way to the server is asked for.
	Response        string
	ResponseHeaders []string
}

// How long an explanation may take, and how long a tunnel is watched before its client leaves.
const (
	limit  = 10 * time.Second
	linger = 200 * time.Millisecond
)

// Run explains one request. The snapshot must be fresh: it is equipped here and of no use afterwards. names are the
// variables that its configuration mentions.
func Run(snap *proxy.Snapshot, names *proxy.Names, q *Question) (*trace.Record, error) {
	entry, err := findEntry(snap, q)
	if err != nil {
		return nil, err
	}
	wire, err := q.wire()
	if err != nil {
		return nil, err
	}
	reply, err := q.reply()
	if err != nil {
		return nil, err
	}
	proc := &proxy.Process{Name: "sluice", Tag: "sluice", Loops: 1, Offline: true, VarNames: names}
	if problems := process.Equip(snap, proc); len(problems) > 0 {
		return nil, problems[0]
	}
	process.SetVariables(snap)
	if entry.bind.State == nil { // one that no bind line made
		entry.bind.State = proxy.NewState(1)
	}
	r := &run{question: q, wire: wire, reply: reply, done: make(chan *trace.Record, 1), sent: make(chan net.Conn, 1),
		failed: make(chan error, 1)}
	rec, err := r.serve(snap, proc, entry)
	if err != nil {
		return nil, err
	}
	rec.Why = entry.why
	return rec, nil
}

// run is one explanation under way.
type run struct {
	question *Question
	wire     wire
	reply    []byte
	done     chan *trace.Record
	sent     chan net.Conn // of a server that a request, or a TCP stream, reached
	failed   chan error
}

// serve runs the engine until the record is complete.
func (r *run) serve(snap *proxy.Snapshot, proc *proxy.Process, e *entry) (*trace.Record, error) {
	group, err := loop.New(loop.Options{Form: loop.Goroutines, OnPanic: r.panicked})
	if err != nil {
		return nil, err
	}
	proc.Clock = group.Now
	w := &watcher{run: r}
	w.Limits, w.Sealed, w.Done = trace.Offline(), r.question.Response == "", func(rec *trace.Record) { r.done <- rec }
	engine := stream.New(group, proc, snap)
	engine.Dialer = w
	engine.SetTracer(&once{w: w})
	group.Start()
	client, inside := net.Pipe()
	defer func() {
		client.Close()
		group.Stop()
		group.Wait()
	}()
	answered := make(chan struct{})
	go func() {
		b := make([]byte, 1)
		if _, err := client.Read(b); err == nil {
			close(answered)
		}
		io.Copy(io.Discard, client)
	}()
	group.Loops()[0].Post(func() { engine.Home(0).Offer(e.bind, inside, e.src, e.dst) })
	go client.Write(append(append([]byte{}, r.wire.head...), r.wire.body...))
	return r.await(client, e, answered)
}

// await waits for the record. A relay has no end of its own: both sides leave when it stands, a tunnel's after a while.
func (r *run) await(client net.Conn, e *entry, answered chan struct{}) (*trace.Record, error) {
	late := time.After(limit)
	var server net.Conn
	leave := func() {
		client.Close()
		if server != nil {
			server.Close()
		}
	}
	var lingered <-chan time.Time
	for {
		select {
		case rec := <-r.done:
			return rec, nil
		case err := <-r.failed:
			return nil, err
		case server = <-r.sent:
			if e.bind.Proxy.Mode != proxy.ModeHTTP {
				leave()
			}
		case <-answered:
			answered, lingered = nil, time.After(linger)
		case <-lingered:
			leave()
		case <-late:
			return nil, fmt.Errorf("the request did not end within %v", limit)
		}
	}
}

// panicked reports a panic of the stages.
func (r *run) panicked(_ *loop.Loop, v any, stack []byte) {
	select {
	case r.failed <- fmt.Errorf("panic: %v\n%s", v, stack):
	default:
	}
}

// once gives the record to the session and to its first stream.
type once struct {
	w    *watcher
	used bool
}

// Session implements stream.Tracer.
func (o *once) Session(*proxy.Session) proxy.Trace { return o.w }

// Stream implements stream.Tracer.
func (o *once) Stream(*proxy.Stream) proxy.Trace {
	if o.used {
		return nil
	}
	o.used = true
	return o.w
}

// errNoResponse says that no response was asked for.
var errNoResponse = errors.New("-R adds to a response: write --response 'HTTP/1.1 200 OK' too")
