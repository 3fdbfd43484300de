package rdp

import "testing"

func TestTarget(t *testing.T) {
	for in, want := range map[string]string{
		"3640205228.15629.0000": "172.31.249.216:3389",
		"16777343.16415.0000":   "127.0.0.1:8000",
		"16777343.16415.":       "127.0.0.1:8000",
		"16777343.16415":        "",
		"16777343":              "",
		".1.":                   "",
		"4294967296.1.":         "",
		"16777343.81951.":       "127.0.0.1:8000",
		"1x.2.":                 "",
		"-1.2.":                 "",
	} {
		got, ok := Target([]byte(in))
		if text := got.String(); ok != (want != "") || ok && text != want {
			t.Errorf("%s: %s %v", in, text, ok)
		}
	}
}

func FuzzTarget(f *testing.F) {
	f.Add([]byte("3640205228.15629.0000"))
	f.Fuzz(func(t *testing.T, v []byte) {
		if at, ok := Target(v); ok && !at.Addr().Is4() {
			t.Errorf("%q: %v", v, at)
		}
	})
}
