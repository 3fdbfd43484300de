package cookie

import "bytes"

// Dates say when a persistence cookie was last sent to its client, and when for the first time, in seconds since 1970;
// 0 is unknown (configuration.txt 4.2, cookie, maxidle, maxlife).
type Dates struct{ Last, First int64 }

// DateSeparator stands between the name of a server, the last and the first date.
const DateSeparator = '|'

// PrefixSeparator stands between the name of a server and what an application keeps in its cookie (cookie ... prefix).
const PrefixSeparator = '~'

// digits are those of a date: five of six bits each, which count units of four seconds.
const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

const dateLen = 5

// Unit is the precision of dates in seconds.
const Unit = 4

// RoundUp returns the date that is written for a time: HAProxy's are never in the past.
func RoundUp(seconds int64) int64 { return (seconds + Unit - 1) / Unit * Unit }

// Split divides a value into the name of a server and the dates behind it. What is no date is none.
func Split(v []byte) (name []byte, d Dates) {
	i := bytes.IndexByte(v, DateSeparator)
	if i < 0 {
		return v, d
	}
	name, v = v[:i], v[i+1:]
	last := v
	if i = bytes.IndexByte(v, DateSeparator); i >= 0 {
		last = v[:i]
		d.First = parseDate(v[i+1:])
	}
	d.Last = parseDate(last)
	return name, d
}

// parseDate reads a date of exactly five digits; behind it another separator may follow.
func parseDate(b []byte) int64 {
	if len(b) < dateLen || len(b) > dateLen && b[dateLen] != DateSeparator {
		return 0
	}
	n := int64(0)
	for _, c := range b[:dateLen] {
		v := value(c)
		if v < 0 {
			return 0
		}
		n = n<<6 | int64(v)
	}
	return n * Unit
}

func value(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}

// AppendDate appends a separator and a date.
func AppendDate(dst []byte, seconds int64) []byte {
	n := uint64(seconds) / Unit
	dst = append(dst, DateSeparator)
	for shift := 6 * (dateLen - 1); shift >= 0; shift -= 6 {
		dst = append(dst, digits[n>>shift&63])
	}
	return dst
}
