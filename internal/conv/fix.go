package conv

import (
	"bytes"
	"fmt"
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// fixRows are the converters of messages of FIX, the Financial Information eXchange.
func fixRows() []sample.Conv {
	return []sample.Conv{
		{Name: "fix_is_valid", Doc: "Whether the bytes begin with a FIX message without a mistake.", In: value.Bin, Out: value.Bool, Eval: fixIsValid},
		{Name: "fix_tag_value", Doc: "Value of a tag of a FIX message.", Args: "string", In: value.Bin, Out: value.Bin, Check: checkFIXTag, Eval: fixTagValue},
	}
}

// The tags that a message cannot be without.
const (
	fixMsgType  = 35
	fixCheckSum = 10
)

// fixShortest is the length of the shortest message.
const fixShortest = 26

// fixSOH ends every value.
const fixSOH = 1

// fixTags are the tags that may be given by name.
var fixTags = [...]struct {
	name string
	tag  int64
}{
	{"beginstring", 8}, {"bodylength", 9}, {"checksum", fixCheckSum}, {"msgtype", fixMsgType}, {"sendercompid", 49}, {"targetcompid", 56},
}

// checkFIXTag puts the number of the tag into the argument.
func checkFIXTag(a sample.Args, _ *sample.Env) error {
	for _, t := range fixTags {
		if value.Folds(a[0].Str, t.name) {
			a[0].Int = t.tag
			return nil
		}
	}
	n, err := strconv.ParseUint(string(a[0].Str), 10, 31)
	if err != nil || n == 0 {
		return fmt.Errorf("Unknown FIX tag name '%s'", a[0].Str)
	}
	a[0].Int = int64(n)
	return nil
}

// fixField is one tag with its value.
type fixField struct {
	tag  int64
	text []byte
	rest []byte
}

// takeFIX reads the field that b begins with. It is partial when b ends before the field does; a field without a number is
// none.
func takeFIX(b []byte) (f fixField, partial, ok bool) {
	equals := bytes.IndexByte(b, '=')
	if equals < 0 {
		return f, true, false
	}
	end := bytes.IndexByte(b[equals:], fixSOH)
	if end < 0 {
		return f, true, false
	}
	end += equals
	for _, c := range b[:equals] {
		if c < '0' || c > '9' || f.tag > 1<<40 {
			return f, false, false
		}
		f.tag = f.tag*10 + int64(c-'0')
	}
	f.text, f.rest = b[equals+1:end:end], b[end+1:]
	return f, false, f.tag != 0
}

func fixTagValue(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	v.Flags &^= value.MayChange
	for b := v.Bytes; ; {
		f, partial, ok := takeFIX(b)
		if !ok {
			if partial {
				v.Flags |= value.MayChange
			}
			return false
		}
		if f.tag == a[0].Int {
			v.Bytes = f.text
			return len(f.text) > 0
		}
		b = f.rest
	}
}

func fixIsValid(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	valid, partial := fixMessage(v.Bytes)
	if partial {
		v.Flags |= value.MayChange
		return false
	}
	// The first message decides: what follows it changes nothing.
	v.Flags &^= value.MayChange
	v.SetBool(valid)
	return true
}

// fixMessage checks the message that b begins with: version, length of the body, type, all other fields, checksum, in that
// order.
func fixMessage(b []byte) (valid, partial bool) {
	if len(b) < fixShortest {
		return false, true
	}
	f, partial, ok := takeFIX(b)
	if !ok || b[0] != '8' || !fixVersion(f.text) {
		return false, partial
	}
	if f, partial, ok = takeFIX(f.rest); !ok || f.tag != 9 {
		return false, partial
	}
	length, err := strconv.ParseUint(string(f.text), 10, 31)
	if err != nil {
		return false, false
	}
	body := f.rest
	for rest, first := body, true; ; first = false {
		if f, partial, ok = takeFIX(rest); !ok || first && f.tag != fixMsgType || len(f.text) == 0 {
			return false, partial
		}
		if f.tag == fixCheckSum {
			summed := b[:len(b)-len(rest)]
			return uint64(len(body)-len(rest)) == length && fixSum(summed, f.text), false
		}
		rest = f.rest
	}
}

// fixVersion reports whether a version is one of FIX 4.0 to 4.4, or that of the transport which 5.0 and later use.
func fixVersion(b []byte) bool {
	switch string(b) {
	case "FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1":
		return true
	}
	return false
}

// fixSum compares a checksum of three digits with the sum of all bytes before it.
func fixSum(b, sum []byte) bool {
	if len(sum) != 3 {
		return false
	}
	n := byte(0)
	for _, c := range b {
		n += c
	}
	for i, scale := 0, 100; i < 3; i, scale = i+1, scale/10 {
		if int(sum[i]) != '0'+int(n)/scale%10 {
			return false
		}
	}
	return true
}
