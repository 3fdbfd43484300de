package config

import (
	"math"
	"strconv"
	"strings"
)

// ParseSize reads a size (configuration.txt 2.6) in bytes, or in whatever the keyword counts, up to 4294967295.
func ParseSize(text string) (uint32, *ValueError) {
	n := uint64(0)
	i := 0
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		if n = n*10 + uint64(text[i]-'0'); n > math.MaxUint32 {
			return 0, &ValueError{Rest: text[i:]}
		}
	}
	if i == 0 {
		return 0, &ValueError{Rest: text}
	}
	if i == len(text) {
		return uint32(n), nil
	}
	shift := 0
	switch text[i] {
	case 'k', 'K':
		shift = 10
	case 'm', 'M':
		shift = 20
	case 'g', 'G':
		shift = 30
	}
	switch {
	case shift == 0 || n<<shift > math.MaxUint32 || n<<shift>>shift != n:
		return 0, &ValueError{Rest: text[i:]}
	case i+1 < len(text):
		return 0, &ValueError{Rest: text[i+1:]}
	}
	return uint32(n << shift), nil
}

// Size reads a size from a word and reports what is wrong with it in HAProxy's words.
func (l *Line) Size(w Word, what string) (uint32, bool) {
	n, err := ParseSize(w.Value)
	if err != nil {
		l.Errorf(w, "unexpected '%s' after size passed to '%s'", err.Rest, what)
		return 0, false
	}
	return n, true
}

// Int reads a decimal integer between low and high from a word and reports what is wrong with it.
func (l *Line) Int(w Word, what string, low, high int) (int, bool) {
	n, err := strconv.Atoi(w.Value)
	if err != nil || n < low || n > high {
		switch {
		case low == math.MinInt && high == math.MaxInt:
			l.Errorf(w, "'%s' expects an integer (got '%s').", what, w.Value)
		case high == math.MaxInt:
			l.Errorf(w, "'%s' expects an integer of at least %d (got '%s').", what, low, w.Value)
		default:
			l.Errorf(w, "'%s' expects an integer between %d and %d (got '%s').", what, low, high, w.Value)
		}
		return 0, false
	}
	return n, true
}

// ParseRange reads "n" or "n-m" with n <= m, both at least 0.
func ParseRange(text string) (low, high int, ok bool) {
	a, b, two := strings.Cut(text, "-")
	low, ok = digits(a)
	if !two {
		return low, low, ok
	}
	high, ok2 := digits(b)
	return low, high, ok && ok2 && low <= high
}

// ParsePercent reads an integer followed by a percent sign: "50%".
func ParsePercent(text string) (n int, ok bool) {
	s, sign := strings.CutSuffix(text, "%")
	n, ok = digits(s)
	return n, ok && sign
}
