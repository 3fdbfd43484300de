package spop

import (
	"bytes"
	"math"
	"net/netip"
	"testing"

	"sluice/internal/value"
)

func TestVarintsAreThoseOfTheManual(t *testing.T) {
	for _, c := range []struct {
		n    uint64
		size int
	}{{0, 1}, {239, 1}, {240, 2}, {2287, 2}, {2288, 3}, {264431, 3}, {264432, 4}, {33818863, 4}, {33818864, 5}, {4328786159, 5},
		{4328786160, 6}, {math.MaxUint64, 10}} {
		b := AppendVarint(nil, c.n)
		if len(b) != c.size {
			t.Errorf("%d takes %d bytes, want %d", c.n, len(b), c.size)
		}
		n, rest, ok := Varint(append(b, 'x'))
		if !ok || n != c.n || string(rest) != "x" {
			t.Errorf("%d reads as %d, %v, rest %q", c.n, n, ok, rest)
		}
		for i := range b {
			if _, _, ok := Varint(b[:i]); ok {
				t.Errorf("%d cut to %d bytes reads as a number", c.n, i)
			}
		}
	}
	for _, b := range [][]byte{bytes.Repeat([]byte{255}, 11), {255, 255, 255, 255, 255, 255, 255, 255, 255, 127}} {
		if n, _, ok := Varint(b); ok {
			t.Errorf("%x reads as %d", b, n)
		}
	}
}

func values() []value.Value {
	return []value.Value{{}, {Type: value.Bool, Int: 1}, {Type: value.Bool}, {Type: value.Sint, Int: -5}, {Type: value.Sint, Int: math.MaxInt64},
		{Type: value.IPv4, IP: netip.MustParseAddr("1.2.3.4")}, {Type: value.IPv6, IP: netip.MustParseAddr("::1")},
		{Type: value.Str, Bytes: []byte("text")}, {Type: value.Bin, Bytes: []byte{0, 255}}}
}

func TestValuesComeBack(t *testing.T) {
	for _, want := range values() {
		b := AppendValue(nil, &want)
		var got value.Value
		rest, ok := ParseValue(append(b, 'x'), &got)
		if !ok || string(rest) != "x" || got.Type != want.Type || got.Int != want.Int || got.IP != want.IP || !bytes.Equal(got.Bytes, want.Bytes) {
			t.Errorf("%v reads as %v, %v, rest %q", want, got, ok, rest)
		}
		for i := range b {
			if _, ok := ParseValue(b[:i], &got); ok {
				t.Errorf("%v cut to %d bytes reads as %v", want, i, got)
			}
		}
	}
	m := value.Value{Type: value.Meth, Method: value.GET}
	if b := AppendValue(nil, &m); string(b) != "\x08\x03GET" {
		t.Errorf("a method is %q", b)
	}
	if _, ok := ParseValue([]byte{10}, &m); ok {
		t.Error("a type that is not used reads as a value")
	}
}

func TestFramesComeBack(t *testing.T) {
	want := Frame{Type: Notify, Flags: Fin, StreamID: 300, FrameID: 7, Payload: []byte("list")}
	b := AppendFrame(nil, &want)
	if len(b)-LengthSize != want.Size() {
		t.Errorf("the frame has %d bytes, Size says %d", len(b)-LengthSize, want.Size())
	}
	var got Frame
	for i := range b {
		if n, st := got.Parse(b[:i], MinFrameSize); n != 0 || st != Normal {
			t.Errorf("%d bytes of a frame: %d, %v", i, n, st)
		}
	}
	n, st := got.Parse(append(b, "next"...), MinFrameSize)
	if n != len(b) || st != Normal || got.Type != want.Type || got.Flags != Fin || got.StreamID != 300 || got.FrameID != 7 || string(got.Payload) != "list" {
		t.Errorf("reads as %+v, %d bytes, %v", got, n, st)
	}
	if _, st := got.Parse([]byte{0, 0, 1, 1}, MinFrameSize); st != TooBig {
		t.Errorf("a frame above the limit: %v", st)
	}
	if _, st := got.Parse([]byte{0, 0, 0, 6, 103, 0, 0, 0, 1, 255}, MinFrameSize); st != Invalid {
		t.Errorf("a frame that ends in its head: %v", st)
	}
}

func TestGreetings(t *testing.T) {
	kv := func(words ...any) (b []byte) {
		for i := 0; i < len(words); i += 2 {
			b = AppendString(b, words[i].(string))
			switch w := words[i+1].(type) {
			case string:
				b = AppendString(append(b, typeString), w)
			case int:
				b = AppendVarint(append(b, typeUint32), uint64(w))
			}
		}
		return b
	}
	for _, c := range []struct {
		payload []byte
		want    Status
	}{
		{kv("version", "2.0", "max-frame-size", 1000, "capabilities", "async, pipelining"), Normal},
		{kv("version", "2.0", "max-frame-size", 1000, "capabilities", "", "more", "x"), Normal},
		{kv("max-frame-size", 1000, "capabilities", ""), NoVersion},
		{kv("version", "2.0", "capabilities", ""), NoFrameSize},
		{kv("version", "2.0", "max-frame-size", 1000), NoCapabilities},
		{kv("version", "1.0", "max-frame-size", 1000, "capabilities", ""), BadVersion},
		{kv("version", "3.0", "max-frame-size", 1000, "capabilities", ""), BadVersion},
		{kv("version", "2.0", "max-frame-size", 1001, "capabilities", ""), BadFrameSize},
		{kv("version", "2.0", "max-frame-size", 255, "capabilities", ""), BadFrameSize},
		{kv("version", 2, "max-frame-size", 1000, "capabilities", ""), Invalid},
		{[]byte{200}, Invalid},
	} {
		var g AgentGreeting
		if got := g.Parse(c.payload, 1000); got != c.want {
			t.Errorf("%q: %v, want %v", c.payload, got, c.want)
		}
	}
	var g AgentGreeting
	if g.Parse(kv("version", " 2.0 ", "max-frame-size", 256, "capabilities", "x, pipelining"), 1000); !g.Pipelining || g.MaxFrameSize != 256 {
		t.Errorf("the greeting reads as %+v", g)
	}
}

func TestActions(t *testing.T) {
	list := append(AppendString([]byte{byte(SetVar), 3, 2}, "x"), typeBool|flagTrue)
	list = AppendString(append(list, byte(UnsetVar), 2, 4), "y")
	var a Action
	rest, ok := a.Parse(list)
	if !ok || a.Kind != SetVar || a.Scope != 2 || string(a.Name) != "x" || !a.Value.True() {
		t.Errorf("the first action is %+v, %v", a, ok)
	}
	if rest, ok = a.Parse(rest); !ok || len(rest) != 0 || a.Kind != UnsetVar || string(a.Name) != "y" {
		t.Errorf("the second action is %+v, %v", a, ok)
	}
	for _, bad := range []string{"", "\x01\x03", "\x01\x02\x02\x01x", "\x02\x03\x02\x01x", "\x03\x00\x00", "\x02\x02\x05\x01x", "\x01\x03\x02\x09x"} {
		if _, ok := a.Parse([]byte(bad)); ok {
			t.Errorf("%q reads as an action", bad)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	v := value.Value{Type: value.Str, Bytes: []byte("text")}
	b := make([]byte, 0, 256)
	var f Frame
	var a Action
	if n := testing.AllocsPerRun(100, func() {
		b = AppendFrame(b[:0], &Frame{Type: Ack, Flags: Fin, StreamID: 1000, FrameID: 1, Payload: AppendValue(b[100:100], &v)})
		f.Parse(b, MinFrameSize)
		a.Parse(f.Payload)
	}); n > 0 {
		t.Errorf("%v allocations for a frame", n)
	}
}

func FuzzFrame(f *testing.F) {
	f.Add(AppendDisconnect(nil, TooBig))
	f.Add(AppendFrame(nil, &Frame{Type: Ack, Flags: Fin, StreamID: 1, FrameID: 2, Payload: append(AppendString([]byte{1, 3, 2}, "x"), typeBool)}))
	f.Add((&Hello{MaxFrameSize: 1000, EngineID: "x"}).Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var fr Frame
		n, st := fr.Parse(b, 1<<14)
		if n > len(b) || st == Normal && n > 0 && len(fr.Payload) > n {
			t.Fatalf("%d bytes of %d", n, len(b))
		}
		if st != Normal || n == 0 {
			return
		}
		var again Frame
		if m, st := again.Parse(AppendFrame(nil, &fr), 1<<15); st != Normal || m == 0 || again.StreamID != fr.StreamID || !bytes.Equal(again.Payload, fr.Payload) {
			t.Fatalf("%+v comes back as %+v", fr, again)
		}
		var g AgentGreeting
		g.Parse(fr.Payload, 1<<14)
		var d Disconnect
		d.Parse(fr.Payload)
		var a Action
		for list, ok := fr.Payload, true; ok && len(list) > 0; {
			before := len(list)
			if list, ok = a.Parse(list); ok && len(list) >= before {
				t.Fatal("an action without a byte")
			}
		}
	})
}
