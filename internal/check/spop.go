package check

import (
	"bytes"
	"encoding/binary"

	"sluice/internal/proxy"
)

// spopSteps make option spop-check (configuration.txt 4.2): HAPROXY-HELLO with the item that says that it is a check
// (SPOE.txt 3.2.4), and the AGENT-HELLO that answers it (3.2.5).
func spopSteps([]string) ([]proxy.CheckStep, error) {
	return []proxy.CheckStep{spopHello{}, hears(spopAnswer)}, nil
}

// Types of frames and of data (SPOE.txt 3.1, 3.2).
const (
	spopHAProxyHello = 1
	spopAgentHello   = 101
	spopAgentLeaves  = 102

	spopNull   = 0
	spopBool   = 1
	spopInt32  = 2
	spopUint32 = 3
	spopUint64 = 5
	spopIPv4   = 6
	spopIPv6   = 7
	spopString = 8
	spopBinary = 9
	spopTrue   = 0x11
)

// spopHead is the length before each frame, spopFin the flag of one that is whole.
const (
	spopHead = 4
	spopFin  = 1
)

// spopLargest is the longest frame that a process takes.
func spopLargest(x *proxy.CheckRun) uint64 {
	return uint64(x.Stream.Snap.Global.Tune.BufSize - spopHead)
}

// spopHello sends the frame.
type spopHello struct{}

// Run sends.
func (spopHello) Run(x *proxy.CheckRun) proxy.CheckVerdict {
	forget(x)
	b := []byte{0, 0, 0, 0, spopHAProxyHello, 0, 0, 0, spopFin, 0, 0}
	b = append(spopName(b, "supported-versions"), spopString)
	b = spopName(b, "2.0")
	b = append(spopName(b, "max-frame-size"), spopUint32)
	b = spopVarint(b, spopLargest(x))
	b = append(spopName(b, "capabilities"), spopString)
	b = spopName(b, "")
	b = append(spopName(b, "healthcheck"), spopTrue)
	binary.BigEndian.PutUint32(b, uint32(len(b)-spopHead))
	return write(x, b)
}

func spopName(b []byte, text string) []byte { return append(spopVarint(b, uint64(len(text))), text...) }

// spopVarint appends a number: below 240 one byte, else four bits and then seven in each byte.
func spopVarint(b []byte, n uint64) []byte {
	const one, low, high = 240, 4, 7
	if n < one {
		return append(b, byte(n))
	}
	b = append(b, byte(n)|one)
	n = (n - one) >> low
	for n >= 1<<high {
		b = append(b, byte(n)|1<<high)
		n = (n - 1<<high) >> high
	}
	return append(b, byte(n))
}

// spopReader reads the items of a frame. What is not there, or is none, makes it bad.
type spopReader struct {
	rest []byte
	bad  bool
}

func (r *spopReader) byte() byte {
	if len(r.rest) == 0 {
		r.bad = true
		return 0
	}
	c := r.rest[0]
	r.rest = r.rest[1:]
	return c
}

func (r *spopReader) varint() uint64 {
	const one, low, high, most = 240, 4, 7, 56
	n := uint64(r.byte())
	if n < one {
		return n
	}
	for shift := low; shift < most; shift += high {
		c := uint64(r.byte())
		n += c << shift
		if c < 1<<high {
			return n
		}
	}
	r.bad = true
	return 0
}

func (r *spopReader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *spopReader) text() []byte { return r.take(r.varint()) }

// skip passes over a value of a type.
func (r *spopReader) skip(kind byte) {
	const ipv4, ipv6 = 4, 16
	switch {
	case kind == spopNull || kind == spopBool:
	case kind >= spopInt32 && kind <= spopUint64:
		r.varint()
	case kind == spopIPv4:
		r.take(ipv4)
	case kind == spopIPv6:
		r.take(ipv6)
	case kind == spopString || kind == spopBinary:
		r.text()
	default:
		r.bad = true
	}
}

// hello reads the items of an AGENT-HELLO and returns what is wrong with them, "" for nothing.
func (r *spopReader) hello(largest uint64) string {
	var versed, sized, able bool
	for len(r.rest) > 0 && !r.bad {
		name, kind := r.text(), r.byte()&0x0f
		text, number := kind == spopString, kind >= spopInt32 && kind <= spopUint64
		switch string(name) {
		case "version":
			version := r.text()
			switch versed = true; {
			case r.bad || !text || !spopIsVersion(version):
				return notSPOP
			case !bytes.HasPrefix(bytes.TrimSpace(version), []byte("2.0")):
				return "unsupported version"
			}
		case "max-frame-size":
			size := r.varint()
			switch sized = true; {
			case r.bad || !number:
				return notSPOP
			case size < spopLeast || size > largest:
				return "max-frame-size too big or too small"
			}
		case "capabilities":
			able, r.bad = true, r.bad || !text
			r.text()
		default:
			r.skip(kind)
		}
	}
	switch {
	case r.bad:
		return notSPOP
	case !versed:
		return "version value not found"
	case !sized:
		return "max-frame-size value not found"
	case !able:
		return "capabilities value not found"
	}
	return ""
}

const notSPOP = "invalid frame received"

// spopAnswer judges the first frame of the agent.
func spopAnswer(x *proxy.CheckRun) (proxy.CheckVerdict, bool) {
	in := x.In
	if len(in) == 0 {
		return noAnswer(x, "TCPCHK got an empty response at step 3")
	}
	if len(in) < spopHead || len(in) < spopHead+int(binary.BigEndian.Uint32(in)) {
		if x.EOF {
			return noAnswer(x, notSPOP)
		}
		return wait()
	}
	r := &spopReader{rest: in[spopHead : spopHead+int(binary.BigEndian.Uint32(in))]}
	kind := r.byte()
	flags := r.take(4)
	stream, frame := r.varint(), r.varint()
	if r.bad || kind != spopAgentHello && kind != spopAgentLeaves || flags[3]&spopFin == 0 || stream != 0 || frame != 0 {
		return noAnswer(x, notSPOP)
	}
	if wrong := r.hello(spopLargest(x)); wrong != "" {
		return noAnswer(x, wrong)
	}
	return pass(x, 0, "SPOA server is ok")
}

// spopLeast is the shortest frame that each side must take.
const spopLeast = 256

// spopIsVersion reports whether a text is a version: two numbers and a dot.
func spopIsVersion(b []byte) bool {
	major, minor, ok := bytes.Cut(bytes.TrimSpace(b), []byte("."))
	return ok && len(major) == 1 && len(minor) == 1 && isDigit(major[0]) && isDigit(minor[0])
}
