package spop

import "encoding/binary"

// FrameType is the first byte of a frame.
type FrameType uint8

// The frames (SPOE.txt 3.2.2): those of the proxy, then those of an agent.
const (
	HAProxyHello      FrameType = 1
	HAProxyDisconnect FrameType = 2
	Notify            FrameType = 3
	AgentHello        FrameType = 101
	AgentDisconnect   FrameType = 102
	Ack               FrameType = 103
)

// The flags of frames (SPOE.txt 3.2). Fin stands in every frame: payloads are not fragmented any more.
const (
	Fin   = 1
	Abort = 2
)

// LengthSize is the size of the length before a frame, MinFrameSize the least that both sides must accept as the size
// of a frame, and MaxHead bounds what a frame has before its payload.
const (
	LengthSize   = 4
	MinFrameSize = 256
	MaxHead      = 1 + 4 + 2*MaxVarint
)

// A Frame is what stands between the length and the payload, and the payload, which shares the memory it was read from.
type Frame struct {
	Type     FrameType
	Flags    uint32
	StreamID uint64
	FrameID  uint64
	Payload  []byte
}

// AppendFrame appends a frame with its length.
func AppendFrame(dst []byte, f *Frame) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, byte(f.Type))
	dst = binary.BigEndian.AppendUint32(dst, f.Flags)
	dst = AppendVarint(dst, f.StreamID)
	dst = AppendVarint(dst, f.FrameID)
	dst = append(dst, f.Payload...)
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-LengthSize))
	return dst
}

// Size returns how long the frame is without its length.
func (f *Frame) Size() int {
	var b [2 * MaxVarint]byte
	return 1 + 4 + len(AppendVarint(AppendVarint(b[:0], f.StreamID), f.FrameID)) + len(f.Payload)
}

// Parse reads the frame at the beginning of b, of no more than limit bytes. n is how many bytes it takes with its
// length, 0 when b does not hold all of it yet. status says what is wrong with it, Normal when nothing is.
func (f *Frame) Parse(b []byte, limit uint32) (n int, status Status) {
	if len(b) < LengthSize {
		return 0, Normal
	}
	size := binary.BigEndian.Uint32(b)
	if size > limit {
		return 0, TooBig
	}
	if uint32(len(b)-LengthSize) < size {
		return 0, Normal
	}
	n = LengthSize + int(size)
	rest := b[LengthSize:n:n]
	if len(rest) < 5 {
		return n, Invalid
	}
	f.Type, f.Flags = FrameType(rest[0]), binary.BigEndian.Uint32(rest[1:])
	var ok bool
	if f.StreamID, rest, ok = Varint(rest[5:]); !ok {
		return n, Invalid
	}
	if f.FrameID, rest, ok = Varint(rest); !ok {
		return n, Invalid
	}
	f.Payload = rest
	return n, Normal
}
