package directive

import (
	"slices"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// logProfileKeywords are those of a log-profile section (configuration.txt 8.3.5).
var logProfileKeywords = []Keyword{
	{Name: "log-tag", Doc: "The name of the program in the lines.", In: config.InLogProfile, Min: 1, Max: -1, Expects: "a tag for use in syslog",
		Parse: func(b *Builder, l *config.Line) { b.profile.Tag = l.Arg(0).Value }},
	{Name: "on", Doc: "What lines look like that are made at a step.", In: config.InLogProfile, Max: -1, Parse: parseProfileOn},
}

// stepNames are the words for the moments of a log line, at their numbers; "" has none.
var stepNames = [proxy.NLogOrigins]string{"", "error", "", "accept", "request", "connect", "response", "close",
	"quic-init", "tcp-req-conn", "tcp-req-sess", "tcp-req-cont", "tcp-res-cont", "http-req", "http-res", "http-after-res"}

func openLogProfile(b *Builder, l *config.Line) {
	p := &proxy.LogProfile{Name: l.Arg(0).Value, Pos: place(l)}
	b.profile = p
	switch c := permitted(p.Name); {
	case len(l.Args) == 0:
		l.Abortf(l.End(), "missing name for log-profile section.")
		return
	case c != 0:
		l.Abortf(l.Arg(0), "character '%c' is not permitted in 'log-profile' name '%s'.", c, p.Name)
		return
	case len(l.Args) > 1:
		l.Errorf(l.Arg(1), "'log-profile' cannot handle unexpected argument '%s'.", l.Arg(1).Value)
		return
	}
	if old := b.snap.Profile(p.Name); old != nil {
		l.Report().Errorf(place(l), "config : Parsing [%v]: log-profile section '%s' has the same name as another log-profile section declared at %v.", p.Pos, p.Name, old.Pos)
		return
	}
	b.snap.Profiles = append(b.snap.Profiles, p)
}

func closeLogProfile(b *Builder, _ *config.Line) { b.profile = nil }

func parseProfileOn(b *Builder, l *config.Line) {
	step := l.Arg(0).Value
	at := slices.Index(stepNames[:], step)
	if step == "" || at < 0 && step != "any" {
		l.Tightf(l.Arg(0), "'on' expects a log step.\n"+
			"expected values are: 'accept', 'request', 'connect', 'response', 'close', 'error' or 'any'.\n"+
			"Or one of the additional log steps: 'quic-init', 'http-req', 'http-res', 'http-after-res', 'tcp-req-conn', 'tcp-req-sess', 'tcp-req-cont', 'tcp-res-cont'.")
		return
	}
	o := &proxy.LogOverride{}
	if step == "any" {
		b.profile.Any = o
	} else {
		b.profile.On[at] = o
	}
	for i := 1; i < max(len(l.Args), 2); i++ {
		word := l.Arg(i)
		switch word.Value {
		case "drop":
			o.Drop = true
			continue
		case "format", "sd":
			i++
		default:
			l.Errorf(word, "'on %s' expects 'drop', 'format' or 'sd'.", step)
			return
		}
		if l.Arg(i).Value == "" {
			l.Errorf(l.Arg(i), "'on %s %s' expects a logformat string.", step, word.Value)
			return
		}
		f, err := sample.ParseFormat(l.Arg(i).Value, sample.ForLog, b.sampleEnv(nil, l.Report(), l.At(l.Arg(i)), sample.Logs, "log-profile"))
		if err != nil {
			l.Report().Errorf(l.At(l.Arg(i)), "config : Parsing [%v]: failed to parse logformat: %v.", place(l), err)
			return
		}
		if word.Value == "sd" {
			o.SD = f
		} else {
			o.Format = f
		}
	}
}

// parseLogSteps reads the moments at which a frontend's streams are logged.
func parseLogSteps(b *Builder, l *config.Line) {
	if b.at.Caps&(proxy.CapFrontend|proxy.CapDefaults) == 0 {
		l.Warnf(l.Name(), "log-steps will be ignored because %s '%s' has no frontend capability", noun(b.at.Caps), b.at.Name)
		return
	}
	b.at.LogSteps = 0
	w := l.Arg(0)
	if w.Value == "" {
		return
	}
	if w.Value == "all" {
		b.at.LogSteps = 1<<proxy.NLogOrigins - 1
		return
	}
	for name := range strings.SplitSeq(w.Value, ",") {
		at := slices.Index(stepNames[:], name)
		if name == "" || at < int(proxy.OriginTxnAccept) {
			l.Errorf(w, "invalid log step name (%s). Expected values are: accept, request, connect, response, close, quic-init, http-req, http-res, http-after-res, tcp-req-conn, tcp-req-sess, tcp-req-cont, tcp-res-cont", name)
			return
		}
		b.at.LogSteps |= 1 << at
	}
}
