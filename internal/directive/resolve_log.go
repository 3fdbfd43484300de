package directive

import (
	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// logs joins a proxy's log targets and compiles its formats.
func (r *resolver) logs(d *draft) {
	if d.text.logGlobal {
		d.Loggers = append(d.Loggers[:len(d.Loggers):len(d.Loggers)], r.b.global.Loggers...)
	}
	for _, g := range d.Loggers {
		r.target(g)
	}
	if !d.IsFront() {
		r.uniqueID(d)
		return
	}
	text := d.text.logFormat
	if d.Mode == proxy.ModeTCP && (d.LogKind == proxy.LogHTTP || d.LogKind == proxy.LogHTTPS) {
		option := "httplog"
		if d.LogKind == proxy.LogHTTPS {
			option = "httpslog"
		}
		r.report.Warnf(text.pos, "parsing [%v] : 'option %s' not usable with %s '%s' (needs 'mode http'). Falling back to 'option tcplog'.", text.pos, option, noun(d.Caps), d.Name)
		text.text, d.LogKind = tcpLogFormat, proxy.LogTCP
	}
	moot := (d.LogKind != proxy.LogNone || d.text.logSD.text != "") && len(d.Loggers) == 0 && !r.globalLogs(d)
	if d.LogKind == proxy.LogNone && len(d.Loggers) > 0 {
		d.LogKind = proxy.LogDefault
		text.text, text.pos = defaultLogFormat(d.Mode), d.Pos
	}
	r.format(d, text, "log-format", &d.LogFmt, &d.LogWait)
	r.format(d, d.text.logSD, "log-format-sd", &d.LogSD, nil)
	r.format(d, d.text.logErr, "error-log-format", &d.LogErr, nil)
	// Other formats of ours show nothing of the connection to the server once it is closed.
	d.LogOwn = d.LogKind == proxy.LogCustom || d.LogSD != nil || d.LogErr != nil || len(r.b.snap.Profiles) > 0
	if moot {
		r.report.Warnf(d.Pos, "log format ignored for %s '%s' since it has no log address.", noun(d.Caps), d.Name)
	}
	r.uniqueID(d)
}

// globalLogs says whether the proxy logs to the process's targets, even if there are none.
func (r *resolver) globalLogs(d *draft) bool { return d.text.logGlobal && len(r.b.global.Loggers) > 0 }

// defaultLogFormat is the line that is written when a connection comes and no format was chosen (8.2.1).
func defaultLogFormat(m proxy.Mode) string {
	if m == proxy.ModeHTTP {
		return `Connect from %ci:%cp to %fi:%fp (%f/HTTP)`
	}
	return `Connect from %ci:%cp to %fi:%fp (%f/TCP)`
}

func (r *resolver) uniqueID(d *draft) {
	r.format(d, d.text.uniqueID, "unique-id", &d.UniqueIDFormat, nil)
}

// format compiles one format of a proxy. Formats that a defaults section hands down are compiled once for each mode.
func (r *resolver) format(d *draft, text phrase, name string, into *proxy.Format, wait *proxy.LogWait) {
	if text.text == "" {
		return
	}
	use, where := sample.ForLog, sample.Places(sample.Logs)
	if name == "unique-id" {
		use, where = sample.ForID, requestPlaces(d.Proxy)|sample.FrontHTTPReqBody
	}
	env := r.b.sampleEnv(d, r.report, text.pos, where, "log-format string")
	env.HTTP = name == "unique-id" && d.Mode == proxy.ModeHTTP
	switch name {
	case "log-format-sd":
		env.What = "log-format-sd string"
	case "unique-id":
		env.What = "unique-id-format string"
	}
	f, err := sample.ParseFormat(text.text, use, env)
	if err != nil {
		r.report.Errorf(text.pos, "Parsing [%v]: failed to parse %s : %v.", text.pos, name, err)
		return
	}
	*into = f
	if wait != nil {
		*wait = f.Wait()
	}
}

// target checks the ring that a log line names.
func (r *resolver) target(g *proxy.Logger) {
	if g.Target.Family != proxy.FamRing {
		return
	}
	for _, ring := range r.b.snap.Rings {
		if ring.Name == g.Target.Path {
			return
		}
	}
	r.report.Warnf(g.Pos, "log : there is no ring '%s' (at %v): nothing will be logged there.%s", g.Target.Path, g.Pos, config.Suggest(g.Target.Path, r.b.ringNames()))
}

func (b *Builder) ringNames() []string {
	names := make([]string, 0, len(b.snap.Rings))
	for _, ring := range b.snap.Rings {
		names = append(names, ring.Name)
	}
	return names
}
