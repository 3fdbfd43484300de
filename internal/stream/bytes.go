package stream

import "sluice/internal/msg"

// The logs and counters of HAProxy count messages in its own form of them, not as they are on the wire: the words of the
// start line, the names and values of fields, and the payload, without white space, line ends and the framing of chunks.
const (
	startLineBytes = 20 // for the start line, besides its words
	endBytes       = 1  // for the end of a head, and of trailers
)

// requestBytes is what the head of a request counts.
func requestBytes(q *msg.Request) uint64 {
	return startLineBytes + endBytes + uint64(len(q.Method)+len(q.Target)+len(q.VerBytes)) + fieldBytes(q.Fields)
}

// responseBytes is what the head of a response counts.
func responseBytes(r *msg.Response) uint64 {
	version := len(r.VerBytes)
	if version == 0 {
		version = len("HTTP/1.1")
	}
	return startLineBytes + endBytes + uint64(version+len("200")+len(r.Reason)) + fieldBytes(r.Fields)
}

func fieldBytes(fs []msg.Field) (n uint64) {
	for i := range fs {
		if f := &fs[i]; !f.Dead {
			n += uint64(len(f.Name) + len(f.Value))
		}
	}
	return n
}

// bodyBytes is what the flow's body counts so far.
func (f *flow) bodyBytes() uint64 {
	if !f.chunked {
		return f.taken
	}
	n := f.chunk.Payload
	if f.complete && len(f.chunk.Trailers) > 0 {
		n += fieldBytes(f.chunk.Trailers) + endBytes
	}
	return n
}

// sentBytes is what the body that f sends on counts so far.
func (f *flow) sentBytes() uint64 {
	if f.change != nil || f.made > 0 {
		return f.made
	}
	return f.bodyBytes()
}

// letGo consumes what was kept for a retry.
func (f *flow) letGo() {
	if f.hold > 0 {
		f.in.take(f.hold)
	}
	f.hold = -1
}
