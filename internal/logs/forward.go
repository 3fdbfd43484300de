package logs

import (
	"net/netip"
	"strconv"
	"time"

	"sluice/internal/proxy"
	"sluice/internal/wire/syslog"
)

// forward writes a message that came from elsewhere to one logger (configuration.txt 12.6, log). src is who sent it,
// invalid for a UNIX socket.
func (s *sink) forward(m *syslog.Message, src netip.Addr, host proxy.HostStrategy, now time.Time) {
	level := proxy.LogEmerg
	facility := s.l.Facility
	if m.Priority >= 0 {
		level, facility = proxy.LogLevel(m.Priority&7), m.Priority>>3
	}
	if level > s.l.Level {
		return
	}
	level = max(level, s.l.MinLevel)
	if s.l.Sample.Size > 0 && !s.sampled() {
		return
	}
	t := s.to(m.Text)
	if t == nil {
		return
	}
	t.put(-1, func(b *batch) {
		start := len(b.buf)
		b.head.at(now.UnixNano())
		b.buf = s.relayed(b, m, level, facility, hostOf(m, src, host), now)
		b.buf = append(b.buf, m.Text...)
		if most := s.l.Len - 1; s.l.Len > 0 && len(b.buf)-start > most {
			b.buf = b.buf[:start+most]
		}
		b.buf = append(b.buf, '\n')
	})
}

// hostOf returns the name of the sender, "" when nobody knows it (configuration.txt 12.6, option host).
func hostOf(m *syslog.Message, src netip.Addr, host proxy.HostStrategy) string {
	switch {
	case !src.IsValid() || host == proxy.HostKeep, host == proxy.HostFill && len(m.Host) > 0:
		return string(m.Host)
	case host == proxy.HostAppend && len(m.Host) > 0:
		return string(m.Host) + "," + src.String()
	}
	return src.String()
}

// relayed appends the header of a message in the logger's format, by default the one that it came in.
func (s *sink) relayed(b *batch, m *syslog.Message, level proxy.LogLevel, facility int, host string, now time.Time) []byte {
	out := b.buf
	format := s.l.Format
	if format == proxy.LogUnset {
		format = proxy.LogRFC3164
		if m.Form == syslog.RFC5424 {
			format = proxy.LogRFC5424
		}
	}
	switch format {
	case proxy.LogRaw:
		return out
	case proxy.LogISO:
		return append(b.head.iso5424(out, m, now), ' ')
	case proxy.LogTimed:
		return append(b.head.iso5424(append(out, '<', byte('0'+level), '>'), m, now), ' ')
	case proxy.LogShort:
		return append(out, '<', byte('0'+level), '>')
	}
	out = append(out, '<')
	out = strconv.AppendInt(out, int64(facility)<<3|int64(level), 10)
	out = append(out, '>')
	switch format {
	case proxy.LogPriority:
		return out
	case proxy.LogRFC5424:
		out = append(out, "1 "...)
		if m.Form == syslog.RFC5424 && len(m.Time) == 0 {
			out = append(out, '-')
		} else {
			out = b.head.iso5424(out, m, now)
		}
		for _, part := range [...]string{host, string(m.Tag), string(m.PID), string(m.ID), string(m.SD)} {
			out = append(append(out, ' '), orDash(part)...)
		}
		return append(out, ' ')
	}
	out = append(b.head.date3164(out, m), ' ')
	if format == proxy.LogRFC3164 {
		if host == "" {
			host = "localhost"
		}
		out = append(append(out, host...), ' ')
	}
	if len(m.Tag) == 0 {
		return out
	}
	out = append(out, m.Tag...)
	if len(m.PID) > 0 {
		out = append(append(append(out, '['), m.PID...), ']')
	}
	return append(out, ": "...)
}

// iso5424 appends the date of a message as RFC 5424 writes it, that of now when it has none. A date of RFC 3164 has no
// year and no zone.
func (h *headers) iso5424(b []byte, m *syslog.Message, now time.Time) []byte {
	switch {
	case len(m.Time) == 0:
		return h.stamp(b, now.UnixNano())
	case m.Form == syslog.RFC5424:
		return append(b, m.Time...)
	}
	month, day := syslog.Month(m.Time), m.Time[4]
	if day == ' ' {
		day = '0'
	}
	b = strconv.AppendInt(b, int64(now.Year()), 10)
	b = append(b, '-', byte('0'+month/10), byte('0'+month%10), '-', day, m.Time[5], 'T')
	b = append(b, m.Time[7:15]...)
	return append(b, "-00:00"...)
}

// date3164 appends the date of a message as RFC 3164 writes it.
func (h *headers) date3164(b []byte, m *syslog.Message) []byte {
	switch m.Form {
	case syslog.RFC3164:
		return append(b, m.Time...)
	case syslog.RFC5424:
		if t := m.Time; len(t) > 0 {
			month := int(t[5]-'0')*10 + int(t[6]-'0')
			if month < 1 || month > 12 {
				break
			}
			day := t[8]
			if day == '0' {
				day = ' '
			}
			b = append(append(b, syslog.MonthName(month)...), ' ', day, t[9], ' ')
			return append(b, t[11:19]...)
		}
	}
	return append(b, h.ascii...)
}
