package pattern

import (
	"fmt"
	"math"
	"strings"

	"sluice/internal/value"
)

// operator is the word that may precede integer patterns (configuration.txt 7.1.2).
type operator uint8

const (
	opEQ operator = iota
	opNE
	opGT
	opGE
	opLT
	opLE
)

func lookupOperator(word string) (operator, bool) {
	switch word {
	case "eq":
		return opEQ, true
	case "ne":
		return opNE, true
	case "gt":
		return opGT, true
	case "ge":
		return opGE, true
	case "lt":
		return opLT, true
	case "le":
		return opLE, true
	}
	return 0, false
}

// span is a range of integers, both ends included; empty when low is above high.
type span struct{ low, high int64 }

func (s span) has(n int64) bool { return s.low <= n && n <= s.high }

// parseSpan reads a pattern of integers: "n", "n:m", ":m" or "n:", with an operator applied to it. Dotted allows
// "major.minor" for versions.
func parseSpan(text string, op operator, dotted bool) (span, error) {
	low, high, isRange := strings.Cut(text, ":")
	s := span{math.MinInt64, math.MaxInt64}
	bad := func() error {
		if isRange {
			return fmt.Errorf("'%s' is not a valid number range", text)
		}
		return fmt.Errorf("'%s' is not a number", text)
	}
	var ok bool
	if low != "" {
		if s.low, ok = number(low, dotted); !ok {
			return s, bad()
		}
	}
	switch {
	case !isRange:
		s.high = s.low
	case high != "":
		if s.high, ok = number(high, dotted); !ok {
			return s, bad()
		}
	}
	if text == ":" || text == "" || s.low > s.high {
		return s, bad()
	}
	if isRange {
		return s, nil // an operator means nothing before a range
	}
	return s.under(op), nil
}

// under applies an operator to a single integer. opNE compares for equality, as HAProxy does.
func (s span) under(op operator) span {
	switch op {
	case opGT:
		if s.low == math.MaxInt64 {
			return span{1, 0}
		}
		return span{s.low + 1, math.MaxInt64}
	case opGE:
		return span{s.low, math.MaxInt64}
	case opLT:
		if s.low == math.MinInt64 {
			return span{1, 0}
		}
		return span{math.MinInt64, s.low - 1}
	case opLE:
		return span{math.MinInt64, s.low}
	}
	return s
}

func number(text string, dotted bool) (int64, bool) {
	if major, minor, split := strings.Cut(text, "."); dotted {
		a, n := value.LeadingInt([]byte(major))
		if n != len(major) || n == 0 {
			return 0, false
		}
		if !split {
			return a << 16, true
		}
		b, n := value.LeadingInt([]byte(minor))
		return a<<16 + b, n == len(minor) && n > 0
	}
	a, n := value.LeadingInt([]byte(text))
	return a, n == len(text) && n > 0
}
