package conv

import (
	"slices"
	"strings"
)

// timePrinter prints a date in a form of strftime(3), as the GNU C library does in the locale "C": with the flags _, -,
// 0, ^ and #, a width, and the modifiers E and O, which change nothing there.
type timePrinter struct {
	d      date
	zone   string
	offset int64 // of local time, in seconds
	nano   int64 // of the second, for %N; negative where that is not known
	limit  int   // what does not fit into less than that is not printed at all
}

// conversion is one conversion of the form.
type conversion struct {
	pad                byte // '_', '-', '0', or 0 for what the conversion likes
	upper, lower, swap bool
	width              int
	modifier           byte
}

// shorthand returns the conversions that a letter stands for.
func shorthand(letter byte) string {
	switch letter {
	case 'c':
		return "%a %b %e %H:%M:%S %Y"
	case 'D', 'x':
		return "%m/%d/%y"
	case 'F':
		return "%Y-%m-%d"
	case 'r':
		return "%I:%M:%S %p"
	case 'R':
		return "%H:%M"
	case 'T', 'X':
		return "%H:%M:%S"
	}
	return ""
}

// The conversions that a modifier must not stand before.
const (
	notBehindE = "aAbhBDdeFHIklMmSUVgGWwj"
	notBehindO = "aAcDFYxX"
)

// print appends the date to dst and reports whether it fits.
func (p *timePrinter) print(dst, form []byte) (out []byte, ok bool) {
	for i := 0; i < len(form); i++ {
		if form[i] != '%' {
			dst = append(dst, form[i])
			continue
		}
		begin := i
		var c conversion
		i = c.read(form, i+1)
		letter := byte(0)
		if i < len(form) {
			letter = form[i]
		}
		if c.width >= p.limit {
			return dst, false
		}
		at := len(dst)
		switch {
		case letter == 'N' && p.nano >= 0 && digitsOnly(form[begin+1:i]):
			dst = p.fraction(dst, form[begin+1:i], c.width)
		case c.modifier == 'E' && strings.IndexByte(notBehindE, letter) >= 0,
			c.modifier == 'O' && strings.IndexByte(notBehindO, letter) >= 0:
			dst = c.fill(append(dst, form[begin:i+1]...), at)
		default:
			var known bool
			if dst, known = p.convert(dst, letter, c); !known {
				dst = c.fill(append(dst, form[begin:min(i+1, len(form))]...), at)
			}
		}
		if len(dst) >= p.limit {
			return dst, false
		}
	}
	return dst, len(dst) < p.limit
}

// read reads flags, width and modifier, and returns where the letter is.
func (c *conversion) read(form []byte, i int) int {
	for ; i < len(form); i++ {
		switch form[i] {
		case '_', '-', '0':
			c.pad = form[i]
			continue
		case '^':
			c.upper = true
			continue
		case '#':
			c.swap = true
			continue
		}
		break
	}
	for ; i < len(form) && form[i] >= '0' && form[i] <= '9'; i++ {
		c.width = min(c.width*10+int(form[i]-'0'), 1<<30)
	}
	if i < len(form) && (form[i] == 'E' || form[i] == 'O') {
		c.modifier = form[i]
		i++
	}
	return i
}

// digitsOnly reports whether a text holds only digits.
func digitsOnly(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// fraction appends the first digits of the nanoseconds: as many as flags, the text between % and N, say.
func (p *timePrinter) fraction(dst, flags []byte, width int) []byte {
	n := 9
	if len(flags) > 0 {
		n = min(width, 9)
	}
	at := len(dst)
	return appendPadded(dst, p.nano, 9, '0')[:at+n]
}

// fill brings what was appended behind at into the width and the case asked for.
func (c *conversion) fill(dst []byte, at int) []byte {
	for i := at; i < len(dst); i++ {
		switch b := dst[i]; {
		case c.lower && b >= 'A' && b <= 'Z':
			dst[i] = b + 'a' - 'A'
		case c.upper && !c.lower && b >= 'a' && b <= 'z':
			dst[i] = b + 'A' - 'a'
		}
	}
	n := len(dst) - at
	if c.width <= n {
		return dst
	}
	pad := byte(' ')
	if c.pad == '0' {
		pad = '0'
	}
	dst = slices.Grow(dst, c.width-n)[:at+c.width]
	copy(dst[at+c.width-n:], dst[at:at+n])
	for i := range dst[at : at+c.width-n] {
		dst[at+i] = pad
	}
	return dst
}

// convert appends one conversion and reports whether there is one of that letter.
func (p *timePrinter) convert(dst []byte, letter byte, c conversion) (out []byte, known bool) {
	at := len(dst)
	if form := shorthand(letter); form != "" {
		dst, _ = p.print(dst, []byte(form))
		return c.fill(dst, at), true
	}
	if n, digits, spaces := p.number(letter); digits > 0 {
		return c.number(dst, n, digits, spaces), true
	}
	word := ""
	switch letter {
	case 'a':
		word, c.upper = dayNames[p.d.weekday][:3], c.upper || c.swap
	case 'A':
		word, c.upper = dayNames[p.d.weekday], c.upper || c.swap
	case 'b', 'h':
		word, c.upper = monthNames[p.d.month-1][:3], c.upper || c.swap
	case 'B':
		word, c.upper = monthNames[p.d.month-1], c.upper || c.swap
	case 'p', 'P':
		word, c.lower = "AM", c.swap || letter == 'P'
		if p.d.hour >= 12 {
			word = "PM"
		}
	case 'Z':
		word, c.lower = p.zone, c.swap
	case 'z':
		return p.appendZone(dst, c), true
	case 's':
		return c.fill(appendPadded(dst, p.d.unix, 1, '0'), at), true
	case 'n':
		word = "\n"
	case 't':
		word = "\t"
	case '%':
		word = "%"
	default:
		return dst, false
	}
	return c.fill(append(dst, word...), at), true
}

// number returns the value of a conversion to a number, with its least number of digits, 0 for other conversions, and
// whether it is filled with spaces.
func (p *timePrinter) number(letter byte) (n int64, digits int, spaces bool) {
	d := &p.d
	hour12 := (d.hour + 11) % 12
	switch letter {
	case 'C':
		return d.year / 100, 1, false
	case 'd':
		return d.day, 2, false
	case 'e':
		return d.day, 2, true
	case 'g':
		year, _ := d.week()
		return year % 100, 2, false
	case 'G':
		year, _ := d.week()
		return year, 1, false
	case 'H':
		return d.hour, 2, false
	case 'I':
		return hour12 + 1, 2, false
	case 'j':
		return d.yearDate + 1, 3, false
	case 'k':
		return d.hour, 2, true
	case 'l':
		return hour12 + 1, 2, true
	case 'm':
		return d.month, 2, false
	case 'M':
		return d.minute, 2, false
	case 'S':
		return d.second, 2, false
	case 'u':
		return (d.weekday+6)%7 + 1, 1, false
	case 'U':
		return (d.yearDate - d.weekday + 7) / 7, 2, false
	case 'V':
		_, week := d.week()
		return week, 2, false
	case 'w':
		return d.weekday, 1, false
	case 'W':
		return (d.yearDate - (d.weekday+6)%7 + 7) / 7, 2, false
	case 'y':
		return d.year % 100, 2, false
	case 'Y':
		return d.year, 1, false
	}
	return 0, 0, false
}

// week returns the year and the number of the week by ISO 8601: weeks begin on Monday and belong to the year of their
// Thursday.
func (d *date) week() (year, week int64) {
	thursday := dateOf((days(d.year, d.month, d.day)+3-(d.weekday+6)%7)*86400, 0)
	return thursday.year, thursday.yearDate/7 + 1
}

// number appends a number in the width and with the padding asked for.
func (c *conversion) number(dst []byte, n int64, digits int, spaces bool) []byte {
	at := len(dst)
	digits = max(digits, c.width)
	switch {
	case c.pad == '-':
		digits = 1
	case c.pad == '_', spaces && c.pad == 0:
		return c.fill(appendPadded(dst, n, digits, ' '), at)
	}
	return c.fill(appendPadded(dst, n, digits, '0'), at)
}

// appendZone appends the sign and the number of a time zone, each in the width asked for.
func (p *timePrinter) appendZone(dst []byte, c conversion) []byte {
	at, sign, minutes := len(dst), byte('+'), p.offset/60
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	dst = c.fill(append(dst, sign), at)
	return c.number(dst, minutes/60*100+minutes%60, 4, false)
}
