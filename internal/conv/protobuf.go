package conv

import (
	enc "encoding/binary"
	"fmt"
	"math"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// protobufRows are the converters of protocol buffers, alone and inside of gRPC messages.
func protobufRows() []sample.Conv {
	const args = "Protocol buffers field number[,string]"
	return []sample.Conv{
		{Name: "protobuf", Doc: "Field of a protocol buffers message.", Args: args, In: value.Bin, Out: value.Bin, Check: checkProtobuf, Eval: protobuf},
		{Name: "ungrpc", Doc: "Field of a gRPC message.", Args: args, In: value.Bin, Out: value.Bin, Check: checkProtobuf, Eval: ungrpc},
	}
}

// The wire types of protocol buffers that have not been removed.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// wireKind is how a field is read as a number.
type wireKind struct {
	name string
	wire uint64
	read func(b []byte) int64
}

// wireKinds are the types of configuration.txt 7.3.1, "protobuf". A type of 32 bits is read as wide as it came; a real
// number loses its fraction, and one of 32 bits its sign, as in HAProxy.
var wireKinds = [...]wireKind{
	{"bool", wireVarint, varint},
	{"double", wire64, func(b []byte) int64 { return truncate(math.Float64frombits(enc.LittleEndian.Uint64(b))) }},
	{"enum", wireVarint, varint},
	{"fixed32", wire32, func(b []byte) int64 { return int64(enc.LittleEndian.Uint32(b)) }},
	{"fixed64", wire64, func(b []byte) int64 { return int64(enc.LittleEndian.Uint64(b)) }},
	{"float", wire32, func(b []byte) int64 {
		return int64(uint32(truncate(float64(math.Float32frombits(enc.LittleEndian.Uint32(b))))))
	}},
	{"int32", wireVarint, varint},
	{"int64", wireVarint, varint},
	{"sfixed32", wire32, func(b []byte) int64 { return int64(int32(enc.LittleEndian.Uint32(b))) }},
	{"sfixed64", wire64, func(b []byte) int64 { return int64(enc.LittleEndian.Uint64(b)) }},
	{"sint32", wireVarint, zigzag},
	{"sint64", wireVarint, zigzag},
	{"uint32", wireVarint, varint},
	{"uint64", wireVarint, varint},
}

func varint(b []byte) int64 {
	n, _ := takeVarint(b)
	return int64(n)
}

func zigzag(b []byte) int64 {
	n, _ := takeVarint(b)
	return int64(n>>1) ^ -int64(n&1)
}

// truncate drops the fraction; what no integer can hold becomes the smallest of them.
func truncate(f float64) int64 {
	if !(f >= math.MinInt64 && f < math.MaxInt64) {
		return math.MinInt64
	}
	return int64(f)
}

// checkProtobuf puts the number of the type, from 1, into the second argument.
func checkProtobuf(a sample.Args, _ *sample.Env) error {
	if len(a) < 2 {
		return nil
	}
	for i := range wireKinds {
		if wireKinds[i].name == string(a[1].Str) {
			a[1].Int = int64(i + 1)
			return nil
		}
	}
	return fmt.Errorf("Wrong protocol buffer type '%s'", a[1].Str)
}

// takeVarint reads a number of 7 bits a byte, the lowest first, and returns how many bytes it takes, 0 for none.
func takeVarint(b []byte) (n uint64, size int) {
	for i := range min(len(b), enc.MaxVarintLen64) {
		n |= uint64(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			return n, i + 1
		}
	}
	return 0, 0
}

// takeField reads the field that a message begins with: its number, its wire type, its content and what follows.
func takeField(b []byte) (number, wire uint64, content, rest []byte, ok bool) {
	tag, n := takeVarint(b)
	if n == 0 {
		return 0, 0, nil, nil, false
	}
	b, size := b[n:], 0
	switch wire = tag & 7; wire {
	case wireVarint:
		if _, size = takeVarint(b); size == 0 {
			return 0, 0, nil, nil, false
		}
	case wire64:
		size = 8
	case wire32:
		size = 4
	case wireBytes:
		length, n := takeVarint(b)
		if n == 0 || length > uint64(len(b)-n) {
			return 0, 0, nil, nil, false
		}
		b, size = b[n:], int(length)
	default:
		return 0, 0, nil, nil, false
	}
	if size > len(b) {
		return 0, 0, nil, nil, false
	}
	return tag >> 3, wire, b[:size:size], b[size:], true
}

// findField returns the first field of that path in a message. What is found first on the way counts: a path is not tried
// again with another field of the same number, and never goes on in the message around it.
func findField(b []byte, path []uint32) (content []byte, wire uint64, ok bool) {
	for len(b) > 0 {
		number, wire, content, rest, ok := takeField(b)
		switch {
		case !ok:
			return nil, 0, false
		case number != uint64(path[0]):
			b = rest
		case len(path) == 1:
			return content, wire, true
		case wire != wireBytes:
			return nil, 0, false
		default:
			b, path = content, path[1:]
		}
	}
	return nil, 0, false
}

// setField makes v the field, raw or as a number of the type that was asked for.
func setField(v *value.Value, a sample.Args, content []byte, wire uint64) bool {
	if len(a) < 2 {
		v.Bytes = content
		return true
	}
	k := &wireKinds[a[1].Int-1]
	if k.wire != wire {
		return false
	}
	v.SetInt(k.read(content))
	return true
}

func protobuf(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	content, wire, ok := findField(v.Bytes, a[0].Numbers)
	return ok && setField(v, a, content, wire)
}

// ungrpc looks through the messages of a body, each of which has a flag and its length before it.
func ungrpc(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	for b := v.Bytes; len(b) > 5; {
		size := uint64(enc.BigEndian.Uint32(b[1:]))
		b = b[5:]
		if size > uint64(len(b)) {
			return false
		}
		if content, wire, ok := findField(b[:size], a[0].Numbers); ok {
			return setField(v, a, content, wire)
		}
		b = b[size:]
	}
	return false
}
