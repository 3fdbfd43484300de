package pattern

import (
	"math"
	"testing"

	"sluice/internal/buf"
	"sluice/internal/value"
)

func TestSpans(t *testing.T) {
	const low, high = math.MinInt64, math.MaxInt64
	for text, want := range map[string]span{
		"5": {5, 5}, "5:7": {5, 7}, "5-7": {5, 7}, "5-": {5, high}, ":7": {low, 7}, "-7": {low, 7}, ":-7": {low, -7}, "007": {7, 7},
	} {
		if got, err := parseSpan([]byte(text)); err != nil || got != want {
			t.Errorf("%s is %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", ":", "-", "5:3", "5-3", "5:-7", "5--7", "-5-6", "-5:", "-5:6", "1:2:3", "a", "1:b", "99999999999999999999", "-9223372036854775808"} {
		if got, err := parseSpan([]byte(text)); err == nil {
			t.Errorf("%s is %v", text, got)
		}
	}
}

// TestVerbs holds that HTTP methods with a number are compared as they are, the others without regard to case under fold.
func TestVerbs(t *testing.T) {
	for _, many := range []int{0, few + 1} {
		_, u := made(t, options{method: Str, fold: true, verbs: true})
		for _, text := range []string{"get", "POST", "Foo"} {
			if err := u.list.Add(0, []byte(text), nil); err != nil {
				t.Fatal(err)
			}
		}
		for i := range many {
			if err := u.list.Add(0, []byte{'x', byte('a' + i)}, nil); err != nil {
				t.Fatal(err)
			}
		}
		for text, want := range map[string]bool{"GET": false, "get": true, "Get": true, "POST": true, "post": false, "FOO": true, "foo": true, "bar": false} {
			var a buf.Arena
			v := value.Value{}
			v.SetStr([]byte(text))
			if at, _ := u.find(&v, &a); (at != none) != want {
				t.Errorf("%s among %d more: %v", text, many, at != none)
			}
		}
	}
}
