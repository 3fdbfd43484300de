package password

import "testing"

// The hashes of "secret" and of "", made by crypt(3) of a Linux system.
var hashes = map[string]string{
	`$1$ab$4H0GBYOr18l9orH4rhpXO.`:                                                                                   "longer than eight",
	`$1$ab$dslkcXxVH.x8LwW1W/oAB/`:                                                                                   "secret",
	`$1$saltsalt$9xy1btjgzLYfb7hivXtC//`:                                                                             "secret",
	`$1$saltsalt$JdLbUlToz4CzhwfZRWzS0/`:                                                                             "longer than eight",
	`$2a$05$abcdefghijklmnopqrstuuB9u/OZahZusZczB2MR3L90ng1VqKbZu`:                                                   "longer than eight",
	`$2a$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a`:                                                   "secret",
	`$2b$05$abcdefghijklmnopqrstuuB9u/OZahZusZczB2MR3L90ng1VqKbZu`:                                                   "longer than eight",
	`$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a`:                                                   "secret",
	`$2y$05$abcdefghijklmnopqrstuuB9u/OZahZusZczB2MR3L90ng1VqKbZu`:                                                   "longer than eight",
	`$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a`:                                                   "secret",
	`$5$rounds=1500$salt$7zEsvaLwOtBDmoqntNODmCl8r3lczxiu1K.h0AseiL6`:                                                "longer than eight",
	`$5$rounds=1500$salt$omFLfjeIh8jPlPqbbp3l/xH/iya9aqBKqyCwBI9t4hA`:                                                "secret",
	`$5$saltstring$C3o4O1TC6aRHF4FI.QSZMXtHbaj2gSXr4sUc/3NcUi.`:                                                      "secret",
	`$5$saltstring$SL/0l4n26Urp5gjVz/wbF1Kj2Im/UKQUch0o.IWMxZ1`:                                                      "longer than eight",
	`$6$rounds=1500$k6y3o.eP$DxGSTTlPdehjRu8/DQoQZ4GrUpAED1eBnDiO4e8uxB5k21KCS4UUcawEGNHUAW7PsYc85hMhxgqD1GfnA9ncG1`: "longer than eight",
	`$6$rounds=1500$k6y3o.eP$EoAi5WiA6BZ.6YsvDDlCnsLyvFFZjGIXeXjNJs5hG4RTUnOiWTnmtjMyFaJc7ljL7X9Ba3Rt9v6ecPN2LPc110`: "secret",
	`$6$saltstring$AIsRs/Ee56G/tC8MEHhvReZTfx8u3rXXMl6eYrjCG9ibix19DxoMBLogdTET5Ukw9Sf7eZTITsuk0Ry5qulYz.`:           "secret",
	`$6$saltstring$goYIz2LhLjPjvtSZnohRk2xf8u0htw.Gr96k.5YspNi234GC.vW7BhOtxy6v/Br4cfT0kYtOOF3o6nIGfjJhg/`:           "longer than eight",
	`$sha1$1000$saltsalt$Afd9xS7u8w4h.ywETK2u0ha2i2TG`:                                                               "secret",
	`$sha1$1000$saltsalt$fl3Gq5exdD2QGkLTSGQUXgXq67.6`:                                                               "longer than eight",
	`$y$j75$abcdef12$2j9e.lvgAS2W.LFY43TxtIPsJobtizwTbNzBQU9/SK6`:                                                    "longer than eight",
	`$y$j75$abcdef12$QjMsbuYOR27GugdU.m0lrJyBFBrPd05Vm/4fArTjJBB`:                                                    "secret",
	`..EBVOMug1tuI`: "secret",
	`..UGZl6zCbRAE`: "longer than eight",
	`abKuvfXyuH4Fw`: "longer than eight",
	`abNANd1rDfiNc`: "secret",
	`zZ5x4y8hS4SZE`: "secret",
	`zZb64kacvY9KA`: "longer than eight",
}

func TestFits(t *testing.T) {
	for hash, password := range hashes {
		s, err := Parse(hash)
		if err != nil {
			t.Errorf("%s: %v", hash, err)
			continue
		}
		if s.Fast() {
			t.Errorf("%s is called fast", hash)
		}
		if !s.Fits([]byte(password)) || s.Fits([]byte(password+"x")) && len(password) < 8 || s.Fits([]byte("X")) {
			t.Errorf("%s: wrong", hash)
		}
	}
	if p := Plain("secret"); !p.Fast() || !p.Fits([]byte("secret")) || p.Fits([]byte("secre")) || p.Fits(nil) {
		t.Error("plain text: wrong")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "*", "!", "x", "notahash", "$", "$9$abc$def", "$1$abc", "$6$rounds=999999999$abc$def", "$2y$31$abcdefghijklmnopqrstuv",
		"$sha1$4000000000$abc$def", "abcdefghijkl\xff"} {
		s, err := Parse(text)
		if err == nil {
			t.Errorf("%q is accepted", text)
		}
		if s == nil || !s.Fast() || s.Fits(nil) || s.Fits([]byte(text)) {
			t.Errorf("%q fits", text)
		}
	}
}

func TestCache(t *testing.T) {
	c, s := NewCache(), Plain("secret")
	key := func(p string) Key { return c.KeyOf(s, []byte(p), make([]byte, 0, 256)) }
	good, bad := key("secret"), key("other")
	if _, known := c.Look(&good, 1); known {
		t.Error("known before")
	}
	if !c.Compare(&good, s, []byte("secret"), 1) || c.Compare(&bad, s, []byte("other"), 1) {
		t.Error("compared wrong")
	}
	if fits, known := c.Look(&good, Remember); !fits || !known {
		t.Error("forgotten")
	}
	if fits, known := c.Look(&bad, Remember); fits || !known {
		t.Error("a wrong password is remembered as such")
	}
	if _, known := c.Look(&good, Remember+1); known {
		t.Error("remembered for too long")
	}
	buf := make([]byte, 0, 256)
	password := []byte("secret")
	if n := testing.AllocsPerRun(100, func() {
		k := c.KeyOf(s, password, buf)
		c.Look(&k, 1)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	for i := range 10000 { // bounded, and the latest is there
		k := key(string(rune(i)))
		c.keep(&k, true, int64(i))
		if fits, _ := c.Look(&k, int64(i)); !fits {
			t.Fatal(i)
		}
	}
}
