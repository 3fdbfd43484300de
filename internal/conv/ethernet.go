package conv

import (
	enc "encoding/binary"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// ethernetRows are the converters of Ethernet frames, as fc_saved_syn returns them.
func ethernetRows() []sample.Conv {
	return []sample.Conv{
		{Name: "eth.data", Doc: "What follows the header of an Ethernet frame.", In: value.Bin, Out: value.Bin, Eval: ethData},
		{Name: "eth.dst", Doc: "Destination address of an Ethernet frame.", In: value.Bin, Out: value.Bin, Eval: ethDst},
		{Name: "eth.hdr", Doc: "Header of an Ethernet frame with its VLAN tags.", In: value.Bin, Out: value.Bin, Eval: ethHdr},
		{Name: "eth.proto", Doc: "Number of the protocol in an Ethernet frame.", In: value.Bin, Out: value.Sint, Eval: ethProto},
		{Name: "eth.src", Doc: "Source address of an Ethernet frame.", In: value.Bin, Out: value.Bin, Eval: ethSrc},
		{Name: "eth.vlan", Doc: "Number of the innermost VLAN of an Ethernet frame.", In: value.Bin, Out: value.Sint, Eval: ethVLAN},
	}
}

// ethType returns where the protocol number of a frame is, behind its VLAN tags (IEEE 802.1Q). There is none in a frame
// that ends with it.
func ethType(b []byte) (at int, ok bool) {
	for at = 12; at+2 < len(b); at += 4 {
		if enc.BigEndian.Uint16(b[at:]) != 0x8100 {
			return at, true
		}
	}
	return 0, false
}

func ethData(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	at, ok := ethType(v.Bytes)
	if ok {
		v.Bytes = v.Bytes[at+2:]
	}
	return ok
}

func ethHdr(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	at, ok := ethType(v.Bytes)
	if ok {
		v.Bytes = v.Bytes[:at+2]
	}
	return ok
}

func ethProto(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	at, ok := ethType(v.Bytes)
	if ok {
		v.SetInt(int64(enc.BigEndian.Uint16(v.Bytes[at:])))
	}
	return ok
}

func ethVLAN(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	at, ok := ethType(v.Bytes)
	if !ok || at == 12 {
		return false
	}
	v.SetInt(int64(enc.BigEndian.Uint16(v.Bytes[at-2:]) & 0xfff))
	return true
}

func ethDst(_ *proxy.Stream, _ sample.Args, v *value.Value) bool { return slice(v, 0, 6) }

func ethSrc(_ *proxy.Stream, _ sample.Args, v *value.Value) bool { return slice(v, 6, 12) }

// slice cuts v to its bytes from one place to another, when it has them.
func slice(v *value.Value, from, to int) bool {
	if len(v.Bytes) < to {
		return false
	}
	v.Bytes = v.Bytes[from:to]
	return true
}
