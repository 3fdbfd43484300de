package pattern

import (
	"fmt"
	"math"
	"strconv"
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

// parseSpan reads a pattern of integers: "n", "n:m", ":m" or "n:".
func parseSpan(text []byte) (span, error) {
	s, ok := spanOf(text)
	if ok {
		return s, nil
	}
	if strings.ContainsAny(string(text), ":-") {
		return s, fmt.Errorf("'%s' is not a valid number range", text)
	}
	return s, fmt.Errorf("'%s' is not a number", text)
}

// spanOf is parseSpan without the words for what is wrong. HAProxy takes a minus for a colon, which is how ranges were
// once written: "5-7" is "5:7", and "-5" is what is not above 5. Only behind a separator is it a sign: ":-5".
func spanOf(text []byte) (span, bool) {
	s := span{math.MinInt64, math.MaxInt64}
	at := 0
	for at < len(text) && text[at] != ':' && text[at] != '-' {
		at++
	}
	var ok bool
	if at > 0 {
		if s.low, ok = number(text[:at]); !ok {
			return s, false
		}
	}
	if at == len(text) {
		s.high = s.low
		return s, at > 0
	}
	if at+1 < len(text) {
		if s.high, ok = number(text[at+1:]); !ok {
			return s, false
		}
	}
	return s, len(text) > 1 && s.low <= s.high
}

// number reads an integer that fits.
func number(text []byte) (int64, bool) {
	n, used := value.LeadingInt(text)
	if used != len(text) || used == 0 {
		return 0, false
	}
	if n == math.MaxInt64 || n == math.MinInt64 { // it may have been beyond
		_, err := strconv.ParseInt(string(text), 10, 64)
		return n, err == nil
	}
	return n, true
}

// under writes an integer with an operator before it as a range. opNE compares for equality, as HAProxy does.
func under(text string, op operator) (string, error) {
	n, ok := number([]byte(text))
	if !ok || op == opEQ || op == opNE {
		return text, nil
	}
	write := func(n int64) string { return strconv.FormatInt(n, 10) }
	switch op {
	case opGT:
		if n == math.MaxInt64 {
			return "", fmt.Errorf("'%s' is not a number that others are above", text)
		}
		return write(n+1) + ":", nil
	case opGE:
		return write(n) + ":", nil
	case opLT:
		if n == math.MinInt64 {
			return "", fmt.Errorf("'%s' is not a number that others are below", text)
		}
		return ":" + write(n-1), nil
	}
	return ":" + write(n), nil
}

// versionNumber writes "major" or "major.minor" as one number, as the versions of protocols are compared (configuration.txt
// 7.1.2); anything else stays as it is.
func versionNumber(text string) string {
	major, minor, split := strings.Cut(text, ".")
	a, ok := number([]byte(major))
	if !ok {
		return text
	}
	b := int64(0)
	if split {
		if b, ok = number([]byte(minor)); !ok {
			return text
		}
	}
	return strconv.FormatInt(a<<16+b, 10)
}
