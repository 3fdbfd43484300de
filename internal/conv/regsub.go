package conv

import (
	"fmt"
	"time"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// regsubRows are the replacement by regular expressions.
func regsubRows() []sample.Conv {
	return []sample.Conv{
		{Name: "regsub", Doc: "Replaces what a regular expression matches, as sed does.", Args: "regex,string[,string]", In: value.Str, Out: value.Str, Bind: bindRegsub},
	}
}

// substitution is one regsub.
type substitution struct {
	first, next *sample.Regex // next is for matches behind the first one: no beginning of the text is there
	to          []byte
}

func bindRegsub(a sample.Args, _ *sample.Env) (sample.Func, error) {
	all, fold := false, false
	for _, c := range a.Str(2) {
		switch c {
		case 'g':
			all = true
		case 'i':
			fold = true
		default:
			return nil, fmt.Errorf("invalid regex flag '%c', only 'i' and 'g' are supported", c)
		}
	}
	sub := &substitution{first: a[0].Regex, to: a[1].Str}
	var err error
	if fold {
		if sub.first, err = sample.CompileRegex(string(a[0].Str), true); err != nil {
			return nil, err
		}
	}
	if all {
		if sub.next, err = sub.first.Inside(); err != nil {
			return nil, err
		}
	}
	return sub.run, nil
}

// replaceLimit is how long a replacement may take, and clockEvery after how many searches the clock is looked at.
const (
	replaceLimit = 500 * time.Millisecond
	clockEvery   = 16
)

// run replaces the first match, or with next all of them. When a match leaves the rest as it was, one byte is passed over.
// What does not fit into a buffer is cut. Searches may find little and look through all of the text each time, so that they
// end when that takes too long; what is left stays as it is.
func (sub *substitution) run(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	rest := v.Bytes
	var found sample.Found
	places := sub.first.Find(rest, &found, &s.Arena)
	if places == nil {
		return true
	}
	out := s.Scratch[:0]
	s.Scratch = nil
	var begin time.Time
	for n := 0; places != nil && len(out) <= room(s); n++ {
		if n%clockEvery == clockEvery-1 {
			now := time.Now()
			if begin.IsZero() {
				begin = now
			} else if now.Sub(begin) > replaceLimit {
				break
			}
		}
		out = append(out, rest[:places[0]]...)
		out = sample.Expand(out, sub.to, rest, places)
		rest = rest[places[1]:]
		if sub.next == nil {
			break
		}
		if places[1] == 0 {
			if len(rest) == 0 {
				break
			}
			out = append(out, rest[0])
			rest = rest[1:]
		}
		places = sub.next.Find(rest, &found, &s.Arena)
	}
	out = append(out, rest...)
	setOwn(v, value.Str, s.Arena.Copy(out[:min(len(out), room(s))]))
	s.Scratch = out
	return true
}
