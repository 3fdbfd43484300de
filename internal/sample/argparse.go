package sample

import (
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/value"
)

// argError is a mistake in the arguments of a keyword; pos is the number of the argument, from 1.
type argError struct {
	pos  int
	off  int
	text string
}

// MaxArgs is the largest number of arguments of a keyword.
const MaxArgs = 12

// scanArg reads one argument from the beginning of s: quotes and backslashes as at the top level of the configuration,
// but without \#, \$ and \xNN (configuration.txt 2.2). It returns the text and the rest, which begins with the delimiter.
func scanArg(s string) (text []byte, rest string, ok bool) {
	text = []byte{}
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == '\'':
			if c == '\'' {
				quote = 0
			} else {
				text = append(text, c)
			}
		case c == '\\' && i+1 < len(s):
			i++
			if e, known := argEscape(s[i]); known {
				text = append(text, e)
			} else {
				text = append(text, '\\')
				i--
			}
		case c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && (c == ',' || c == ')'):
			return text, s[i:], true
		default:
			text = append(text, c)
		}
	}
	return text, "", quote == 0
}

func argEscape(c byte) (byte, bool) {
	switch c {
	case 'r':
		return '\r', true
	case 'n':
		return '\n', true
	case 't':
		return '\t', true
	case '\\', '\'', '"', ' ':
		return c, true
	}
	return 0, false
}

// parseArgs reads the arguments of a keyword. s begins behind the keyword; rest is what follows the arguments. kind and
// name say whose they are, for references.
func (c *compiler) parseArgs(s string, spec argSpec, kind, name string) (args Args, rest string, bad *argError) {
	body, open := strings.CutPrefix(s, "(")
	if !open || len(spec.types) == 0 && !strings.HasPrefix(body, ")") {
		if open {
			return nil, "", c.notClosed(body, 1, len(s)-len(body))
		}
		if spec.min == 0 {
			return nil, s, nil
		}
		body = ")"
	}
	for body != ")" || !open || len(spec.types) > 0 {
		off := len(s) - len(body)
		text, after, ok := scanArg(body)
		if !ok {
			return nil, "", &argError{len(args) + 1, off, "expected ')'"}
		}
		if len(spec.types) == 0 {
			body = after
			break
		}
		if len(text) == 0 && len(args) == 0 && (after == "" || after[0] == ')') && spec.min == 0 && spec.types[0] != ArgTable {
			body = after
			break
		}
		arg, bad := c.parseArg(text, spec, len(args), kind, name)
		if bad != nil {
			bad.off = off
			return nil, "", bad
		}
		arg.Offset = off
		args = append(args, arg)
		body = after
		if !strings.HasPrefix(body, ",") || len(args) == len(spec.types) {
			break
		}
		body = body[1:]
	}
	if len(args) < spec.min {
		return nil, "", &argError{len(args) + 1, len(s) - len(body), fmt.Sprintf("missing arguments (got %d/%d), type '%s' expected", len(args), spec.min, spec.types[len(args)])}
	}
	if !open {
		return args, s, nil
	}
	if !strings.HasPrefix(body, ")") {
		pos := len(args) + 1
		switch { // messages count as HAProxy does
		case body != "":
			pos = max(2, len(spec.types))
		case len(args) == 0 && len(spec.types) > 0 && spec.types[0] == ArgString:
			pos = 2
		}
		return nil, "", c.notClosed(body, pos, len(s)-len(body))
	}
	return args, body[1:], nil
}

func (c *compiler) notClosed(rest string, pos, off int) *argError {
	if rest == "" {
		return &argError{pos, off, "expected ')'"}
	}
	return &argError{pos, off, fmt.Sprintf("expected ')' before '%s'", rest)}
}

// parseArg converts argument number i, counted from 0.
func (c *compiler) parseArg(text []byte, spec argSpec, i int, kind, name string) (Arg, *argError) {
	t := spec.types[i]
	a := Arg{Type: t, Str: text}
	if len(text) == 0 && !t.implied() {
		if i < spec.min {
			return a, &argError{pos: i + 1, text: fmt.Sprintf("expected type '%s' at position %d, but got nothing", t, i+1)}
		}
		return a, nil
	}
	if !a.convert() {
		return a, &argError{pos: i + 1, text: fmt.Sprintf("failed to parse '%s' as type '%s' at position %d", text, t, i+1)}
	}
	c.later = append(c.later, lateArg{t, i, len(c.e.convs), kind, name})
	return a, nil
}

// convert fills the field of the argument's type from its text.
func (a *Arg) convert() bool {
	switch a.Type {
	case ArgInt:
		n, used := value.LeadingInt(a.Str)
		a.Int = n
		return used == len(a.Str)
	case ArgTime:
		n, ok := duration(string(a.Str))
		a.Int = n
		return ok
	case ArgIPv4:
		ip, ok := value.ParseIP(a.Str)
		a.IP = ip
		return ok && ip.Is4()
	case ArgIPv6:
		ip, ok := value.ParseIP(a.Str)
		a.IP = ip
		return ok && ip.Is6()
	case ArgMask4:
		return a.mask(32)
	case ArgMask6:
		return a.mask(128)
	case ArgProtobuf:
		for part := range strings.SplitSeq(string(a.Str), ".") {
			n, err := strconv.ParseUint(part, 10, 29)
			if err != nil || n == 0 {
				return false
			}
			a.Numbers = append(a.Numbers, uint32(n))
		}
	}
	return true
}

// mask reads a netmask, as a number of bits or, for IPv4 and IPv6 alike, as an address whose one bits come first.
func (a *Arg) mask(width int) bool {
	if n, used := value.LeadingInt(a.Str); used == len(a.Str) {
		a.Mask = int(n)
		return n >= 0 && n <= int64(width)
	}
	ip, ok := value.ParseIP(a.Str)
	if !ok || ip.BitLen() != width {
		return false
	}
	a.IP, a.Mask = ip, -1
	if n, ok := MaskBits(ip); ok {
		a.Mask = n
	}
	return true
}

// MaskBits returns the number of leading one bits of a netmask that has no other ones.
func MaskBits(ip netip.Addr) (int, bool) {
	n, ended := 0, false
	for _, b := range ip.AsSlice() {
		ones := bits.LeadingZeros8(^b)
		if ended && b != 0 || byte(b<<ones) != 0 {
			return 0, false
		}
		n += ones
		ended = ended || ones < 8
	}
	return n, true
}

// duration reads a time in milliseconds, or with a unit (configuration.txt 2.5), as nanoseconds.
func duration(s string) (int64, bool) {
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(s[:end], 10, 64)
	if err != nil {
		return 0, false
	}
	scale, ok := map[string]int64{"us": 1e3, "": 1e6, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9, "d": 86400e9}[s[end:]]
	return n * scale, ok && n <= 1<<62/max(scale, 1)
}

// lateArg is an argument to look at once the whole expression stands.
type lateArg struct {
	t    ArgType
	arg  int
	step int // number of converters before: 0 is the fetch
	kind string
	name string
}

// finish converts the arguments that need the surroundings: regular expressions now, references to sections later.
func (c *compiler) finish() error {
	for _, l := range c.later {
		args := c.e.args
		if l.kind != "fetch" {
			args = c.e.convs[l.step].args
		}
		a := &args[l.arg]
		where := fmt.Sprintf("arg %d of %s in %s", l.arg+1, c.owner(l), c.place())
		switch l.t {
		case ArgRegex:
			if err := c.regex(a, where); err != nil {
				return err
			}
		case ArgFrontend, ArgBackend, ArgServer, ArgTable, ArgUserlist:
			if c.env.Pending == nil {
				return &Error{Off: a.Offset, Text: fmt.Sprintf("%s cannot be named here, in %s", l.t, where)}
			}
			home := c.env.Proxy
			c.env.Pending.Add(Reference{Pos: c.env.Pos, Bare: true, Resolve: func(s *proxy.Snapshot) error { return a.resolve(s, home, where) }})
		}
	}
	return nil
}

// regex compiles an argument. Like names that nothing has, a broken expression is reported when everything was read.
func (c *compiler) regex(a *Arg, where string) error {
	re, err := CompileRegex(string(a.Str), false)
	text := ""
	switch {
	case len(a.Str) == 0:
		text = "missing regex in " + where
	case err != nil:
		text = fmt.Sprintf("error in regex '%s' in %s : %s", a.Str, where, err)
	default:
		a.Regex = re
		return nil
	}
	if c.env.Pending == nil {
		return &Error{Off: a.Offset, Text: text}
	}
	c.env.Pending.Add(Reference{Pos: c.env.Pos, Bare: true, Resolve: func(*proxy.Snapshot) error { return errors.New(text) }})
	a.Regex, err = CompileRegex("x", false) // what is read on does not fail for want of it
	return err
}

// owner is what messages call the keyword with the argument.
func (c *compiler) owner(l lateArg) string {
	kind := "sample fetch keyword"
	if c.env.ACL {
		kind = "ACL keyword"
	}
	if l.kind == "fetch" {
		return fmt.Sprintf("%s '%s'", kind, l.name)
	}
	return fmt.Sprintf("conversion keyword '%s' for %s '%s'", l.name, kind, c.e.row.Name)
}

func (c *compiler) place() string {
	what := c.env.What
	if what == "" {
		what = "expression"
	}
	if c.env.ACL && c.env.Proxy != nil {
		return "proxy '" + c.env.Proxy.Name + "'"
	}
	if c.env.Proxy != nil {
		what += " in proxy '" + c.env.Proxy.Name + "'"
	}
	return what
}

// resolve finds what the argument names; an empty name means the section at hand.
func (a *Arg) resolve(s *proxy.Snapshot, home *proxy.Proxy, where string) error {
	name := string(a.Str)
	switch a.Type {
	case ArgFrontend, ArgBackend:
		want, find := proxy.CapFrontend, s.Front
		if a.Type == ArgBackend {
			want, find = proxy.CapBackend, s.Back
		}
		if name != "" {
			if a.Proxy = find(name); a.Proxy != nil && !a.Proxy.Pinned {
				a.Proxy.Pinned = true
			}
		} else if home != nil && home.Caps&proxy.CapDefaults != 0 {
			return nil // each stream's own
		} else if home != nil && home.Caps&want != 0 {
			a.Proxy = home
		} else if home != nil {
			return fmt.Errorf("proxy '%s', referenced in %s, has not %s capability", home.Name, where, a.Type)
		}
		if a.Proxy == nil {
			return fmt.Errorf("unable to find %s '%s' referenced in %s", a.Type, name, where)
		}
	case ArgServer:
		return a.resolveServer(s, home, where)
	case ArgUserlist:
		for _, u := range s.Userlists {
			if u.Name == name {
				a.Users = u
				return nil
			}
		}
		if name == "" {
			return fmt.Errorf("missing userlist name in %s", where)
		}
		return fmt.Errorf("unable to find userlist '%s' referenced in %s", name, where)
	case ArgTable:
		if name == "" && home != nil {
			name = home.Name
		}
		if a.Table = s.Table(name); a.Table != nil {
			return nil
		}
		return fmt.Errorf("unable to find table '%s' referenced in %s", name, where)
	}
	return nil
}

func (a *Arg) resolveServer(s *proxy.Snapshot, home *proxy.Proxy, where string) error {
	if len(a.Str) == 0 {
		return fmt.Errorf("missing server name in %s", where)
	}
	px, name, split := strings.Cut(string(a.Str), "/")
	back := home
	if split {
		if back = s.Back(px); back == nil {
			return fmt.Errorf("unable to find proxy '%s' referenced in %s", px, where)
		}
	} else {
		name = px
	}
	if back == nil {
		return fmt.Errorf("missing proxy name before server '%s' referenced in %s", name, where)
	}
	if a.Server = back.ByName[name]; a.Server == nil {
		for _, srv := range back.Servers {
			if srv.Name == name {
				a.Server = srv
			}
		}
	}
	if a.Server == nil {
		return fmt.Errorf("unable to find server '%s' in proxy '%s', referenced in %s", name, back.Name, where)
	}
	a.Proxy = back
	if !a.Server.Pinned {
		a.Server.Pinned = true
	}
	return nil
}
