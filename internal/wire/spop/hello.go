package spop

import (
	"bytes"
	"math"

	"sluice/internal/value"
)

// Version is the version of the protocol that is announced and understood, all minor ones below it included.
const Version = "2.0"

// A Hello is the payload of the first frame of a connection (SPOE.txt 3.2.4).
type Hello struct {
	MaxFrameSize uint32
	Pipelining   bool
	HealthCheck  bool
	EngineID     string // "": none
}

// Append appends the frame.
func (h *Hello) Append(dst []byte) []byte {
	var room [512]byte
	kv := AppendString(room[:0], "supported-versions")
	kv = AppendString(append(kv, typeString), Version)
	kv = AppendString(kv, "max-frame-size")
	kv = AppendVarint(append(kv, typeUint32), uint64(h.MaxFrameSize))
	capabilities := ""
	if h.Pipelining {
		capabilities = "pipelining"
	}
	kv = AppendString(kv, "capabilities")
	kv = AppendString(append(kv, typeString), capabilities)
	if h.HealthCheck {
		kv = append(AppendString(kv, "healthcheck"), typeBool|flagTrue)
	}
	if h.EngineID != "" {
		kv = AppendString(kv, "engine-id")
		kv = AppendString(append(kv, typeString), h.EngineID)
	}
	return AppendFrame(dst, &Frame{Type: HAProxyHello, Flags: Fin, Payload: kv})
}

// AgentGreeting is the payload of an AGENT-HELLO frame (SPOE.txt 3.2.5).
type AgentGreeting struct {
	MaxFrameSize uint32
	Pipelining   bool
}

// Parse reads the answer to a Hello that announced frames of most bytes. It returns what is wrong with it, Normal when
// nothing is.
func (g *AgentGreeting) Parse(payload []byte, most uint32) Status {
	var haveVersion, haveSize, haveCapabilities bool
	for len(payload) > 0 {
		var v value.Value
		name, rest, ok := String(payload)
		if !ok {
			return Invalid
		}
		if payload, ok = ParseValue(rest, &v); !ok {
			return Invalid
		}
		switch string(name) {
		case "version":
			if v.Type != value.Str {
				return Invalid
			}
			if st := supported(v.Bytes); st != Normal {
				return st
			}
			haveVersion = true
		case "max-frame-size":
			if v.Type != value.Sint {
				return Invalid
			}
			if v.Int < MinFrameSize || v.Int > int64(most) {
				return BadFrameSize
			}
			g.MaxFrameSize, haveSize = uint32(v.Int), true
		case "capabilities":
			if v.Type != value.Str {
				return Invalid
			}
			for word := range bytes.SplitSeq(v.Bytes, []byte{','}) {
				if string(bytes.TrimSpace(word)) == "pipelining" {
					g.Pipelining = true
				}
			}
			haveCapabilities = true
		}
	}
	switch {
	case !haveVersion:
		return NoVersion
	case !haveSize:
		return NoFrameSize
	case !haveCapabilities:
		return NoCapabilities
	}
	return Normal
}

// supported judges a version, of the form Major.Minor: it must be one of those that Version stands for.
func supported(text []byte) Status {
	text = bytes.TrimSpace(text)
	major, minor, ok := bytes.Cut(text, []byte{'.'})
	if !ok || !digits(major) || !digits(minor) {
		return Invalid
	}
	if string(text) != Version {
		return BadVersion
	}
	return Normal
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// A Disconnect is the payload of the last frame of a connection (SPOE.txt 3.2.8, 3.2.9).
type Disconnect struct {
	Status  Status
	Message []byte
}

// AppendDisconnect appends the frame of the proxy with the text of its code.
func AppendDisconnect(dst []byte, s Status) []byte {
	var room [128]byte
	kv := AppendString(room[:0], "status-code")
	kv = AppendVarint(append(kv, typeUint32), uint64(s))
	kv = AppendString(kv, "message")
	kv = AppendString(append(kv, typeString), s.String())
	return AppendFrame(dst, &Frame{Type: HAProxyDisconnect, Flags: Fin, Payload: kv})
}

// Parse reads the payload of an AGENT-DISCONNECT frame; false means that it is broken.
func (d *Disconnect) Parse(payload []byte) bool {
	d.Status = Unknown
	for len(payload) > 0 {
		var v value.Value
		name, rest, ok := String(payload)
		if !ok {
			return false
		}
		if payload, ok = ParseValue(rest, &v); !ok {
			return false
		}
		switch string(name) {
		case "status-code":
			if v.Type != value.Sint || v.Int < 0 || v.Int > math.MaxUint32 {
				return false
			}
			d.Status = Status(v.Int)
		case "message":
			if v.Type != value.Str {
				return false
			}
			d.Message = v.Bytes
		}
	}
	return true
}
