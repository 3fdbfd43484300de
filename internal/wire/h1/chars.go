package h1

// The classes of bytes that the parsers distinguish, one bit each.
const (
	token     uint8 = 1 << iota // tchar of RFC 9110 5.6.2
	target                      // 33 to 126 without '#' (configuration.txt, option accept-unsafe-violations-in-http-request)
	laxTarget                   // target, '#' and everything above 127
	version                     // capitals, digits, '.', '/'
	hostChar                    // what a host name or an address may hold, brackets and colon aside
	digit
	blank // space, tab
)

// class holds the classes of every byte.
var class = classes()

// lower holds, for the bytes of a header field's name, their lower-case form, and 0 for those that no name may hold.
var lower = lowers()

func classes() (t [256]uint8) {
	mark := func(bits uint8, from, to int) {
		for c := from; c <= to; c++ {
			t[c] |= bits
		}
	}
	mark(token|version|hostChar, 'A', 'Z')
	mark(token|hostChar, 'a', 'z')
	mark(token|version|hostChar|digit, '0', '9')
	for _, c := range "!#$%&'*+-.^_`|~" {
		t[c] |= token
	}
	for _, c := range "./" {
		t[c] |= version
	}
	mark(target|laxTarget, 33, 126)
	mark(laxTarget, 128, 255)
	t['#'] &^= target
	mark(hostChar, 33, 126)
	for _, c := range "#,/?@[\\]:" {
		t[c] &^= hostChar
	}
	t[' '] |= blank
	t['\t'] |= blank
	return t
}

func lowers() (t [256]byte) {
	for c, bits := range class {
		if bits&token == 0 {
			continue
		}
		t[c] = byte(c)
		if 'A' <= c && c <= 'Z' {
			t[c] = byte(c) + 'a' - 'A'
		}
	}
	return t
}

// fold is the lower-case form of an ASCII letter, other bytes as they are.
func fold(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// equalFold compares two byte strings without regard to the case of ASCII letters.
func equalFold(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		if c != b[i] && fold(c) != fold(b[i]) {
			return false
		}
	}
	return true
}

// is says whether b is word, which is in lower case, without regard to the case of ASCII letters.
func is(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i := range b {
		if fold(b[i]) != word[i] {
			return false
		}
	}
	return true
}

// trim cuts spaces and tabs off both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && class[b[0]]&blank != 0 {
		b = b[1:]
	}
	for len(b) > 0 && class[b[len(b)-1]]&blank != 0 {
		b = b[:len(b)-1]
	}
	return b
}
