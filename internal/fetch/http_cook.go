package fetch

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strings"

	"sluice/internal/buf"
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// cookieRows are the fetches of cookies (configuration.txt 7.3.6).
func cookieRows() []sample.Fetch {
	both := sample.RequestHeaders | sample.ResponseHeaders
	return []sample.Fetch{
		{Name: "cook", Doc: "Value of a cookie of the request.", Args: "[string]", Out: value.Str, Uses: sample.RequestHeaders, Text: reqCook, Check: checkCookie},
		{Name: "cook_cnt", Doc: "Number of cookies of a name in the request.", Args: "[string]", Out: value.Sint, Uses: sample.RequestHeaders, Eval: reqCookCnt},
		{Name: "cook_val", Doc: "Integer in a cookie of the request.", Args: "[string]", Out: value.Sint, Uses: sample.RequestHeaders, Eval: reqCookVal},
		{Name: "cookie", Doc: "Value of a cookie of the side at hand.", Args: "[string]", Out: value.Str, Uses: both, Text: reqCook, Reply: resCook, Check: checkCookie},
		{Name: "req.cook", Doc: "Value of a cookie of the request.", Args: "[string]", Out: value.Str, Uses: sample.RequestHeaders, Text: reqCook, Check: checkCookie},
		{Name: "req.cook_cnt", Doc: "Number of cookies of a name in the request.", Args: "[string]", Out: value.Sint, Uses: sample.RequestHeaders, Eval: reqCookCnt},
		{Name: "req.cook_names", Doc: "Names of the cookies of the request in one string.", Args: "[string]", Out: value.Str, Uses: sample.RequestHeaders, Eval: reqCookNames, Check: checkDelimiter},
		{Name: "req.cook_val", Doc: "Integer in a cookie of the request.", Args: "[string]", Out: value.Sint, Uses: sample.RequestHeaders, Eval: reqCookVal},
		{Name: "res.cook", Doc: "Value of a cookie of the response.", Args: "[string]", Out: value.Str, Uses: sample.ResponseHeaders, Text: resCook, Check: checkCookie},
		{Name: "res.cook_cnt", Doc: "Number of cookies of a name in the response.", Args: "[string]", Out: value.Sint, Uses: sample.ResponseHeaders, Eval: resCookCnt},
		{Name: "res.cook_names", Doc: "Names of the cookies of the response in one string.", Args: "[string]", Out: value.Str, Uses: sample.ResponseHeaders, Eval: resCookNames, Check: checkDelimiter},
		{Name: "res.cook_val", Doc: "Integer in a cookie of the response.", Args: "[string]", Out: value.Sint, Uses: sample.ResponseHeaders, Eval: resCookVal},
		{Name: "scook", Doc: "Value of a cookie of the response.", Args: "[string]", Out: value.Str, Uses: sample.ResponseHeaders, Text: resCook, Check: checkCookie},
		{Name: "scook_cnt", Doc: "Number of cookies of a name in the response.", Args: "[string]", Out: value.Sint, Uses: sample.ResponseHeaders, Eval: resCookCnt},
		{Name: "scook_val", Doc: "Integer in a cookie of the response.", Args: "[string]", Out: value.Sint, Uses: sample.ResponseHeaders, Eval: resCookVal},
	}
}

// jar walks over the cookies of a message.
type jar struct {
	fs    msg.Fields
	known msg.Known
	field int    // index of the next field to open
	rest  []byte // what is left of the open one
	name  int    // length of the name that is looked for, 0 for any
	want  []byte // cookies that cannot have this name are passed over; nil for all
	plain bool   // in the open field semicolons alone separate: neither quotes nor commas are in it
}

// open begins with a field, or with what is left of it.
func (j *jar) open(rest []byte) {
	j.rest = rest
	j.plain = j.known == msg.Cookie && separated(rest)
}

// next returns the next cookie: name and value without the blanks around them, the value with its quotes. What ends a
// field, or what stands between commas, is none where it is too short for the name and more than the equals sign: as in
// HAProxy, "a" in "b=1; a=" is not there, but it is in "b=1; a=;".
func (j *jar) next() (name, val []byte, ok bool) {
	for {
		for len(j.rest) > 0 {
			end := j.end()
			pair := j.rest[:end]
			last := end == len(j.rest) || j.rest[end] == ','
			j.rest = j.rest[min(end+1, len(j.rest)):]
			if j.known == msg.SetCookie { // the rest are attributes
				j.rest = nil
			}
			if j.want != nil && !bytes.HasPrefix(trimLeft(pair), j.want) {
				continue
			}
			if last && len(trimRight(pair)) <= j.name+1 {
				continue
			}
			if i := bytes.IndexByte(pair, '='); i >= 0 {
				return trim(pair[:i]), trim(pair[i+1:]), true
			}
		}
		i := j.fs.Next(j.known.Name(), j.field)
		if i < 0 {
			return nil, nil, false
		}
		j.field = i + 1
		j.open(j.fs[i].Value)
	}
}

// end is where the next cookie ends.
func (j *jar) end() int {
	if !j.plain {
		return endOfCookie(j.rest, j.known == msg.Cookie)
	}
	if end := bytes.IndexByte(j.rest, ';'); end >= 0 {
		return end
	}
	return len(j.rest)
}

// endOfCookie finds the semicolon outside of quotes, or the end. Old clients separate cookies by commas (RFC 2965).
func endOfCookie(b []byte, comma bool) int {
	end := bytes.IndexByte(b, ';')
	if end < 0 {
		end = len(b)
	}
	if comma {
		if i := bytes.IndexByte(b[:end], ','); i >= 0 {
			end = i
		}
	}
	quote := bytes.IndexByte(b[:end], '"')
	if quote < 0 {
		return end
	}
	quoted := false
	for i := quote; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case (c == ';' || c == ',' && comma) && !quoted:
			return i
		}
	}
	return len(b)
}

func trim(b []byte) []byte { return trimRight(trimLeft(b)) }

func trimLeft(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	return b
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// checkCookie finds out whether a name is a token, so that nothing in it is a separator.
func checkCookie(a sample.Args, _ *sample.Env) error {
	if a.Has(0) && bytes.IndexFunc(a[0].Str, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`=;,"`, r) }) < 0 {
		a[0].Int = 1
	}
	return nil
}

// cookieAt finds the value of a cookie: the one at a place when there is one, else the last of the name or, without a name,
// the first of all. A place is the number of the field and how much of its value is left.
func cookieAt(fs msg.Fields, known msg.Known, a sample.Args, at int64) ([]byte, int64) {
	if known == msg.Cookie && a.Int(0) != 0 {
		if found, next, plain := plainCookieAt(fs, a[0].Str, at); plain {
			return found, next
		}
	}
	return anyCookieAt(fs, known, a, at)
}

// plainCookieAt is cookieAt for a name that is a token, as long as semicolons alone separate the cookies.
func plainCookieAt(fs msg.Fields, want []byte, at int64) (found []byte, next int64, plain bool) {
	field, rest := 0, []byte(nil)
	if at > 0 {
		field = int(at >> 32)
		whole := fs[field-1].Value
		rest = whole[len(whole)-min(int(at&0xffffffff), len(whole)):]
	}
	for next = sample.NoText; ; {
		for len(rest) > 0 {
			end := separator(rest)
			pair, last := rest[:end], end == len(rest)
			if !last && rest[end] != ';' {
				return nil, 0, false
			}
			rest = rest[min(end+1, len(rest)):]
			val := trimLeft(pair)
			if len(val) <= len(want) || string(val[:len(want)]) != string(want) {
				continue
			}
			val = trimLeft(val[len(want):])
			if len(val) == 0 || val[0] != '=' || last && len(trimRight(pair)) <= len(want)+1 {
				continue
			}
			val = trim(val[1:])
			if at >= 0 {
				return val, int64(field)<<32 | int64(len(rest)), true
			}
			found, next = val, 0
		}
		i := fs.Next(msg.Cookie.Name(), field)
		if i < 0 {
			return found, next, true
		}
		field, rest = i+1, fs[i].Value
	}
}

// separator returns the index of what may end a cookie, a semicolon, a comma or a quote, or the length without.
func separator(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		m := buf.Zeros(x^buf.Repeat(';')) | buf.Zeros(x^buf.Repeat(',')) | buf.Zeros(x^buf.Repeat('"'))
		if m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(b) && b[i] != ';' && b[i] != ',' && b[i] != '"'; i++ {
	}
	return i
}

// separated reports whether semicolons alone separate the cookies of b.
func separated(b []byte) bool { return bytes.IndexByte(b, '"') < 0 && bytes.IndexByte(b, ',') < 0 }

// anyCookieAt is cookieAt for all cookies.
func anyCookieAt(fs msg.Fields, known msg.Known, a sample.Args, at int64) (found []byte, next int64) {
	j := jar{fs: fs, known: known, name: len(a.Str(0))}
	if at > 0 {
		field, left := int(at>>32), int(at&0xffffffff)
		j.field = field
		if field > 0 {
			whole := fs[field-1].Value
			j.open(whole[len(whole)-min(left, len(whole)):])
		}
	}
	if a.Has(0) {
		j.want = a[0].Str
	}
	next = sample.NoText
	for {
		name, val, ok := j.next()
		if !ok {
			return found, next
		}
		if j.want != nil && !bytes.Equal(name, j.want) {
			continue
		}
		if at >= 0 {
			return val, int64(j.field)<<32 | int64(len(j.rest))
		}
		if found, next = val, 0; j.want == nil {
			return found, next
		}
	}
}

func cookieCount(fs msg.Fields, known msg.Known, a sample.Args, v *value.Value) bool {
	j := jar{fs: fs, known: known, name: len(a.Str(0))}
	n := int64(0)
	for {
		name, _, ok := j.next()
		if !ok {
			v.SetInt(n)
			return true
		}
		if !a.Has(0) || bytes.Equal(name, a[0].Str) {
			n++
		}
	}
}

func cookieNames(s *proxy.Stream, fs msg.Fields, known msg.Known, sep byte, v *value.Value) bool {
	j := jar{fs: fs, known: known}
	b := s.Arena.Tail(256)
	for {
		name, _, ok := j.next()
		if !ok {
			break
		}
		if len(name) == 0 {
			continue
		}
		if len(b) > 0 {
			b = append(b, sep)
		}
		b = append(b, name...)
	}
	v.Type, v.Bytes = value.Str, s.Arena.Keep(b)
	return true
}

func reqCook(s *proxy.Stream, a sample.Args, at int64) ([]byte, int64) {
	return cookieAt(s.Req.Fields, msg.Cookie, a, at)
}

func reqCookVal(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return request(s, v) && sample.Text(reqCook).Sample(s, a, v) && toInt(v)
}

func reqCookCnt(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return request(s, v) && cookieCount(s.Req.Fields, msg.Cookie, a, v)
}

func reqCookNames(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return request(s, v) && cookieNames(s, s.Req.Fields, msg.Cookie, delimiter(a), v)
}

func resCook(s *proxy.Stream, a sample.Args, at int64) ([]byte, int64) {
	return cookieAt(s.Res.Fields, msg.SetCookie, a, at)
}

func resCookVal(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return response(s, v) && sample.Text(resCook).Sample(s, a, v) && toInt(v)
}

func resCookCnt(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return response(s, v) && cookieCount(s.Res.Fields, msg.SetCookie, a, v)
}

func resCookNames(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return response(s, v) && cookieNames(s, s.Res.Fields, msg.SetCookie, delimiter(a), v)
}
