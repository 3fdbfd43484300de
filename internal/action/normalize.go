package action

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/value"
)

// normalizer rewrites one part of the target into one of its many equal forms (configuration.txt 4.4, normalize-uri;
// RFC 3986 6.2.2).
type normalizer struct {
	Name   string
	Doc    string
	option string // the word that may follow, "" for none
	part   part
	// run appends the normal form of src to dst; ok is false when src is broken and that is not to be tolerated.
	run func(dst, src []byte, option bool) (out []byte, ok bool)
}

func normalizers() []normalizer {
	return []normalizer{
		{Name: "fragment-encode", Doc: "Encodes number signs.", part: targetPathq, run: fragmentEncode},
		{Name: "fragment-strip", Doc: "Removes the fragment.", part: targetPathq, run: fragmentStrip},
		{Name: "path-merge-slashes", Doc: "Makes one slash of several.", part: targetPath, run: mergeSlashes},
		{Name: "path-strip-dot", Doc: "Removes segments that are a dot.", part: targetPath, run: stripDot},
		{Name: "path-strip-dotdot", Doc: "Removes segments that are two dots with what they undo.", option: "full", part: targetPath, run: stripDotDot},
		{Name: "percent-decode-unreserved", Doc: "Decodes what needs no encoding.", option: "strict", part: targetPathq, run: decodeUnreserved},
		{Name: "percent-to-uppercase", Doc: "Writes encoded bytes in upper case.", option: "strict", part: targetPathq, run: percentUpper},
		{Name: "query-sort-by-name", Doc: "Sorts the parameters of the query by name.", part: targetQuery, run: sortQuery},
	}
}

// normalize is normalize-uri.
type normalize struct {
	normalizer
	strict bool // its option was given
}

// Run rewrites the part. A broken one is answered with a 400.
func (a *normalize) Run(s *proxy.Stream) proxy.Verdict {
	src := a.part.get(s)
	if len(src) == 0 {
		return proxy.Continue
	}
	out, ok := a.run(s.Arena.Alloc(3 * len(src))[:0], src, a.strict)
	switch {
	case !ok:
		s.Deny = proxy.DenyState{Status: 400, Invalid: true}
		return proxy.Deny
	case bytes.Equal(out, src):
		return proxy.Continue
	case !a.part.put(s, out):
		return failed(s)
	}
	return proxy.Continue
}

func parseNormalize(p *rule.Parser) (proxy.Action, error) {
	list := normalizers()
	word, ok := p.Next()
	if !ok {
		return nil, errors.New("missing argument <normalizer>")
	}
	i := slices.IndexFunc(list, func(n normalizer) bool { return n.Name == word })
	if i < 0 {
		return nil, fmt.Errorf("unknown normalizer '%s'", word)
	}
	a := &normalize{normalizer: list[i]}
	if a.option == "" || !p.More() {
		return a, nil
	}
	option, _ := p.Next()
	if option != a.option {
		return nil, fmt.Errorf("unknown argument '%s' for '%s' normalizer", option, word)
	}
	a.strict = true
	return a, nil
}

func fragmentEncode(dst, src []byte, _ bool) ([]byte, bool) {
	for _, c := range src {
		if c == '#' {
			dst = append(dst, "%23"...)
			continue
		}
		dst = append(dst, c)
	}
	return dst, true
}

func fragmentStrip(dst, src []byte, _ bool) ([]byte, bool) {
	if i := bytes.IndexByte(src, '#'); i >= 0 {
		src = src[:i]
	}
	return append(dst, src...), true
}

func mergeSlashes(dst, src []byte, _ bool) ([]byte, bool) {
	for i, c := range src {
		if c != '/' || i == 0 || src[i-1] != '/' {
			dst = append(dst, c)
		}
	}
	return dst, true
}

// stripDot leaves out "." segments; one at the end leaves its slash.
func stripDot(dst, src []byte, _ bool) ([]byte, bool) {
	for len(src) > 0 {
		segment, rest := cutSegment(src)
		if string(segment) != "." && string(segment) != "./" {
			dst = append(dst, segment...)
		}
		src = rest
	}
	return dst, true
}

// stripDotDot leaves out ".." segments together with the segment before each. What would lead above the root stays
// unless full is set.
func stripDotDot(dst, src []byte, full bool) ([]byte, bool) {
	root, absolute := 0, len(src) > 0 && src[0] == '/' // dst[:root] holds what cannot be undone
	if absolute {
		dst, src, root = append(dst, '/'), src[1:], 1
	}
	for len(src) > 0 {
		segment, rest := cutSegment(src)
		src = rest
		if name := bytes.TrimSuffix(segment, slash[:]); string(name) != ".." {
			dst = append(dst, segment...)
			continue
		}
		if len(dst) > root {
			dst = dst[:bytes.LastIndexByte(dst[:len(dst)-1], '/')+1]
			dst = dst[:max(len(dst), root)]
			continue
		}
		if !full {
			dst = append(dst, "../"...)
			root = len(dst)
		}
	}
	return dst, true
}

// cutSegment cuts a path behind its first slash.
func cutSegment(path []byte) (segment, rest []byte) {
	if i := bytes.IndexByte(path, '/'); i >= 0 {
		return path[:i+1], path[i+1:]
	}
	return path, nil
}

// encodedByte reads the two digits behind a percent sign.
func encodedByte(src []byte) (c byte, ok bool) {
	if len(src) < 3 {
		return 0, false
	}
	high, low := value.HexDigit(src[1]), value.HexDigit(src[2])
	return byte(high<<4 | low), high >= 0 && low >= 0
}

// recode copies src and hands each encoded byte, with the three characters that write it, to each. A percent sign that
// begins none is copied, or refused when strict.
func recode(dst, src []byte, strict bool, each func(dst []byte, c byte, text []byte) []byte) ([]byte, bool) {
	for i := 0; i < len(src); i++ {
		if src[i] != '%' {
			dst = append(dst, src[i])
			continue
		}
		c, ok := encodedByte(src[i:])
		switch {
		case ok:
			dst = each(dst, c, src[i:i+3])
			i += 2
		case strict:
			return nil, false
		default:
			dst = append(dst, '%')
		}
	}
	return dst, true
}

func decodeUnreserved(dst, src []byte, strict bool) ([]byte, bool) {
	return recode(dst, src, strict, func(dst []byte, c byte, text []byte) []byte {
		if 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			return append(dst, c)
		}
		return append(dst, text...)
	})
}

func percentUpper(dst, src []byte, strict bool) ([]byte, bool) {
	return recode(dst, src, strict, func(dst []byte, c byte, _ []byte) []byte {
		return append(dst, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
	})
}

// sortQuery sorts what stands between ampersands by the text before the equals sign; equal names keep their order.
func sortQuery(dst, src []byte, _ bool) ([]byte, bool) {
	src = bytes.TrimSuffix(src, []byte{'&'}) // nothing follows it
	params := bytes.Split(src, []byte{'&'})
	slices.SortStableFunc(params, func(a, b []byte) int { return bytes.Compare(paramName(a), paramName(b)) })
	for i, p := range params {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, p...)
	}
	return dst, true
}

func paramName(param []byte) []byte {
	if i := bytes.IndexByte(param, '='); i >= 0 {
		return param[:i]
	}
	return param
}
