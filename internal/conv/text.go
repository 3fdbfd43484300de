package conv

import (
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// textRows are the converters of strings.
func textRows() []sample.Conv {
	return []sample.Conv{
		{Name: "length", Doc: "Number of bytes of a string.", In: value.Str, Out: value.Sint, Eval: length},
		{Name: "lower", Doc: "String in lower case.", In: value.Str, Out: value.Str, Eval: lower},
		{Name: "upper", Doc: "String in upper case.", In: value.Str, Out: value.Str, Eval: upper},
	}
}

func length(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(len(v.Bytes)))
	return true
}

// own makes the bytes of v the stream's, so that they may be changed.
func own(s *proxy.Stream, v *value.Value) []byte {
	if v.Flags&value.Const != 0 {
		v.Bytes = s.Arena.Copy(v.Bytes)
		v.Flags &^= value.Const
	}
	return v.Bytes
}

func lower(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	for i, c := range own(s, v) {
		if c >= 'A' && c <= 'Z' {
			v.Bytes[i] = c + 'a' - 'A'
		}
	}
	return true
}

func upper(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	for i, c := range own(s, v) {
		if c >= 'a' && c <= 'z' {
			v.Bytes[i] = c + 'A' - 'a'
		}
	}
	return true
}
