package conv

import "sluice/internal/value"

// Where a property may be.
const (
	inConnect = 1 << iota
	inWill
	inConnack
)

// How the value of a property is written (MQTT 5.0, 1.5).
const (
	mqttByte = iota + 1 // of one byte
	mqttWord            // of two
	mqttLong            // of four
	mqttText            // of a length of two bytes and as many bytes
	mqttPair            // of two texts, and may be there more than once
)

// mqttProperties are the properties by their numbers (MQTT 5.0, 2.2.2.2), with the values that are allowed.
var mqttProperties = [43]struct {
	in, form uint8
	low      uint32
	high     uint32
}{
	1:  {inWill, mqttByte, 0, 1},
	2:  {inWill, mqttLong, 0, 1<<32 - 1},
	3:  {inWill, mqttText, 0, 0},
	8:  {inWill, mqttText, 0, 0},
	9:  {inWill, mqttText, 0, 0},
	17: {inConnect | inConnack, mqttLong, 0, 1<<32 - 1},
	18: {inConnack, mqttText, 0, 0},
	19: {inConnack, mqttWord, 0, 1<<16 - 1},
	21: {inConnect | inConnack, mqttText, 0, 0},
	22: {inConnect | inConnack, mqttText, 0, 0},
	23: {inConnect, mqttByte, 0, 1},
	24: {inWill, mqttLong, 0, 1<<32 - 1},
	25: {inConnect, mqttByte, 0, 1},
	26: {inConnack, mqttText, 0, 0},
	28: {inConnack, mqttText, 0, 0},
	31: {inConnack, mqttText, 0, 0},
	33: {inConnect | inConnack, mqttWord, 1, 1<<16 - 1},
	34: {inConnect | inConnack, mqttWord, 0, 1<<16 - 1},
	36: {inConnack, mqttByte, 0, 1},
	37: {inConnack, mqttByte, 0, 1},
	38: {inConnect | inWill | inConnack, mqttPair, 0, 0},
	39: {inConnect | inConnack, mqttLong, 1, 1<<32 - 1},
	40: {inConnack, mqttByte, 0, 1},
	41: {inConnack, mqttByte, 0, 1},
	42: {inConnack, mqttByte, 0, 1},
}

// mqttReader walks once through the body of a packet and keeps the one field that is wanted.
type mqttReader struct {
	b        []byte // what is left
	bad      bool   // the packet is malformed
	want     int64
	found    bool
	isNumber bool
	number   uint32
	text     []byte
}

// packet reads the whole body and reports whether it has no mistake.
func (r *mqttReader) packet(number byte) bool {
	if number == mqttConnect {
		r.connect()
	} else {
		r.connack()
	}
	return !r.bad && len(r.b) == 0
}

func (r *mqttReader) keep(field int64, n uint32) {
	if field == r.want {
		r.found, r.isNumber, r.number = true, true, n
	}
}

func (r *mqttReader) keepText(field int64, b []byte) {
	if field == r.want {
		r.found, r.text = true, b
	}
}

// take returns the next n bytes.
func (r *mqttReader) take(n int) []byte {
	if r.bad || len(r.b) < n {
		r.bad = true
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

// num returns the next number of n bytes, 1, 2 or 4.
func (r *mqttReader) num(n int) (x uint32) {
	for _, c := range r.take(n) {
		x = x<<8 | uint32(c)
	}
	return x
}

// str returns the next text.
func (r *mqttReader) str() []byte { return r.take(int(r.num(2))) }

// The flags of CONNECT (MQTT 5.0, 3.1.2.3).
const (
	flagReserved   = 0x01
	flagWill       = 0x04
	flagWillQoS    = 0x18
	flagWillRetain = 0x20
	flagPassword   = 0x40
	flagUsername   = 0x80
)

// connect reads CONNECT of MQTT 3.1, 3.1.1 and 5.0. Of the flags of a will that is not there, HAProxy refuses only a quality of
// service that does not exist either, and so does this.
func (r *mqttReader) connect() {
	name := r.str()
	version, flags := r.num(1), r.num(1)
	if !value.Folds(name, "mqtt") && !value.Folds(name, "mqisdp") || version < 3 || version > 5 ||
		flags&flagReserved != 0 || flags&(flagWill|flagWillRetain|flagWillQoS) == flagWillQoS {
		r.bad = true
	}
	r.keepText(mqttProtocolName, name)
	r.keep(mqttProtocolVersion, version)
	r.keep(mqttFlags, flags)
	r.keep(mqttKeepalive, r.num(2))
	if version == 5 {
		r.properties(inConnect)
	}
	r.keepText(mqttClientID, r.str())
	if flags&flagWill != 0 {
		if version == 5 {
			r.properties(inWill)
		}
		r.keepText(mqttWillTopic, r.str())
		r.keepText(mqttWillPayload, r.str())
	}
	if flags&flagUsername != 0 {
		r.keepText(mqttUsername, r.str())
	}
	if flags&flagPassword != 0 {
		r.keepText(mqttPassword, r.str())
	}
}

// connack reads CONNACK. One that has properties is of version 5.0, the others count as 3.1.1.
func (r *mqttReader) connack() {
	flags := r.num(1)
	if flags > 1 {
		r.bad = true
	}
	r.keep(mqttFlags, flags)
	r.keep(mqttReasonCode, r.num(1))
	version := uint32(4)
	if len(r.b) > 0 {
		version = 5
		r.properties(inConnack)
	}
	r.keep(mqttProtocolVersion, version)
}

// properties reads the properties of a place. None but the user property may be there twice. A wanted number that is not
// there is 0.
func (r *mqttReader) properties(place uint8) {
	length, n, _ := mqttVarint(r.b)
	if n == 0 {
		r.bad = true
	}
	r.take(n)
	block := r.take(int(length))
	if r.bad {
		return
	}
	if w := r.want; w < int64(len(mqttProperties)) && mqttProperties[w].in&place != 0 && mqttProperties[w].form <= mqttLong {
		r.keep(w, 0)
	}
	p, seen := mqttReader{b: block, want: r.want}, uint64(0)
	for len(p.b) > 0 && !p.bad {
		id := p.num(1)
		if id >= uint32(len(mqttProperties)) || mqttProperties[id].in&place == 0 || seen&(1<<id) != 0 {
			r.bad = true
			return
		}
		if mqttProperties[id].form != mqttPair {
			seen |= 1 << id
		}
		p.property(id)
	}
	// Data of an authentication need its method (MQTT 5.0, 3.1.2.11.10).
	r.bad = p.bad || place == inConnect && seen&(1<<21|1<<22) == 1<<22
	if p.found {
		r.found, r.isNumber, r.number, r.text = true, p.isNumber, p.number, p.text
	}
}

// property reads the value of one property.
func (r *mqttReader) property(id uint32) {
	p := &mqttProperties[id]
	var n uint32
	switch p.form {
	case mqttByte:
		n = r.num(1)
	case mqttWord:
		n = r.num(2)
	case mqttLong:
		n = r.num(4)
	case mqttText:
		r.keepText(int64(id), r.str())
		return
	case mqttPair:
		r.str()
		r.str()
		return
	}
	if n < p.low || n > p.high {
		r.bad = true
	}
	r.keep(int64(id), n)
}
