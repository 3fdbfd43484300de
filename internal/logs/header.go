package logs

import (
	"strconv"
	"time"

	"sluice/internal/proxy"
)

// headers caches the dates that log headers begin with: they change once per second, lines come by the thousand.
type headers struct {
	sec   int64
	ascii []byte // Nov 20 20:19:03
	iso   []byte // 2026-11-20T20:19:03
	zone  []byte // +00:00
}

// at moves the cache to the second of wallNs.
func (h *headers) at(wallNs int64) {
	sec := wallNs / 1e9
	if sec == h.sec && h.ascii != nil {
		return
	}
	h.sec = sec
	t := time.Unix(sec, 0)
	h.ascii = t.AppendFormat(h.ascii[:0], time.Stamp)
	h.iso = t.AppendFormat(h.iso[:0], "2006-01-02T15:04:05")
	h.zone = t.AppendFormat(h.zone[:0], "-07:00")
}

// append appends the header of a line in the logger's format (configuration.txt 4.2, log, format).
func (h *headers) append(b []byte, s *sink, level proxy.LogLevel, wallNs int64, tag string, sd []byte) []byte {
	h.at(wallNs)
	format := s.l.Format
	if format == proxy.LogUnset {
		format = s.defaultFormat()
	}
	switch format {
	case proxy.LogRaw:
		return b
	case proxy.LogISO:
		return append(h.stamp(b, wallNs), ' ')
	case proxy.LogTimed:
		return append(h.stamp(append(b, '<', byte('0'+level), '>'), wallNs), ' ')
	case proxy.LogShort:
		return append(b, '<', byte('0'+level), '>')
	}
	b = append(b, '<')
	b = strconv.AppendInt(b, int64(s.l.Facility)<<3|int64(level), 10)
	b = append(b, '>')
	pid := s.proc.PID
	switch format {
	case proxy.LogPriority:
		return b
	case proxy.LogRFC5424:
		b = append(h.stamp(append(b, "1 "...), wallNs), ' ')
		b = append(b, orDash(s.host)...)
		b = append(append(append(b, ' '), orDash(tag)...), ' ')
		b = strconv.AppendInt(b, int64(pid), 10)
		b = append(b, " - "...)
		if len(sd) == 0 {
			return append(b, "- "...)
		}
		return append(append(b, sd...), ' ')
	}
	b = append(append(b, h.ascii...), ' ')
	if format == proxy.LogRFC3164 {
		b = append(b, s.sender()...)
		b = append(b, ' ')
	}
	b = append(append(b, tag...), '[')
	b = strconv.AppendInt(b, int64(pid), 10)
	return append(b, "]: "...)
}

// stamp appends the ISO date with microseconds and zone.
func (h *headers) stamp(b []byte, wallNs int64) []byte {
	b = append(append(b, h.iso...), '.')
	us := wallNs % 1e9 / 1000
	for div := int64(100000); div > 0; div /= 10 {
		b = append(b, byte('0'+us/div%10))
	}
	return append(b, h.zone...)
}

// defaultFormat is the format of a logger that names none: raw for descriptors and rings, else local, or rfc3164 when
// log-send-hostname is set.
func (s *sink) defaultFormat() proxy.LogHeader {
	switch {
	case s.t != nil && s.t.local:
		return proxy.LogRaw
	case s.host != "":
		return proxy.LogRFC3164
	}
	return proxy.LogLocal
}

// sender is the host name of an rfc3164 header, which must not be empty.
func (s *sink) sender() string {
	if s.host == "" {
		return "localhost"
	}
	return s.host
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
