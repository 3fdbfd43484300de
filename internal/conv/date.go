package conv

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// dateRows are the converters from and to dates.
func dateRows() []sample.Conv {
	return []sample.Conv{
		{Name: "date", Doc: "Seconds since 1970 of a date in one of the forms of HTTP.", In: value.Str, Out: value.Sint, Eval: readDate},
		{Name: "http_date", Doc: "Date as in header fields, of a number of seconds or other units.", Args: "[integer,string]", In: value.Sint, Out: value.Str, Eval: httpDate, Check: checkUnit},
		{Name: "ltime", Doc: "Local time in the form of strftime, of seconds.", Args: "string[,integer]", In: value.Sint, Out: value.Str, Eval: formatTime(1, true)},
		{Name: "ms_ltime", Doc: "Local time in the form of strftime, of milliseconds.", Args: "string[,integer]", In: value.Sint, Out: value.Str, Eval: formatTime(1e3, true)},
		{Name: "ms_utime", Doc: "UTC in the form of strftime, of milliseconds.", Args: "string[,integer]", In: value.Sint, Out: value.Str, Eval: formatTime(1e3, false)},
		{Name: "us_ltime", Doc: "Local time in the form of strftime, of microseconds.", Args: "string[,integer]", In: value.Sint, Out: value.Str, Eval: formatTime(1e6, true)},
		{Name: "us_utime", Doc: "UTC in the form of strftime, of microseconds.", Args: "string[,integer]", In: value.Sint, Out: value.Str, Eval: formatTime(1e6, false)},
		{Name: "utime", Doc: "UTC in the form of strftime, of seconds.", Args: "string[,integer]", In: value.Sint, Out: value.Str, Eval: formatTime(1, false)},
	}
}

// dateMask are the bits of a number of seconds that count, so that its year is a positive number of 32 bits.
const dateMask = 1<<55 - 1

// checkUnit reads the unit of http_date: how many make a second.
func checkUnit(a sample.Args, _ *sample.Env) error {
	if len(a) < 2 {
		return nil
	}
	switch string(a[1].Str) {
	case "s":
		a[1].Int = 1
	case "ms":
		a[1].Int = 1e3
	case "us":
		a[1].Int = 1e6
	default:
		return fmt.Errorf("expects 's', 'ms' or 'us', got '%s'", a[1].Str)
	}
	return nil
}

// split parts a number of units into seconds and units of the next second.
func split(n, unit int64) (sec, rest int64) {
	sec, rest = n/unit, n%unit
	if rest < 0 {
		sec, rest = sec-1, rest+unit
	}
	return sec, rest
}

// httpDate prints a date as RFC 9110 5.6.7 does. Milliseconds and microseconds follow as a bare number, as in HAProxy.
func httpDate(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	unit := int64(1)
	if len(a) > 1 {
		unit = a[1].Int
	}
	sec, rest := split(v.Int+a.Int(0), unit)
	d := dateOf(sec&dateMask, 0)
	out := append(append(s.Arena.Tail(64), dayNames[d.weekday][:3]...), ", "...)
	out = append(appendPadded(out, d.day, 2, '0'), ' ')
	out = append(append(out, monthNames[d.month-1][:3]...), ' ')
	out = append(appendPadded(out, d.year, 4, '0'), ' ')
	out = d.appendClock(out)
	switch unit {
	case 1e3, 1e6:
		out = strconv.AppendInt(append(out, '.'), rest, 10)
	}
	setOwn(v, value.Str, s.Arena.Keep(append(out, " GMT"...)))
	return true
}

// formatTime makes a converter of numbers of which unit make a second. Those of fractions know %N besides. The offset is
// in seconds in all of them, as in HAProxy.
func formatTime(unit int64, local bool) sample.Func {
	return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
		sec, rest := split(v.Int, unit)
		sec = (sec + a.Int(1)) & dateMask
		offset, zone := int64(0), "GMT"
		if local {
			name, east := time.Unix(sec, 0).Zone()
			offset, zone = int64(east), name
		}
		p := timePrinter{d: dateOf(sec, offset), zone: zone, offset: offset, limit: room(s), nano: -1}
		if unit > 1 {
			p.nano = rest * (1e9 / unit)
		}
		out, ok := p.print(s.Arena.Tail(len(a[0].Str)*4+64), a[0].Str)
		if !ok {
			out = nil
		}
		setOwn(v, value.Str, s.Arena.Keep(out))
		return true
	}
}

// readDate reads a date in the forms of RFC 9110 5.6.7: that of today, that of RFC 850 and that of asctime(3). As in
// HAProxy the day of the week need not be right, numbers may pass their range, and what follows does not count.
func readDate(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	r := dateReader{b: v.Bytes}
	var day, month, year, sec int64
	switch short, long := r.weekday(); {
	case r.bad:
		return false
	case short && r.skip(", "):
		day = r.digits(2)
		r.want(" ")
		month = r.month()
		r.want(" ")
		year = r.digits(4)
		r.want(" ")
		sec = r.clock()
		r.want(" GMT")
	case long && r.skip(", "):
		day = r.digits(2)
		r.want("-")
		month = r.month()
		r.want("-")
		if year = r.digits(2) + 1900; year <= 1960 {
			year += 100
		}
		r.want(" ")
		sec = r.clock()
		r.want(" GMT")
	case short && r.skip(" "):
		month = r.month()
		r.want(" ")
		if r.skip(" ") {
			day = r.digits(1)
		} else {
			day = r.digits(2)
		}
		r.want(" ")
		sec = r.clock()
		r.want(" ")
		year = r.digits(4)
	default:
		return false
	}
	if !r.bad {
		v.SetInt(days(year, month, 1)*86400 + (day-1)*86400 + sec)
	}
	return !r.bad
}

// dateReader reads the parts of a date from the beginning of b.
type dateReader struct {
	b   []byte
	bad bool
}

func (r *dateReader) skip(text string) bool {
	if len(r.b) < len(text) || string(r.b[:len(text)]) != text {
		return false
	}
	r.b = r.b[len(text):]
	return true
}

func (r *dateReader) want(text string) { r.bad = !r.skip(text) || r.bad }

// weekday reads the name of a day, and says in which forms it may stand.
func (r *dateReader) weekday() (short, long bool) {
	for _, name := range dayNames {
		switch {
		case r.skip(name):
			return false, true
		case r.skip(name[:3]):
			return true, false
		}
	}
	r.bad = true
	return false, false
}

func (r *dateReader) month() int64 {
	for i, name := range monthNames {
		if r.skip(name[:3]) {
			return int64(i) + 1
		}
	}
	r.bad = true
	return 1
}

// digits reads a number of n digits.
func (r *dateReader) digits(n int) int64 {
	number, used := value.LeadingInt(r.b[:min(n, len(r.b))])
	if used != n || bytes.IndexByte(r.b[:n], '-') >= 0 || r.b[0] == '+' {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return number
}

// clock reads hh:mm:ss.
func (r *dateReader) clock() int64 {
	h := r.digits(2)
	r.want(":")
	m := r.digits(2)
	r.want(":")
	return h*3600 + m*60 + r.digits(2)
}

var (
	dayNames   = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
		"November", "December"}
)

// date is a point of time in parts.
type date struct {
	unix                                    int64
	year, month, day                        int64 // month and day from 1
	hour, minute, second, weekday, yearDate int64 // weekday from Sunday, yearDate from 0
}

// dateOf returns the parts of second sec of the clock shifted by offset seconds.
func dateOf(sec, offset int64) date {
	n, rest := split(sec+offset, 86400)
	d := date{unix: sec, hour: rest / 3600, minute: rest / 60 % 60, second: rest % 60, weekday: ((n+4)%7 + 7) % 7}
	d.year, d.month, d.day = civil(n)
	d.yearDate = n - days(d.year, 1, 1)
	return d
}

// days returns the number of days from 1970-01-01 to a date of the Gregorian calendar.
func days(y, m, d int64) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era, yoe := split(y, 400)
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + (153*(m-3)+2)/5 + d - 1 - 719468
}

// civil is the inverse of days.
func civil(n int64) (y, m, d int64) {
	era, doe := split(n+719468, 146097)
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	y, m, d = yoe+era*400, mp+3, doy-(153*mp+2)/5+1
	if m > 12 {
		y, m = y+1, m-12
	}
	return y, m, d
}

// appendClock appends hh:mm:ss.
func (d *date) appendClock(dst []byte) []byte {
	dst = append(appendPadded(dst, d.hour, 2, '0'), ':')
	dst = append(appendPadded(dst, d.minute, 2, '0'), ':')
	return appendPadded(dst, d.second, 2, '0')
}

// appendPadded appends a number of at least width characters.
func appendPadded(dst []byte, n int64, width int, pad byte) []byte {
	if n < 0 {
		dst = append(dst, '-')
		n, width = -n, width-1
	}
	var digits [20]byte
	text := strconv.AppendInt(digits[:0], n, 10)
	for i := len(text); i < width; i++ {
		dst = append(dst, pad)
	}
	return append(dst, text...)
}
