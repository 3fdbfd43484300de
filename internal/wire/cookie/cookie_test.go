package cookie

import (
	"bytes"
	"testing"
)

// edit takes the cookie SRV out of a field's value, as `cookie SRV insert indirect` does.
func edit(v string) (string, bool) {
	b := []byte(v)
	var e Editor
	for i := 0; ; {
		c := Scan(b, i)
		if c.Named(b, []byte("SRV")) {
			e.Drop(&c)
		} else {
			e.Keep(b, &c, 0, 0)
		}
		if c.End == len(b) {
			break
		}
		i = c.End + 1
	}
	out, ok := e.Done()
	return string(out), ok
}

// TestDrop holds what haproxy 3.5 makes of a field; "" is a field that goes.
func TestDrop(t *testing.T) {
	for v, want := range map[string]string{
		"":                                "",
		"SRV=A":                           "",
		"SRV=A;SRV=BB":                    "",
		"SRV=BB; x=1":                     "x=1",
		"x=1; SRV=BB; y=2":                "x=1; y=2",
		"x=1; SRV=BB":                     "x=1",
		"a=1;;SRV=A;;b=2":                 "a=1;; ;b=2",
		"SRV = A ; b":                     "b",
		`"x;SRV=A;";b=1;SRV=BB`:           `"x; ";b=1`,
		`a="1;SRV=A";SRV=BB;q`:            `a="1;SRV=A"; q`,
		"$Version=1; SRV=A; $Path=/; b=1": "$Version=1; b=1",
		"$Version=1; a=1; $Path=/x; SRV=A; $Path=/; b=1; $Domain=x": "$Version=1; a=1; $Path=/x; b=1; $Domain=x",
		"$Version=1; SRV=A":               "",
		"SRV=A; $Path=/":                  "",
		"a=1, SRV=A, b=2":                 "a=1, b=2",
		"SRV=A,b=2":                       "b=2",
		"a; SRV=A":                        "a",
		"=A; SRV=A":                       "=A",
		"SRV":                             "SRV",
		"srv=A":                           "srv=A",
		"a=1; b=2 ; SRV=A ; c=3":          "a=1; b=2; c=3",
		"a=1 ;SRV=A ;c=3":                 "a=1; c=3",
		"a=1;   SRV=A;   c=3":             "a=1; c=3",
		"a=1\t;\tSRV=A\t;\tc":             "a=1; c",
		"SRV=A;":                          "",
		"a=1;SRV=A;":                      "a=1; ",
		"; SRV=A":                         "",
		";;SRV=A":                         ";",
		";SRV=A;b=1":                      "b=1",
		"a=1;SRV=A;b=1;SRV=BB;c=1":        "a=1; b=1; c=1",
		`SRV="A;b=2`:                      "",
		`a=\"; SRV=A; b="`:                `a=\"; SRV=A; b="`,
		`a="\";SRV=A"; SRV=BB; c`:         `a="\";SRV=A"; c`,
		"$SRV=A; SRV=BB":                  "",
		"SRV=A; a=1; $Path=x":             "a=1; $Path=x",
		"$a=b; SRV=A; $c=d; e=f; $g=h":    "$a=b; e=f; $g=h",
		`a=1;"SRV"=A;SRV=BB`:              `a=1;"SRV"=A`,
		"x = 1; SRV = A ; z = 3":          "x=1; z=3",
		"a=1, SRV=A; b":                   "a=1; b",
		"a=1; SRV=A, b":                   "a=1, b",
		"a=1; SRV=A; $P=1;":               "a=1; ",
		"SRV=A; $Path=/;":                 "",
		"$V=1; SRV=A;":                    "$V=1; ",
		"a=1 ; SRV=A":                     "a=1 ",
		"$V=1; SRV=A; ; $a=1":             "$V=1; ; $a=1",
		"a=1;SRV=ZZ; b=2;SRV=A;c = 1":     "a=1; b=2; c=1",
		"SRV=A; $P=/; SRV=BB; $P=/; c":    "c",
		"a;SRV=A; $P=/; SRV=BB; $P=/ ; c": "a; c",
		"a;SRV=A; $P=/; SRV=BB; $P=/":     "a",
		"$V = 1;SRV=A; b=2":               "$V = 1; b=2",
		"x = 1 ; y=2":                     "x=1 ; y=2",
	} {
		if got, _ := edit(v); got != want {
			t.Errorf("%q becomes %q, want %q", v, got, want)
		}
	}
}

// TestStrip leaves out a part of a value.
func TestStrip(t *testing.T) {
	b := []byte("x = 1; SRV = A~y ; z = 3")
	var e Editor
	for i := 0; ; {
		c := Scan(b, i)
		from, to := 0, 0
		if c.Named(b, []byte("SRV")) {
			from = c.Value
			to = from + bytes.IndexByte(b[from:], PrefixSeparator) + 1
		}
		e.Keep(b, &c, from, to)
		if c.End == len(b) {
			break
		}
		i = c.End + 1
	}
	if out, ok := e.Done(); string(out) != "x=1; SRV=y ; z=3" || !ok || !e.Changed {
		t.Errorf("%q", out)
	}
}

func TestDates(t *testing.T) {
	const now = 1795828932
	b := AppendDate(AppendDate([]byte("A"), now), now-7)
	if string(b) != "A|awosx|awosw" && len(b) != 13 {
		t.Errorf("%q", b)
	}
	name, d := Split(b)
	if string(name) != "A" || d.Last != now&^3 || d.First != (now-7)&^3 {
		t.Errorf("%q %v", name, d)
	}
	for v, want := range map[string]Dates{
		"A": {}, "A|": {}, "A||": {}, "A|AAAAA": {}, "A|awos": {}, "A|awosxx|AAAAB": {First: 4}, "A|AAAAB|x": {Last: 4}, "A|awo-s": {},
		"A|AAAAB|AAAAC|z": {Last: 4, First: 8}, "|AAAA/": {Last: 252}, "A|AAAA+": {Last: 248},
	} {
		if name, got := Split([]byte(v)); got != want || len(name) > 1 {
			t.Errorf("%q: %v, want %v", v, got, want)
		}
	}
}

func FuzzEdit(f *testing.F) {
	for _, v := range []string{"SRV=A; b=1", ";;SRV=A", `a="\";SRV`, "$V=1; SRV = A~b|c ; $P", ",,;", "x = 1"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		out, ok := edit(v)
		if !ok {
			return
		}
		if len(out) > len(v)+1 {
			t.Errorf("%q grew to %q", v, out)
		}
		Split([]byte(v))
	})
}
