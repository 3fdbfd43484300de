package sample

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"sluice/internal/buf"
)

var chainPatterns = []string{
	`^(.*)/([0-9.]+)$`, `^text/(.*)$`, `^/v[0-9]+/(users|orders)/[0-9]+$`, `^127[.]`, `(?i)(Android|iPhone|Mobile)`, `a+?b`, `x*`,
	`(a*)(a*)`, `^(.*?),(.*)$`, `[^/]+$`, `a{2,3}a`, `(a{2}|b)`, `(?i)^abc-[x-z]*`, `(|a)b`, `.*b.*c`, `(a|ab)(c|bcd)`, `^$`, `b?c`,
	`(?s).{3}`, `[a-c]{2,}?[b-d]`, `()a`, `a(.)c`, `(page|post|put)/(x?)`, `^[^a]*a[^b]*b(.*)$`,
}

// FuzzChain holds that chains find what the linear engine finds.
func FuzzChain(f *testing.F) {
	for i := range chainPatterns {
		for _, text := range []string{"", "a", "Mozilla/5.0 Firefox/128.0", "text/html,x", "/v1/orders/77", "127.0.0.1", "aaab", "AbC-xyz", "abcd", "a\nb",
			"xx iPhone yy", "bbc,aa,c", "post/x"} {
			f.Add(i, text)
		}
	}
	f.Fuzz(func(t *testing.T, i int, text string) {
		pattern := chainPatterns[uint(i)%uint(len(chainPatterns))]
		c := chainOf(pattern)
		if c == nil {
			if i%len(chainPatterns) != 0 && !strings.Contains(pattern, `{2}|b`) {
				t.Skip("no chain")
			}
			return
		}
		if !ascii(text) {
			return // the linear engine looks at runes
		}
		want := regexp.MustCompile(pattern).FindStringSubmatchIndex(text)
		var at Found
		found, known := c.find(&at, []byte(text))
		if !known {
			return
		}
		if alone, known := c.find(nil, []byte(text)); alone != found || !known {
			t.Errorf("%s on %q: %v, without places %v %v", pattern, text, found, alone, known)
		}
		if found != (want != nil) || found && !slices.Equal(at[:c.places], want) {
			t.Errorf("%s on %q: %v %v, want %v", pattern, text, found, at[:c.places], want)
		}
	})
}

// TestChains says which expressions are chains.
func TestChains(t *testing.T) {
	for _, pattern := range chainPatterns {
		if is := chainOf(pattern) != nil; is == strings.Contains(pattern, "{2}|") {
			t.Errorf("%s is a chain: %v", pattern, is)
		}
	}
	for _, pattern := range []string{`(ab)*`, `a|b*`, `\bx`, `(?m)^a`, `((a|b)c)?`, `(((((((((((a)))))))))))`} {
		if chainOf(pattern) != nil {
			t.Errorf("%s must not be a chain", pattern)
		}
	}
}

// TestAChainGivesUp holds that what goes back over and over is left to the linear engine, and has its answer.
func TestAChainGivesUp(t *testing.T) {
	const pattern = `^(.*)(.*)(.*)(.*)x[0-9]y$`
	text := []byte(strings.Repeat("ax1", 3000))
	if _, known := chainOf(pattern).find(nil, text); known {
		t.Error("it did not give up")
	}
	r, err := CompileRegex(pattern, false)
	if err != nil {
		t.Fatal(err)
	}
	var a buf.Arena
	if r.Match(text, &a) || r.Find(text, new(Found), &a) != nil {
		t.Error("it matches")
	}
}

func TestAChainAllocatesNothing(t *testing.T) {
	r, err := CompileRegex(`^(.*)/([0-9.]+)$`, false)
	if err != nil {
		t.Fatal(err)
	}
	var a buf.Arena
	b := []byte("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
	var room Found
	if n := testing.AllocsPerRun(100, func() { r.Find(b, &room, &a) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if string(b[room[2]:room[3]]) != string(b[:len(b)-6]) {
		t.Errorf("group 1 is %q", b[room[2]:room[3]])
	}
}

func BenchmarkChain(b *testing.B) {
	r, _ := CompileRegex(`^(.*)/([0-9.]+)$`, false)
	var a buf.Arena
	text := []byte("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
	var room Found
	for b.Loop() {
		r.Find(text, &room, &a)
	}
}
