package sample

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"

	"sluice/internal/buf"
)

// Regex is a regular expression over bytes, each of which is one character, as PCRE works without UTF. Most run in linear time.
// Those that look around or refer back run in an engine that goes back, under a limit of time: whoever sends what takes it too
// long gets no match, as with PCRE's match limit. Subjects with bytes above 127 are widened to runes of the same number.
type Regex struct {
	re       *regexp.Regexp // nil when only back can do it
	back     *regexp2.Regexp
	keep     int  // group of back where the match begins, -1 for none
	inside   bool // back searches text that does not begin where the whole text begins
	last     bool // a $ also stands before a newline at the end, which re does not know
	wide     *sync.Pool
	literals *literals // nil for none
	chain    *chain    // nil when it is none
	Text     string    // as written
}

// RegexLimit is how long one search may take in the engine that goes back, and RegexTotal is when no more searches begin there
// for one stream: a request may meet many expressions, and one of them many times.
const (
	RegexLimit = 10 * time.Millisecond
	RegexTotal = 10 * RegexLimit
)

// CompileRegex compiles a pattern of the configuration; fold ignores the case of letters.
func CompileRegex(pattern string, fold bool) (*Regex, error) {
	bad := func(err error) error {
		return fmt.Errorf("regex '%s' is invalid (error=%s)", pattern, regexError(err, pattern))
	}
	p := &pcre{in: pattern}
	if err := p.rewrite(); err != nil {
		return nil, bad(err)
	}
	r := &Regex{Text: pattern, keep: -1}
	flags := ""
	if fold {
		flags = "(?i)"
	}
	var err error
	if !p.wants {
		r.re, err = regexp.Compile(flags + string(p.out))
		if err == nil {
			r.literals, r.chain = literalsOf(flags+string(p.out)), chainOf(flags+string(p.out))
		}
		if err == nil && !p.dollar {
			return r, nil
		}
		var tooLarge *syntax.Error
		if err != nil && (!errors.As(err, &tooLarge) || tooLarge.Code != syntax.ErrInvalidRepeatSize && tooLarge.Code != syntax.ErrLarge) {
			return nil, bad(err)
		}
	}
	if err := r.goBack(pattern, flags); err != nil {
		return nil, bad(err)
	}
	r.last = r.re != nil
	return r, nil
}

// goBack compiles the pattern for the engine that goes back.
func (r *Regex) goBack(pattern, flags string) (err error) {
	p := &pcre{in: pattern, back: true}
	if err := p.rewrite(); err != nil {
		return err
	}
	if r.back, err = regexp2.Compile(flags+string(p.out), regexp2.None, regexp2.OptionMaintainCaptureOrder()); err != nil {
		return err
	}
	r.back.MatchTimeout = RegexLimit
	if p.keep {
		r.keep = r.back.GroupNumberFromName(keepGroup)
	}
	r.wide = &sync.Pool{New: func() any { return new([]rune) }}
	return nil
}

// regexError puts the mistake in a pattern into words.
func regexError(err error, pattern string) string {
	var bad *syntax.Error
	if !errors.As(err, &bad) {
		return err.Error()
	}
	return fmt.Sprintf("%s: %s, erroffset=%d", bad.Code, bad.Expr, len(pattern))
}

func ascii[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// widen maps every byte of b above 127 to the rune of its number, in the arena.
func widen(b []byte, a *buf.Arena) []byte {
	out := a.Alloc(2 * len(b))[:0]
	for _, c := range b {
		out = utf8.AppendRune(out, rune(c))
	}
	return out
}

// goesBack says whether b is for the engine that goes back.
func (r *Regex) goesBack(b []byte) bool {
	return r.re == nil || r.last && len(b) > 0 && b[len(b)-1] == '\n'
}

// runes returns b as runes, one for each byte. Give them back to r.wide.
func (r *Regex) runes(b []byte) *[]rune {
	p := r.wide.Get().(*[]rune)
	*p = (*p)[:0]
	for _, c := range b {
		*p = append(*p, rune(c))
	}
	return p
}

// Match reports whether b holds a match. What it needs on the way comes from the arena.
func (r *Regex) Match(b []byte, a *buf.Arena) bool {
	if r.goesBack(b) {
		if Exhausted(a) {
			a.GiveUp(r.Text)
			return false
		}
		p := r.runes(b)
		begin := time.Now()
		ok, err := r.back.MatchRunes(*p)
		a.Spent += int64(time.Since(begin))
		r.wide.Put(p)
		if err != nil {
			a.GiveUp(r.Text)
		}
		return ok && err == nil
	}
	if l := r.literals; l != nil && !r.begins() && (l.plain || ascii(b)) {
		if found := l.in(b); !found || l.whole {
			return found
		}
	}
	if r.chain != nil {
		if found, known := r.chain.find(nil, b); known {
			return found
		}
	}
	if ascii(b) {
		return r.re.Match(b)
	}
	m := a.Mark()
	ok := r.re.Match(widen(b, a))
	a.Release(m)
	return ok
}

// begins says that the answer is found at the beginning of the text, faster than by looking for texts in it.
func (r *Regex) begins() bool { return r.chain != nil && r.chain.begins }

// Groups returns the number of capturing groups.
func (r *Regex) Groups() int {
	if r.re != nil {
		return r.re.NumSubexp()
	}
	n := len(r.back.GetGroupNumbers()) - 1
	if r.keep >= 0 {
		n--
	}
	return n
}

// Found has room for what a search finds with up to nine groups.
type Found [2 * (maxGroups + 1)]int

// Find returns the places of the first match in b, and of its groups, in pairs, -1 for groups that took no part; nil when there
// is no match. They are in room, unless the expression needs an engine that allocates them.
func (r *Regex) Find(b []byte, room *Found, a *buf.Arena) []int {
	if r.goesBack(b) {
		return r.findBack(b, a)
	}
	if l := r.literals; l != nil && !r.begins() && (l.plain || ascii(b)) && !l.in(b) {
		return nil
	}
	if r.chain != nil {
		if found, known := r.chain.find(room, b); known {
			if !found {
				return nil
			}
			return room[:r.chain.places]
		}
	}
	if ascii(b) {
		return r.re.FindSubmatchIndex(b)
	}
	places := r.re.FindSubmatchIndex(widen(b, a))
	narrow(places, b)
	return places
}

// Exhausted reports whether searches have used the time that those of one stream may take.
func Exhausted(a *buf.Arena) bool { return a.Spent >= int64(RegexTotal) }

func (r *Regex) findBack(b []byte, a *buf.Arena) []int {
	if Exhausted(a) {
		a.GiveUp(r.Text)
		return nil
	}
	p := r.runes(b)
	defer r.wide.Put(p)
	skip := 0
	if r.inside {
		*p = slices.Insert(*p, 0, notBegin)
		skip = 1
	}
	begin := time.Now()
	m, err := r.back.FindRunesMatchStartingAt(*p, skip)
	a.Spent += int64(time.Since(begin))
	if err != nil {
		a.GiveUp(r.Text)
	}
	if err != nil || m == nil {
		return nil
	}
	places := make([]int, 0, 2*m.GroupCount())
	for i := range m.GroupCount() {
		g := m.GroupByNumber(i)
		switch {
		case i == r.keep:
		case g == nil || len(g.Captures) == 0:
			places = append(places, -1, -1)
		default:
			places = append(places, g.RuneIndex-skip, g.RuneIndex+g.RuneLength-skip)
		}
	}
	if r.keep >= 0 {
		if g := m.GroupByNumber(r.keep); g != nil && len(g.Captures) > 0 {
			places[0] = g.RuneIndex - skip
		}
	}
	return places
}

// narrow turns places in a widened text into places in b.
func narrow(places []int, b []byte) {
	for i, p := range places {
		if p < 0 {
			continue
		}
		n := 0
		for p > 0 {
			if b[n] >= utf8.RuneSelf {
				p--
			}
			p--
			n++
		}
		places[i] = n
	}
}

// RegexClock makes the limit of time hold to a few milliseconds; without it, it may be a tenth of a second late. The process
// calls it once, before anything is searched.
func RegexClock() { regexp2.SetTimeoutCheckPeriod(RegexLimit / 2) }
