// Package cpu chooses processors for the loops (configuration.txt 3.1, cpu-map, cpu-set, cpu-policy, cpu-affinity).
//
//	sets      Set          set.go: processors by their numbers
//	machine   CPU, Read    topology.go: what the system says of its processors
//	choice    Config, Plan plan.go, policy.go: which loop runs where
package cpu

import (
	"math/bits"
	"strconv"
	"strings"
)

// Max is how many processors a set can name.
const Max = 1024

// Set is a set of processors.
type Set [Max / 64]uint64

// Add puts processor n into the set.
func (s *Set) Add(n int) { s[n/64] |= 1 << (n % 64) }

// Has reports whether processor n is in the set.
func (s *Set) Has(n int) bool { return n >= 0 && n < Max && s[n/64]&(1<<(n%64)) != 0 }

// Count returns how many processors there are in the set.
func (s *Set) Count() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// List returns the numbers in ascending order.
func (s *Set) List() []int {
	var out []int
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			out = append(out, 64*i+bits.TrailingZeros64(w))
		}
	}
	return out
}

// merge puts the processors of o into the set.
func (s *Set) merge(o Set) {
	for i := range s {
		s[i] |= o[i]
	}
}

// Problem is why a text names no set of processors.
type Problem uint8

// The reasons.
const (
	Good Problem = iota
	NoRange
	TooHigh
)

// Parse adds "0-3,8,10-" to the set, as HAProxy reads it: bounds may come in any order, the higher one may be missing, and so
// may what stands between commas.
func (s *Set) Parse(text string) Problem {
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			continue
		}
		first, last, ranged := strings.Cut(part, "-")
		low, err := strconv.Atoi(first)
		if err != nil || low < 0 {
			return NoRange
		}
		high := low
		if ranged {
			if high = Max - 1; last != "" {
				if high, err = strconv.Atoi(last); err != nil || high < 0 {
					return NoRange
				}
			}
		}
		if low > high {
			low, high = high, low
		}
		if high >= Max {
			return TooHigh
		}
		for n := low; n <= high; n++ {
			s.Add(n)
		}
	}
	return Good
}
