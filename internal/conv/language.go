package conv

import (
	"bytes"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// languageRows is the converter of the header field accept-language.
func languageRows() []sample.Conv {
	return []sample.Conv{
		{Name: "language", Doc: "Language of a list that an accept-language field likes best.", Args: "string[,string]", In: value.Str, Out: value.Str, Eval: language},
	}
}

// language looks at each entry of the field (RFC 9110 12.5.4); the first of the best weight wins.
func language(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	var best []byte
	weight := 0
	for b := v.Bytes; len(b) > 0; {
		var entry []byte
		entry, b, _ = bytes.Cut(b, comma)
		name, q := languageEntry(entry)
		if q <= weight || len(name) == 0 {
			continue
		}
		if known := knownLanguage(a.Str(0), name); known != nil {
			best, weight = known, q
		}
	}
	if best == nil && a.Has(1) {
		best = a.Str(1)
	}
	if best == nil {
		return false
	}
	v.SetStr(best)
	return true
}

var (
	comma     = []byte{','}
	semicolon = []byte{';'}
)

// languageEntry returns the name and the weight, in thousandths, of an entry; no name for one that is malformed.
func languageEntry(b []byte) (name []byte, q int) {
	name, param, _ := bytes.Cut(b, semicolon)
	name = trimSpace(name)
	for _, c := range name {
		if c == ' ' || c == '\t' {
			return nil, 0
		}
	}
	return name, weightOf(trimSpace(param))
}

// weightOf reads "q=0.5" as 500. Anything else is the full weight.
func weightOf(b []byte) int {
	if len(b) < 3 || b[0] != 'q' || b[1] != '=' || b[2] != '0' {
		return 1000
	}
	q := 0
	if b = b[3:]; len(b) == 0 || b[0] != '.' {
		return 0
	}
	for i, scale := 1, 100; i < len(b) && scale > 0 && b[i] >= '0' && b[i] <= '9'; i, scale = i+1, scale/10 {
		q += int(b[i]-'0') * scale
	}
	return q
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// knownLanguage returns the first of a list divided by semicolons that is name, or what name has before a dash.
func knownLanguage(list, name []byte) []byte {
	for len(list) > 0 {
		var known []byte
		known, list, _ = bytes.Cut(list, semicolon)
		if n := len(known); n > 0 && bytes.HasPrefix(name, known) && (len(name) == n || name[n] == '-') {
			return known
		}
	}
	return nil
}
