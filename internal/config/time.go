package config

import (
	"fmt"
	"math"
	"time"
)

// MaxTime is the number of units that a time may have: HAProxy keeps times as 32-bit numbers.
const MaxTime = math.MaxInt32

// A ValueError says why a time or a size cannot be read.
type ValueError struct {
	Overflow bool   // too large
	Rest     string // otherwise the part of the text that is not understood, from its first character on
}

// Error returns a short text; keywords have their own.
func (e *ValueError) Error() string {
	if e.Overflow {
		return "too large"
	}
	return fmt.Sprintf("unexpected character '%s'", e.Char())
}

// Char returns the first byte that is not understood.
func (e *ValueError) Char() string {
	if e.Rest == "" {
		return ""
	}
	return e.Rest[:1]
}

// ParseTime reads a time (configuration.txt 2.5). A number without a unit counts units of unit, which is a millisecond
// for most keywords and a second for some; the result is a multiple of unit, rounded up, of at most MaxTime units. What
// follows a complete unit is returned as rest: HAProxy ignores it ("10m5s" is ten minutes), a keyword should warn.
func ParseTime(text string, unit time.Duration) (d time.Duration, rest string, err *ValueError) {
	i := 0
	n, over := uint64(0), false
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		if n > (math.MaxUint64-9)/10 {
			over = true
			continue
		}
		n = n*10 + uint64(text[i]-'0')
	}
	if i == 0 {
		return 0, "", &ValueError{Rest: text}
	}
	in, rest, ok := timeUnit(text[i:], unit)
	if !ok {
		return 0, "", &ValueError{Rest: text[i:]}
	}
	units := n
	if in >= unit {
		factor := uint64(in / unit)
		over = over || n > MaxTime/factor
		units *= factor
	} else {
		factor := uint64(unit / in)
		units = n / factor
		if n%factor > 0 {
			units++
		}
	}
	if over || units > MaxTime {
		return 0, "", &ValueError{Overflow: true}
	}
	return time.Duration(units) * unit, rest, nil
}

// timeUnit reads the unit at the start of s, which is unit when there is none.
func timeUnit(s string, unit time.Duration) (in time.Duration, rest string, ok bool) {
	switch {
	case s == "":
		return unit, "", true
	case len(s) > 1 && s[:2] == "us":
		return time.Microsecond, s[2:], true
	case len(s) > 1 && s[:2] == "ms":
		return time.Millisecond, s[2:], true
	}
	switch s[0] {
	case 's':
		return time.Second, s[1:], true
	case 'm':
		return time.Minute, s[1:], true
	case 'h':
		return time.Hour, s[1:], true
	case 'd':
		return 24 * time.Hour, s[1:], true
	}
	return 0, "", false
}

// Time reads a time in milliseconds from a word and reports what is wrong with it in the words of most keywords; what
// names the keyword, as "timeout client".
func (l *Line) Time(w Word, what string) (time.Duration, bool) {
	return l.TimeIn(w, what, time.Millisecond)
}

// TimeIn is Time for keywords whose numbers without unit count units of unit.
func (l *Line) TimeIn(w Word, what string, unit time.Duration) (time.Duration, bool) {
	d, rest, err := ParseTime(w.Value, unit)
	switch {
	case err != nil && err.Overflow:
		l.Errorf(w, "timer overflow in argument '%s' to '%s' (maximum value is %s)", w.Value, what, maxTimeText(unit))
		return 0, false
	case err != nil:
		l.Errorf(w, "unexpected character '%s' in '%s'", err.Char(), what)
		return 0, false
	case rest != "":
		l.Warnf(w, "'%s' after the unit in argument '%s' to '%s' is ignored; write '%s'.",
			rest, w.Value, what, w.Value[:len(w.Value)-len(rest)])
	}
	return d, true
}

func maxTimeText(unit time.Duration) string {
	switch unit {
	case time.Microsecond:
		return "2147483647 us"
	case time.Second:
		return "2147483647 s"
	}
	return "2147483647 ms or ~24.8 days"
}
