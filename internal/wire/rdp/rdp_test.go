package rdp

import "testing"

const head = "\x03\x00\x00\x23\x1e\xe0\x00\x00\x00\x00\x00"

func TestCookie(t *testing.T) {
	for in, want := range map[string]string{
		head + "Cookie: mstshash=user1\r\n":                                 "mstshash user1",
		head + "Cookie: mstshash=user1\r\n\x01\x00\x08\x00\x03\x00\x00\x00": "mstshash user1",
		head + "cookie:MSTS=3640205228.15629.0000\r\n":                      "MSTS 3640205228.15629.0000",
		head + "Cookie:   a=b=c d\r\n":                                      "a b=c d",
		head + "Cookie: a=b\r\nCookie: c=d\r\n":                             "a b",
		head + "Cookie: a=\r\n":                                             "a ",
	} {
		name, val, err := Cookie([]byte(in))
		if got := string(name) + " " + string(val); got != want || err != nil {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{head + "Foo: a=b\r\n", head + "Cookie: a\r\n", "GET / HTTP/1.0\r\n\r\n"} {
		if _, _, err := Cookie([]byte(in)); err != ErrNoCookie {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestTruncated(t *testing.T) {
	whole := []byte(head + "Cookie: mstshash=user1\r\n")
	for n := range whole {
		if _, _, err := Cookie(whole[:n]); err != ErrMore {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func FuzzCookie(f *testing.F) {
	f.Add([]byte(head + "Cookie: mstshash=user1\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, _, err := Cookie(b); err == nil {
			return
		} else if _, _, half := Cookie(b[:len(b)/2]); err == ErrMore && half != ErrMore {
			t.Fatal("half is decided and the whole is not")
		}
	})
}
