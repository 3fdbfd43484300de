package directive

import (
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// integer reads a word as a decimal number. HAProxy reads what is no number as 0 in many places; that is refused here,
// since a limit of 0 is rarely what somebody meant who wrote something else.
func integer(l *config.Line, w config.Word) (int, bool) {
	n, err := strconv.ParseInt(w.Value, 10, 64)
	if err != nil {
		l.Errorf(w, "'%s' expects an integer argument, not '%s'.", l.Keyword(), w.Value)
		return 0, false
	}
	return int(n), true
}

// atLeast reads a word as a number that is not below low.
func atLeast(l *config.Line, w config.Word, low int) (int, bool) {
	n, ok := integer(l, w)
	if ok && n < low {
		l.Errorf(w, "'%s' expects an integer argument of at least %d, not %d.", l.Keyword(), low, n)
		return 0, false
	}
	return n, ok
}

// onOff reads the word "on" or "off".
func onOff(l *config.Line, w config.Word) (on, ok bool) {
	switch w.Value {
	case "on":
		return true, true
	case "off":
		return false, true
	}
	l.Errorf(w, "'%s' expects 'on' or 'off'.", l.Keyword())
	return false, false
}

// once reports that a keyword of the global section was given before and says whether it may be used now.
func (b *Builder) once(l *config.Line, key, text string) bool {
	if b.seen[key] {
		l.Alertf(l.Name(), "%s", text)
		return false
	}
	b.seen[key] = true
	return true
}

// permitted returns the first byte of a name that names may not contain, 0 when all are fine (configuration.txt 4).
func permitted(name string) byte {
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(".:-_", c) >= 0 {
			continue
		}
		return c
	}
	return 0
}

// join puts the values of words back together with spaces.
func join(words []config.Word) string { return strings.Join(config.Values(words), " ") }

// place is the position of a line's keyword.
func place(l *config.Line) proxy.Pos { return l.At(l.Name()) }

// setFlag makes the function of a global keyword that switches something on, or off behind "no".
func setFlag(field func(*proxy.Global) *bool) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) { *field(b.global) = l.Form != config.Negated }
}

// setText makes the function of a global keyword whose argument is kept as written.
func setText(field func(*proxy.Global) *string) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) { *field(b.global) = l.Arg(0).Value }
}

// setCount makes the function of a global keyword that takes a number from low on.
func setCount(low int, field func(*proxy.Global) *int) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if n, ok := atLeast(l, l.Arg(0), low); ok {
			*field(b.global) = n
		}
	}
}

// moot makes the function of a keyword that tunes a mechanism which this program does not have. It is checked by its
// row as any other, and a notice says what it does here: nothing.
func moot(why string) func(*Builder, *config.Line) {
	return func(_ *Builder, l *config.Line) {
		l.Noticef(l.Name(), "'%s' has no effect: %s.", l.Keyword(), why)
	}
}

// mootSize, mootCount and mootSwitch are moot for keywords with a size above 0, a number, and "on" or "off".
func mootSize(why string) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if n, err := config.ParseSize(l.Arg(0).Value); err != nil || n == 0 {
			l.Errorf(l.Arg(0), "'%s' expects a strictly positive value.", l.Keyword())
			return
		}
		moot(why)(b, l)
	}
}

func mootCount(why string) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if _, ok := atLeast(l, l.Arg(0), 0); ok {
			moot(why)(b, l)
		}
	}
}

func mootSwitch(why string) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if _, ok := onOff(l, l.Arg(0)); ok {
			moot(why)(b, l)
		}
	}
}

// duration reads a time, in milliseconds unless it has a unit, into nanoseconds.
func duration(l *config.Line, w config.Word, what string) (int64, bool) {
	d, ok := l.Time(w, what)
	return int64(d), ok
}

// size reads a size in bytes.
func size(l *config.Line, w config.Word) (int, bool) {
	n, ok := l.Size(w, l.Keyword())
	return int(n), ok
}

// setTime makes the function of a global keyword that takes a time.
func setTime(what string, field func(*proxy.Global) *int64) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if d, ok := duration(l, l.Arg(0), what); ok {
			*field(b.global) = d
		}
	}
}
