package sample

import "time"

// Dates are printed from the numbers themselves: a time.Format on the path of a request would cost more than the rest
// of the line.

const monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"

// appendDate appends "06/Feb/2009:12:12:51" for the second sec of the clock shifted by offset seconds.
func appendDate(dst []byte, sec, offset int64) []byte {
	t := sec + offset
	days := t / 86400
	rest := t % 86400
	if rest < 0 {
		days, rest = days-1, rest+86400
	}
	y, m, d := civil(days)
	dst = append(dst, byte('0'+d/10), byte('0'+d%10), '/')
	dst = append(dst, monthNames[3*m-3:3*m]...)
	dst = append(dst, '/', byte('0'+y/1000%10), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), ':')
	h, mi, s := rest/3600, rest/60%60, rest%60
	return append(dst, byte('0'+h/10), byte('0'+h%10), ':', byte('0'+mi/10), byte('0'+mi%10), ':', byte('0'+s/10), byte('0'+s%10))
}

// appendMilli appends "." and the milliseconds of ns.
func appendMilli(dst []byte, ns int64) []byte {
	ms := ns / 1e6 % 1000
	return append(dst, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
}

// appendZone appends " +0100" for an offset in seconds.
func appendZone(dst []byte, offset int64) []byte {
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	h, m := offset/3600, offset/60%60
	return append(dst, ' ', sign, byte('0'+h/10), byte('0'+h%10), byte('0'+m/10), byte('0'+m%10))
}

// localOffset returns how many seconds local time is ahead of UTC at second sec.
func localOffset(sec int64) int64 {
	_, offset := time.Unix(sec, 0).Zone()
	return int64(offset)
}

// civil returns the date of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
func civil(days int64) (y, m, d int64) {
	days += 719468 // from 0000-03-01
	era := days / 146097
	if days < 0 {
		era = (days - 146096) / 146097
	}
	doe := days - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = doy - (153*mp+2)/5 + 1
	m = mp + 3
	if m > 12 {
		m -= 12
	}
	y = yoe + era*400
	if m <= 2 {
		y++
	}
	return y, m, d
}
