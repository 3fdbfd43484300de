package compression

import (
	"bytes"

	"sluice/internal/msg"
	"sluice/internal/proxy"
)

// choose returns the algorithm that the client likes best among those offered, in the order that it names them where it
// likes several equally, and whether its Accept-Encoding named it. Identity needs no consent (configuration.txt 4.2,
// compression algo; RFC 9110 12.5.3).
func choose(fs msg.Fields, offered []proxy.CompAlgo) (best proxy.CompAlgo, named bool) {
	quality := 0
	for v := fs.Values(msg.AcceptEncoding.Name()); ; {
		item, ok := v.Next()
		if !ok {
			break
		}
		name, params, _ := bytes.Cut(item, semicolon[:])
		q := qvalue(params)
		if q <= quality {
			continue
		}
		if a := match(bytes.TrimRight(name, " \t"), offered); a != proxy.CompNone {
			best, quality = a, q
		}
	}
	if best != proxy.CompNone {
		return best, true
	}
	for _, a := range offered {
		if a == proxy.CompIdentity {
			return a, false
		}
	}
	return proxy.CompNone, false
}

var semicolon = [...]byte{';'}

// match returns the algorithm of that name, the one that was configured last where several have it: a star means any.
func match(name []byte, offered []proxy.CompAlgo) proxy.CompAlgo {
	star := len(name) == 1 && name[0] == '*'
	for i := len(offered) - 1; i >= 0; i-- {
		if a := offered[i]; star || equalFold(name, a.Token()) {
			return a
		}
	}
	return proxy.CompNone
}

// qvalue returns the weight among the parameters of an element in thousandths, all of them when none says otherwise
// (RFC 9110 12.4.2).
func qvalue(params []byte) int {
	for len(params) > 0 {
		var p []byte
		p, params, _ = bytes.Cut(params, semicolon[:])
		p = bytes.TrimLeft(p, " \t")
		if len(p) < 3 || p[0] != 'q' || p[1] != '=' || p[2] != '0' {
			continue // 1, and what is no weight
		}
		q, unit := 0, 100
		for i := 4; i < len(p) && p[3] == '.' && unit > 0 && p[i] >= '0' && p[i] <= '9'; i++ {
			q += int(p[i]-'0') * unit
			unit /= 10
		}
		return q
	}
	return 1000
}

// equalFold compares with a word in lower case.
func equalFold(b []byte, word string) bool { return len(b) == len(word) && hasPrefixFold(b, word) }

// hasPrefixFold reports whether b begins with a text in lower case.
func hasPrefixFold(b []byte, text string) bool {
	if len(b) < len(text) {
		return false
	}
	for i := range len(text) {
		c := b[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != text[i] {
			return false
		}
	}
	return true
}

// broken reports whether the client is one of those that say that they understand compressed answers and do not: old
// browsers that call themselves Mozilla/4, but for those versions of MSIE where it works.
func broken(fs msg.Fields) bool {
	f := fs.First(msg.UserAgent)
	if f == nil || !bytes.HasPrefix(f.Value, mozilla4[:]) {
		return false
	}
	const at, version = 25, 30 // "Mozilla/4.0 (compatible; MSIE 7"
	if len(f.Value) <= version || !bytes.HasPrefix(f.Value[at:], msie[:]) {
		return true
	}
	switch v := f.Value[version]; {
	case v == '6':
		return !bytes.Contains(f.Value[version:], sv1[:])
	default:
		return v < '6' || v > '9'
	}
}

var (
	mozilla4 = [...]byte{'M', 'o', 'z', 'i', 'l', 'l', 'a', '/', '4'}
	msie     = [...]byte{'M', 'S', 'I', 'E', ' '}
	sv1      = [...]byte{'S', 'V', '1'}
)
