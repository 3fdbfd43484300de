package directive

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// Bounds and default of the length of a log line in bytes.
const (
	minLogLen     = 80
	maxLogLen     = 65535
	defaultLogLen = 1024
)

// facilities are those of syslog, at their numbers.
var facilities = [...]string{
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "auth2", "ftp", "ntp", "audit",
	"alert", "cron2", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
}

// logLevels are those of syslog, at their numbers.
var logLevels = [...]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}

// logHeaders are the formats of log lines, at the numbers of proxy.LogHeader.
var logHeaders = [...]string{"", "local", "rfc3164", "rfc5424", "priority", "short", "timed", "iso", "raw"}

// defaultSyslogPort is where syslog servers listen.
const defaultSyslogPort = 514

// logLine reads the words of a log line after the keyword (configuration.txt 4.2): target, options, facility, levels.
// forms names what the section accepts besides an address.
func (b *Builder) logLine(l *config.Line, forms string) *proxy.Logger {
	if len(l.Args) < 2 {
		l.Errorf(l.End(), "log : expects <address> and <facility> %s as arguments", forms)
		return nil
	}
	g := &proxy.Logger{Pos: place(l), Len: defaultLogLen, Level: proxy.LogDebug, MinLevel: proxy.LogEmerg}
	words, ok := b.logOptions(l, g, l.Args[1:])
	if !ok || !b.logTarget(l, g, l.Args[0]) || !logFacility(l, g, words) {
		return nil
	}
	return g
}

// logOptions takes the options between target and facility and returns what follows them.
func (b *Builder) logOptions(l *config.Line, g *proxy.Logger, words []config.Word) ([]config.Word, bool) {
	for len(words) > 0 {
		w := l.End()
		if len(words) > 1 {
			w = words[1]
		}
		switch words[0].Value {
		case "len":
			n, err := strconv.Atoi(w.Value)
			if err != nil || n < minLogLen || n > maxLogLen {
				l.Errorf(w, "log : invalid log length '%s', must be between %d and %d", w.Value, minLogLen, maxLogLen)
				return nil, false
			}
			g.Len = n
		case "format":
			n := slices.Index(logHeaders[1:], w.Value)
			if n < 0 {
				l.Errorf(w, "log : unknown log format '%s'", w.Value)
				return nil, false
			}
			g.Format = proxy.LogHeader(n + 1)
		case "sample":
			if text := logSample(&g.Sample, w.Value); text != "" {
				l.Errorf(w, "log : %s", text)
				return nil, false
			}
		case "profile":
			b.logProfile(g, w.Value)
		default:
			return words, true
		}
		words = words[min(2, len(words)):]
	}
	return words, true
}

// logProfile has a logger use a log-profile section, which may be declared further down.
func (b *Builder) logProfile(g *proxy.Logger, name string) {
	b.pending.Add(sample.Reference{Pos: g.Pos, Resolve: func(s *proxy.Snapshot) error {
		if g.Profile = s.Profile(name); g.Profile == nil {
			return fmt.Errorf("log : there is no log-profile section '%s'", name)
		}
		return nil
	}})
}

// logSample reads "ranges:size". The text says what is wrong.
func logSample(s *proxy.LogSample, text string) string {
	ranges, sizeText, found := strings.Cut(text, ":")
	if !found {
		return "Missing sample size"
	}
	if ranges == "" {
		return "no sampling ranges given"
	}
	n, err := strconv.Atoi(sizeText)
	if err != nil || n < 1 {
		return "wrong sample size '" + sizeText + "' for sample range '" + ranges + "'"
	}
	highest := 0
	for part := range strings.SplitSeq(ranges, ",") {
		low, high, ok := config.ParseRange(part)
		if !ok || low < 1 {
			return "wrong sample range '" + part + "'"
		}
		for _, r := range s.Ranges {
			if low <= r[1] && high >= r[0] {
				return "ranges are overlapping"
			}
		}
		s.Ranges = append(s.Ranges, [2]int{low, high})
		highest = max(highest, high)
	}
	if n < highest {
		return "sample size " + strconv.Itoa(n) + " should be greater or equal to " + strconv.Itoa(highest) + " the maximum of the high ranges limits"
	}
	s.Size = n
	return ""
}

// logTarget reads the address of a log line.
func (b *Builder) logTarget(l *config.Line, g *proxy.Logger, w config.Word) bool {
	text := w.Value
	if name, ok := strings.CutPrefix(text, "ring@"); ok {
		g.Target = proxy.Addr{Family: proxy.FamRing, Path: name, Text: text}
		return true
	}
	if name, ok := strings.CutPrefix(text, "backend@"); ok {
		g.Target = proxy.Addr{Family: proxy.FamBackend, Path: name, Text: text}
		b.logBackend(g, name)
		return true
	}
	switch text {
	case "stdout":
		text = "fd@1"
	case "stderr":
		text = "fd@2"
	}
	a, err := b.address(config.LogAddress, nil).Parse(text)
	if err != nil {
		l.Errorf(w, "log : %v", err)
		return false
	}
	if a.IP.IsValid() && a.Port == 0 {
		a.Port, a.PortHi = defaultSyslogPort, defaultSyslogPort
	}
	a.Text = w.Value
	g.Target = a
	return true
}

// logFacility reads facility and levels at the end of a log line.
func logFacility(l *config.Line, g *proxy.Logger, words []config.Word) bool {
	word := func(i int) config.Word {
		if i < len(words) {
			return words[i]
		}
		return l.End()
	}
	if g.Facility = slices.Index(facilities[:], word(0).Value); g.Facility < 0 {
		l.Errorf(word(0), "log : unknown log facility '%s'%s", word(0).Value, config.Suggest(word(0).Value, facilities[:]))
		return false
	}
	if len(words) > 1 {
		n := slices.Index(logLevels[:], words[1].Value)
		if n < 0 {
			l.Errorf(words[1], "log : unknown optional log level '%s'%s", words[1].Value, config.Suggest(words[1].Value, logLevels[:]))
			return false
		}
		g.Level = proxy.LogLevel(n)
	}
	if len(words) > 2 {
		n := slices.Index(logLevels[:], words[2].Value)
		if n < 0 {
			l.Errorf(words[2], "log : unknown optional minimum log level '%s'%s", words[2].Value, config.Suggest(words[2].Value, logLevels[:]))
			return false
		}
		g.MinLevel = proxy.LogLevel(n)
	}
	if len(words) > 3 {
		l.Errorf(words[3], "log : cannot handle unexpected argument '%s'", words[3].Value)
		return false
	}
	return true
}
