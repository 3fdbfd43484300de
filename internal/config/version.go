package config

import (
	"slices"
	"strings"
)

// The stages of a release on its way, in order.
const (
	stageDev = iota
	stagePre
	stageFinal
)

// version is a HAProxy version in comparable form: major, minor, patch, stage, number in the stage, commits since.
type version [6]int

// compareVersions orders two versions as conditions do (configuration.txt 2.4): missing parts are zero, "-devN" comes
// before "-preN" and "-rcN", these before the release, and a number of commits after all of them.
func compareVersions(a, b string) int {
	x, y := parseVersion(a), parseVersion(b)
	return slices.Compare(x[:], y[:])
}

func parseVersion(s string) version {
	var v version
	s = strings.TrimSpace(s)
	for i := range 3 {
		v[i], s = leadingNumber(s)
		if !strings.HasPrefix(s, ".") {
			break
		}
		s = s[1:]
	}
	v[3] = stageFinal
	s = strings.TrimPrefix(s, "-")
	for _, stage := range [...]struct {
		word string
		rank int
	}{{"dev", stageDev}, {"pre", stagePre}, {"rc", stagePre}} {
		if rest, ok := strings.CutPrefix(s, stage.word); ok {
			v[3] = stage.rank
			v[4], s = leadingNumber(rest)
			s = strings.TrimPrefix(s, "-")
			break
		}
	}
	// What is left is "<commit>-<commits>" or "<commits>".
	commit, commits, two := strings.Cut(s, "-")
	if !two {
		commits = commit
	}
	if n, ok := digits(commits); ok {
		v[5] = n
	}
	return v
}

// maxPart bounds the parts of a version, so that no sum of digits overflows.
const maxPart = 1 << 30

func leadingNumber(s string) (int, string) {
	n, i := 0, 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		n = min(n*10+int(s[i]-'0'), maxPart)
		i++
	}
	return n, s[i:]
}

// digits reads a whole string of digits.
func digits(s string) (int, bool) {
	n, rest := leadingNumber(s)
	return n, s != "" && rest == ""
}

// compareOpenSSL orders two OpenSSL versions, "<major>.<minor>.<fix>" with the letters of a patch or "-alphaN", "-betaN",
// "-dev" behind it; ok says whether b is one.
func compareOpenSSL(a, b string) (order int, ok bool) {
	y, ok := parseOpenSSL(b)
	if !ok {
		return 0, false
	}
	x, _ := parseOpenSSL(a)
	return slices.Compare(x[:], y[:]), true
}

// parseOpenSSL returns major, minor, fix, patch, stage and number in the stage.
func parseOpenSSL(s string) (v [6]int, ok bool) {
	for i := range 3 {
		if s == "" || s[0] < '0' || s[0] > '9' {
			return v, false
		}
		if v[i], s = leadingNumber(s); v[i] > 255 {
			return v, false
		}
		if i < 2 {
			if !strings.HasPrefix(s, ".") {
				return v, false
			}
			s = s[1:]
		}
	}
	for s != "" && s[0] >= 'a' && s[0] <= 'z' {
		v[3] = min(v[3]+int(s[0]-'a')+1, 255)
		s = s[1:]
	}
	v[4] = stageFinal
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		v[4] = stageDev
		if rest, ok = cutAny(rest, "alpha", "beta", "pre"); ok {
			v[4] = stagePre
			v[5], _ = leadingNumber(rest)
		}
	}
	return v, true
}

func cutAny(s string, prefixes ...string) (string, bool) {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return rest, true
		}
	}
	return s, false
}
