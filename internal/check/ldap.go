package check

import "sluice/internal/proxy"

// ldapSteps make option ldap-check (configuration.txt 4.2): an anonymous bind of LDAP 3 (RFC 4511, 4.2).
func ldapSteps([]string) ([]proxy.CheckStep, error) {
	const message, id, bind, version, name, simple = "\x30\x0c", "\x02\x01\x01", "\x60\x07", "\x02\x01\x03", "\x04\x00", "\x80\x00"
	return []proxy.CheckStep{say(message + id + bind + version + name + simple), hears(ldapAnswer)}, nil
}

const notLDAP = "Not LDAPv3 protocol"

// ldapAnswer judges a BindResponse.
func ldapAnswer(x *proxy.CheckRun) (proxy.CheckVerdict, bool) {
	const least = 14
	const sequence, integer, response, enumerated = 0x30, 0x02, 0x61, 0x0a
	in := x.In
	switch {
	case len(in) < least && !x.EOF:
		return wait()
	case len(in) == 0 || in[0] != sequence:
		return noAnswer(x, notLDAP)
	}
	n, rest, ok := berLength(in[1:])
	switch {
	case len(in) < least:
		return noAnswer(x, "")
	case !ok:
		return noAnswer(x, notLDAP)
	case len(rest) < n && x.EOF:
		return noAnswer(x, "")
	case len(rest) < n:
		return wait()
	}
	rest = rest[:n]
	if len(rest) < 4 || rest[0] != integer || rest[1] != 1 || rest[2] != 1 || rest[3] != response {
		return noAnswer(x, notLDAP)
	}
	n, rest, ok = berLength(rest[4:])
	if !ok || len(rest) < 3 || rest[0] != enumerated || rest[1] != 1 {
		return noAnswer(x, notLDAP)
	}
	_ = n // some servers give a wrong one here: the outer length counts
	if code := int(rest[2]); code != 0 {
		return badAnswer(x, code, "See RFC: http://tools.ietf.org/html/rfc4511#section-4.1.9")
	}
	return pass(x, 0, "Success")
}

// berLength reads a length of BER (X.690, 8.1.3) of at most four bytes, and returns what follows it.
func berLength(b []byte) (n int, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	n, rest = int(b[0]), b[1:]
	if n < 0x80 {
		return n, rest, true
	}
	const most = 4
	count := n & 0x7f
	if count == 0 || count > most || len(rest) < count {
		return 0, nil, false
	}
	n = 0
	for _, c := range rest[:count] {
		n = n<<8 | int(c)
	}
	return n, rest[count:], true
}
