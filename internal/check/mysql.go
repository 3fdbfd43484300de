package check

import (
	"encoding/binary"
	"fmt"
	"strings"

	"sluice/internal/proxy"
)

// mysqlSteps make option mysql-check (configuration.txt 4.2): the greeting of the server, then perhaps the login of a
// user without a password and the end of the session.
func mysqlSteps(words []string) ([]proxy.CheckStep, error) {
	if len(words) == 0 {
		return []proxy.CheckStep{hears(mysqlGreetingOf("TCPCHK got an empty response at step 2"))}, nil
	}
	login := mysqlLogin
	switch {
	case words[0] != "user":
		return nil, &Error{0, fmt.Sprintf("'option mysql-check' only supports optional values: 'user' (got '%s').", words[0])}
	case len(words) < 2:
		return nil, &Error{0, "'option mysql-check user' expects <username> as argument."}
	case len(words) > 2:
		switch words[2] {
		case "post-41":
		case "post-80":
			login = mysqlPluginLogin
		case "pre-41":
			login = mysqlOldLogin
		default:
			return nil, &Error{2, fmt.Sprintf("keyword 'user' only supports 'post-41', 'pre-41' and 'post-80' (got '%s').", words[2])}
		}
	}
	said := say(mysqlPacket(1, login(words[1])) + mysqlPacket(0, "\x01")) // without waiting for the greeting, as HAProxy
	return []proxy.CheckStep{said, hears(mysqlGreetingOf("TCPCHK got an empty response at step 3")), hears(mysqlWelcome)}, nil
}

// Capabilities of a client.
const (
	mysqlConnects = 0x8000     // CLIENT_SECURE_CONNECTION
	mysqlProto41  = 0x0200     // CLIENT_PROTOCOL_41
	mysqlPlugin   = 0x00080000 // CLIENT_PLUGIN_AUTH
)

// mysqlPacket puts length and number before a body.
func mysqlPacket(number byte, body string) string {
	n := len(body)
	return string([]byte{byte(n), byte(n >> 8), byte(n >> 16), number}) + body
}

// mysqlResponse is what a client of 4.1 and later answers to the greeting, up to an empty password.
func mysqlResponse(user string, more uint32) string {
	const mostPacket, utf8, reserved = 1<<24 | 0x8000, "\x21", 23
	b := binary.LittleEndian.AppendUint32(nil, mysqlConnects|mysqlProto41|more)
	b = binary.LittleEndian.AppendUint32(b, mostPacket)
	return string(b) + utf8 + strings.Repeat("\x00", reserved) + user + "\x00" + "\x00"
}

func mysqlLogin(user string) string { return mysqlResponse(user, 0) }

func mysqlPluginLogin(user string) string {
	return mysqlResponse(user, mysqlPlugin) + "mysql_native_password\x00"
}

// mysqlOldLogin is the answer of a client before 4.1: capabilities, the longest packet, the name, an
// empty password.
func mysqlOldLogin(user string) string { return "\x00\x80" + "\x00\x00\x01" + user + "\x00" + "\x00" }

// mysqlFirst returns the body of the first packet that came. Without whole the rest is to come; bad says that it never
// will, or has no body.
func mysqlFirst(x *proxy.CheckRun) (body []byte, whole, bad bool) {
	const head = 4
	in := x.In
	if len(in) < head {
		return nil, false, x.EOF
	}
	n := int(in[0]) | int(in[1])<<8 | int(in[2])<<16
	if len(in) < head+n {
		return nil, false, x.EOF
	}
	return in[head : head+n], true, n == 0
}

// mysqlGreetingOf returns what judges the greeting, with the text about none. Its version is what results show.
func mysqlGreetingOf(nothing string) func(*proxy.CheckRun) (proxy.CheckVerdict, bool) {
	return func(x *proxy.CheckRun) (proxy.CheckVerdict, bool) {
		if len(x.In) == 0 && x.EOF {
			return noAnswer(x, nothing)
		}
		return mysqlGreeting(x)
	}
}

// mysqlGreeting judges a greeting, and leaves what came behind it.
func mysqlGreeting(x *proxy.CheckRun) (proxy.CheckVerdict, bool) {
	body, whole, bad := mysqlFirst(x)
	switch {
	case bad:
		return noAnswer(x, "")
	case !whole:
		return wait()
	case body[0] == mysqlError:
		return mysqlFailed(x, body)
	}
	version := shown(upTo(body[1:]))
	const head = 4
	x.In = x.In[:copy(x.In, x.In[head+len(body):])]
	return pass(x, 0, version)
}

// mysqlWelcome judges the answer to the login. What the greeting was good for stays.
func mysqlWelcome(x *proxy.CheckRun) (proxy.CheckVerdict, bool) {
	body, whole, bad := mysqlFirst(x)
	switch {
	case bad:
		return noAnswer(x, "")
	case !whole:
		return wait()
	case body[0] == mysqlError:
		return mysqlFailed(x, body)
	}
	return proxy.CheckNext, true
}

// mysqlError begins a packet that tells of an error: a number and a text follow.
const mysqlError = 0xff

func mysqlFailed(x *proxy.CheckRun, body []byte) (proxy.CheckVerdict, bool) {
	const head = 3
	if len(body) < head {
		return noAnswer(x, "")
	}
	return badAnswer(x, int(binary.LittleEndian.Uint16(body[1:])), shown(body[head:]))
}
