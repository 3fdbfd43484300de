package check

import (
	"encoding/binary"

	"sluice/internal/proxy"
)

// pgsqlSteps make option pgsql-check (configuration.txt 4.2): the message that begins a session of protocol 3 with the
// name of a user. The server need not let the user in: that it asks for a password will do.
func pgsqlSteps(words []string) ([]proxy.CheckStep, error) {
	const name = "'option pgsql-check'"
	switch {
	case len(words) < 2:
		return nil, &Error{0, name + " expects 'user <username>' as argument."}
	case words[0] != "user":
		return nil, &Error{0, name + " only supports optional values: 'user'."}
	}
	body := "\x00\x03\x00\x00user\x00" + words[1] + "\x00\x00"
	const length = 4
	return []proxy.CheckStep{say(binary.BigEndian.AppendUint32(nil, uint32(length+len(body)))) + say(body), hears(pgsqlAnswer)}, nil
}

// pgsqlAnswer judges the first message of the server: its type, four bytes of length, and the kind of authentication.
func pgsqlAnswer(x *proxy.CheckRun) (proxy.CheckVerdict, bool) {
	const head, least = 5, 9
	in := x.In
	switch {
	case len(in) < head && !x.EOF:
		return wait()
	case len(in) > 0 && in[0] == 'E': // fields follow, each a type and a text; the first is how severe it is
		if len(in) <= head+1 {
			return noAnswer(x, "")
		}
		return noAnswer(x, shown(upTo(in[head+1:])))
	case len(in) < least && !x.EOF && in[0] == 'R':
		return wait()
	case len(in) < least || in[0] != 'R' || in[1] != 0 || in[2] != 0 || in[3] != 0 || !pgsqlAsks(binary.BigEndian.Uint32(in[head:])):
		return badAnswer(x, 0, "PostgreSQL unknown error")
	}
	return pass(x, 0, "PostgreSQL server is ok")
}

// pgsqlAsks reports whether a kind of authentication is one that a session begins with.
func pgsqlAsks(kind uint32) bool {
	switch kind {
	case 0, 2, 3, 4, 5, 6, 7, 9, 10: // none, and the ways from Kerberos to SASL
		return true
	}
	return false
}
