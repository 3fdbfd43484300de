package spop

import "sluice/internal/value"

// ActionKind is what an agent asks for (SPOE.txt 3.4).
type ActionKind uint8

// The kinds.
const (
	SetVar   ActionKind = 1
	UnsetVar ActionKind = 2
)

// MaxScope is the highest number of a scope: process, session, transaction, request, response.
const MaxScope = 4

// An Action is one action of an ACK frame. Name and texts share the memory of the payload.
type Action struct {
	Kind  ActionKind
	Scope uint8
	Name  []byte
	Value value.Value // of SetVar; without a type it is NULL
}

// Parse reads the action at the beginning of a list and returns the rest of it; ok is false when it is broken or unknown.
func (a *Action) Parse(b []byte) (rest []byte, ok bool) {
	if len(b) < 3 {
		return nil, false
	}
	a.Kind, a.Scope = ActionKind(b[0]), b[2]
	args := b[1]
	if a.Kind == SetVar && args != 3 || a.Kind == UnsetVar && args != 2 || a.Kind != SetVar && a.Kind != UnsetVar || a.Scope > MaxScope {
		return nil, false
	}
	if a.Name, rest, ok = String(b[3:]); !ok {
		return nil, false
	}
	a.Value = value.Value{}
	if a.Kind == UnsetVar {
		return rest, true
	}
	return ParseValue(rest, &a.Value)
}

// AppendMessage begins a message of a NOTIFY frame, whose arguments follow: each a name and a value.
func AppendMessage(dst []byte, name string, args int) []byte {
	return append(AppendString(dst, name), byte(args))
}
