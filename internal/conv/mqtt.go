package conv

import (
	"fmt"
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// mqttRows are the converters of MQTT packets. Only the first packet of each side can be seen: CONNECT and CONNACK.
func mqttRows() []sample.Conv {
	return []sample.Conv{
		{Name: "mqtt_field_value", Doc: "Field or property of an MQTT packet.", Args: "string,string", In: value.Bin, Out: value.Str, Check: checkMQTTField, Eval: mqttFieldValue},
		{Name: "mqtt_is_valid", Doc: "Whether the bytes are an MQTT packet without a mistake.", In: value.Bin, Out: value.Bool, Eval: mqttIsValid},
	}
}

// The numbers of the packets that can be read (MQTT 5.0, 2.1.2).
const (
	mqttConnect = 1
	mqttConnack = 2
)

// mqttPackets are the names of the packets by their numbers.
var mqttPackets = [...]string{"", "connect", "connack", "publish", "puback", "pubrec", "pubrel", "pubcomp", "subscribe", "suback",
	"unsubscribe", "unsuback", "pingreq", "pingresp", "disconnect", "auth"}

// The fields that are no properties, numbered behind them.
const (
	mqttFlags = 256 + iota
	mqttProtocolName
	mqttProtocolVersion
	mqttClientID
	mqttWillTopic
	mqttWillPayload
	mqttUsername
	mqttPassword
	mqttKeepalive
	mqttReasonCode
)

// mqttNames are the fields by name, and the packets that have them.
var mqttNames = [...]struct {
	name    string
	field   int64
	connect bool
	connack bool
}{
	{"client_identifier", mqttClientID, true, false},
	{"flags", mqttFlags, true, true},
	{"keepalive", mqttKeepalive, true, false},
	{"password", mqttPassword, true, false},
	{"protocol_name", mqttProtocolName, true, false},
	{"protocol_version", mqttProtocolVersion, true, true},
	{"reason_code", mqttReasonCode, false, true},
	{"username", mqttUsername, true, false},
	{"will_payload", mqttWillPayload, true, false},
	{"will_topic", mqttWillTopic, true, false},
}

// checkMQTTField puts the number of the packet into the first argument and that of the field into the second.
func checkMQTTField(a sample.Args, _ *sample.Env) error {
	packet := mqttPacketNumber(string(a[0].Str))
	if packet == 0 {
		return fmt.Errorf("Unknown MQTT type '%s'", a[0].Str)
	}
	name := string(a[1].Str)
	a[0].Int, a[1].Int = packet, 0
	for _, n := range mqttNames {
		if value.Folds(a[1].Str, n.name) && (packet == mqttConnect && n.connect || packet == mqttConnack && n.connack) {
			a[1].Int = n.field
		}
	}
	if id, err := strconv.ParseUint(name, 10, 8); err == nil && name[0] != '0' && id < uint64(len(mqttProperties)) {
		where := mqttProperties[id].in
		if packet == mqttConnect && where&(inConnect|inWill) != 0 || packet == mqttConnack && where&inConnack != 0 {
			a[1].Int = int64(id)
		}
	}
	if a[1].Int == 0 {
		return fmt.Errorf("Unknown MQTT field name '%s' for packet type '%s'", name, a[0].Str)
	}
	return nil
}

// mqttPacketNumber returns the number of a packet given by name or number, 0 for none.
func mqttPacketNumber(text string) int64 {
	if n, err := strconv.ParseUint(text, 10, 8); err == nil && n < uint64(len(mqttPackets)) {
		return int64(n)
	}
	for i, name := range mqttPackets {
		if i > 0 && value.Folds([]byte(text), name) {
			return int64(i)
		}
	}
	return 0
}

func mqttIsValid(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	packet, body, state := mqttPacket(v.Bytes)
	if state == mqttPartial {
		v.Flags |= value.MayChange
		return false
	}
	// The first packet decides: what follows it changes nothing.
	v.Flags &^= value.MayChange
	r := mqttReader{b: body}
	v.SetBool(state == mqttWhole && r.packet(packet))
	return true
}

func mqttFieldValue(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	packet, body, state := mqttPacket(v.Bytes)
	v.Flags &^= value.MayChange
	if state == mqttPartial {
		v.Flags |= value.MayChange
	}
	r := mqttReader{b: body, want: a[1].Int}
	if state != mqttWhole || int64(packet) != a[0].Int || !r.packet(packet) || !r.found {
		return false
	}
	if r.isNumber {
		setOwn(v, value.Str, s.Arena.Keep(strconv.AppendUint(s.Arena.Tail(20), uint64(r.number), 10)))
		return true
	}
	v.Type, v.Bytes = value.Str, r.text
	return len(r.text) > 0
}

// mqttState says how much of a packet there is.
type mqttState uint8

const (
	mqttBad mqttState = iota
	mqttPartial
	mqttWhole
)

// mqttPacket reads the fixed header (MQTT 5.0, 2.1) and returns the number of the packet and what follows the header. The
// packets that are read have no flags.
func mqttPacket(b []byte) (packet byte, body []byte, state mqttState) {
	if len(b) < 2 {
		return 0, nil, mqttPartial
	}
	length, n, whole := mqttVarint(b[1:])
	switch {
	case !mqttFirst(b[0]):
		return 0, nil, mqttBad
	case !whole:
		return 0, nil, mqttPartial
	case n == 0:
		return 0, nil, mqttBad
	case int(length) > len(b)-1-n:
		return 0, nil, mqttPartial
	case b[0] != mqttConnect<<4 && b[0] != mqttConnack<<4:
		return 0, nil, mqttBad
	}
	return b[0] >> 4, b[1+n : 1+n+int(length)], mqttWhole
}

// mqttFirst reports whether a packet may begin with a byte: its type and the flags that belong to it (MQTT 5.0, 2.1).
func mqttFirst(b byte) bool {
	switch b >> 4 {
	case 0:
		return false
	case 3: // PUBLISH
		return true
	case 6, 8, 10: // PUBREL, SUBSCRIBE, UNSUBSCRIBE
		return b&0x0f == 2
	}
	return b&0x0f == 0
}

// mqttVarint reads a number of up to four bytes (MQTT 5.0, 1.5.5): how many it takes, 0 when there are more. It is not whole
// when b ends before it does.
func mqttVarint(b []byte) (n uint32, size int, whole bool) {
	for i := range min(len(b), 4) {
		n |= uint32(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			return n, i + 1, true
		}
	}
	return 0, 0, len(b) >= 4
}
