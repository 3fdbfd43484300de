package config

import "fmt"

// suggestion looks for the known word nearest to an unknown one.
type suggestion struct {
	word string
	best string
	cost int
}

func newSuggestion(word string) *suggestion {
	// A third of a word may be wrong, at least one letter and at most three.
	return &suggestion{word: word, cost: min(3, max(1, len(word)/3)) + 1}
}

// offer proposes a known word. Of equally near ones the first in the alphabet wins, whatever the order of offers.
func (s *suggestion) offer(known string) {
	if d := len(known) - len(s.word); d > s.cost || -d > s.cost || len(known) > maxSuggested {
		return
	}
	c := distance(s.word, known)
	if c < s.cost || c == s.cost && s.best != "" && known < s.best {
		s.best, s.cost = known, c
	}
}

// text returns HAProxy's question, or nothing.
func (s *suggestion) text() string {
	if s.best == "" || len(s.word) < 2 {
		return ""
	}
	return fmt.Sprintf("; did you mean '%s' maybe ?", s.best)
}

// maxSuggested bounds the words that are compared.
const maxSuggested = 64

// distance counts the insertions, removals, replacements and swaps of neighbours between two words.
func distance(a, b string) int {
	if len(a) > maxSuggested || len(b) > maxSuggested {
		return max(len(a), len(b))
	}
	var rows [3][maxSuggested + 1]int
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		this, last, older := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		this[0] = i
		for j := 1; j <= len(b); j++ {
			d := last[j-1]
			if a[i-1] != b[j-1] {
				d++
			}
			d = min(d, last[j]+1, this[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, older[j-2]+1)
			}
			this[j] = d
		}
	}
	return rows[len(a)%3][len(b)]
}
