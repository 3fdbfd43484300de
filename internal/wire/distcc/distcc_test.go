package distcc

import (
	"fmt"
	"testing"
)

const message = "DIST00000001ARGC00000002ARGV00000003gccARGV00000002-cDOTI00000005int x"

func TestFind(t *testing.T) {
	for _, c := range []struct {
		token string
		n     int
		want  string
	}{
		{"DIST", 1, "1 "}, {"ARGC", 1, "2 "}, {"ARGV", 1, "3 gcc"}, {"ARGV", 2, "2 -c"}, {"DOTI", 1, "5 int x"},
	} {
		p, err := Find([]byte(message), []byte(c.token), c.n)
		if got := fmt.Sprintf("%d %s", p.Param, p.Body); got != c.want || err != nil {
			t.Errorf("%s %d: %s, %v", c.token, c.n, got, err)
		}
	}
	for _, c := range []string{"NOPE", "ARGX"} {
		if _, err := Find([]byte(message), []byte(c), 1); err != ErrMore {
			t.Errorf("%s: %v", c, err)
		}
	}
	for _, b := range []string{"GARBAGE", "dist", "DIST0000000G", "DIST00000001x"} {
		if _, err := Find([]byte(b), []byte("ARGV"), 1); err != ErrNotDistcc {
			t.Errorf("%s: %v", b, err)
		}
	}
}

// A packet is found once its head is there, and whatever is cut off asks for more.
func TestTruncated(t *testing.T) {
	last := len(message) - 5
	for n := range len(message) {
		p, err := Find([]byte(message[:n]), []byte("DOTI"), 1)
		if n < last && err != ErrMore || n >= last && (err != nil || len(p.Body) != n-last) {
			t.Errorf("%d bytes: %v %v", n, p, err)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add([]byte(message), 1)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		p, err := Find(b, []byte("ARGV"), max(n, 1))
		if err == nil && uint64(len(p.Body)) > uint64(p.Param) {
			t.Fatal("the body is longer than its length")
		}
	})
}
