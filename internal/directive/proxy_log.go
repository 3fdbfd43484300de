package directive

import (
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// proxyLog are the keywords about a proxy's logs (configuration.txt 4.2, 8).
var proxyLog = []Keyword{
	{Name: "error-log-format", Doc: "The format of log lines about failures.", In: config.InFront, Max: -1, Misplaced: config.Own,
		Parse: setFormat("error-log-format", func(t *inherited) *phrase { return &t.logErr })},
	{Name: "log", Doc: "Where streams are logged.", In: config.InProxy, Max: -1, No: true, Default: true, Parse: parseProxyLog},
	{Name: "log-format", Doc: "The format of log lines.", In: config.InFront, Max: -1, Misplaced: config.Own, Parse: parseLogFormat},
	{Name: "log-format-sd", Doc: "The structured part of RFC 5424 log lines.", In: config.InFront, Max: -1, Misplaced: config.Own,
		Parse: setFormat("log-format-sd", func(t *inherited) *phrase { return &t.logSD })},
	{Name: "log-steps", Doc: "When streams are logged.", In: config.InFront, Max: -1, Misplaced: config.Own, Parse: parseLogSteps},
	{Name: "log-tag", Doc: "The name of the program in log lines.", In: config.InProxy, Min: 1, Max: -1,
		Expects: "a tag for use in syslog", Parse: func(b *Builder, l *config.Line) { b.at.LogTag = l.Arg(0).Value }},
	{Name: "unique-id-format", Doc: "What the identifier of a stream is made of.", In: config.InProxy, Max: -1, Misplaced: config.Own,
		Parse: setFormat("unique-id-format", func(t *inherited) *phrase { return &t.uniqueID })},
	{Name: "unique-id-header", Doc: "The request header that carries the identifier.", In: config.InProxy, Min: 1, Max: -1,
		Expects: "an argument", Parse: func(b *Builder, l *config.Line) { b.at.UniqueIDHeader = strings.ToLower(l.Arg(0).Value) }},
}

func parseProxyLog(b *Builder, l *config.Line) {
	t := &b.at.text
	switch {
	case l.Form == config.Negated:
		if len(l.Args) > 0 {
			l.Errorf(l.Arg(0), "log : 'no log' does not expect arguments")
			return
		}
		b.at.Loggers, t.logGlobal = nil, false
	case len(l.Args) == 1 && l.Arg(0).Value == "global":
		t.logGlobal = true
	case len(l.Args) > 1 && l.Arg(0).Value == "global":
		l.Errorf(l.Arg(1), "log : unknown log facility '%s'", l.Arg(1).Value)
	default:
		if g := b.logLine(l, "or global"); g != nil {
			b.at.Loggers = append(b.at.Loggers, g)
		}
	}
}

// oneFormat reads the single argument of the keywords that take a log format.
func oneFormat(l *config.Line) (phrase, bool) {
	switch len(l.Args) {
	case 0:
		l.Errorf(l.End(), "%s expects an argument.", l.Keyword())
		return phrase{}, false
	case 1:
		return phrase{l.Arg(0).Value, l.At(l.Arg(0))}, true
	}
	l.Errorf(l.Arg(1), "%s expects only one argument, don't forget to escape spaces!", l.Keyword())
	return phrase{}, false
}

func setFormat(name string, field func(*inherited) *phrase) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		text, ok := oneFormat(l)
		if !ok {
			return
		}
		if name != "unique-id-format" && b.ignoredInBackend(l, "'"+name+"' directive") {
			return
		}
		if name == "error-log-format" {
			b.at.overrides(l, name)
		}
		*field(&b.at.text) = text
	}
}

// overrides warns when a defaults section chooses a format twice; key tells the kinds of formats apart.
func (d *draft) overrides(l *config.Line, key string) {
	if d.Caps&proxy.CapDefaults == 0 {
		return
	}
	name := l.Keyword()
	if l.Arg(0).Value == "clf" {
		name += " clf"
	}
	if old := d.chosen[key]; old != "" {
		l.Report().Warnf(place(l), "config : parsing [%v]: '%s' overrides previous '%s' in 'defaults' section.", place(l), name, old)
	}
	if d.chosen == nil {
		d.chosen = map[string]string{}
	}
	d.chosen[key] = name
}

// ignoredInBackend warns about what only frontends log.
func (b *Builder) ignoredInBackend(l *config.Line, what string) bool {
	if b.at.Caps&(proxy.CapFrontend|proxy.CapDefaults) != 0 {
		return false
	}
	l.Warnf(l.Name(), "backend '%s' : %s is ignored in backends.", b.at.Name, what)
	return true
}

func parseLogFormat(b *Builder, l *config.Line) {
	text, ok := oneFormat(l)
	if !ok || b.ignoredInBackend(l, "'log-format' directive") {
		return
	}
	b.chooseLog(l, proxy.LogCustom, text)
}

// chooseLog makes a format the proxy's own; the last one counts.
func (b *Builder) chooseLog(l *config.Line, kind proxy.LogKind, text phrase) {
	b.at.overrides(l, "log-format")
	b.at.LogKind = kind
	b.at.Options &^= proxy.OptTCPLog | proxy.OptHTTPLog
	text.pos = place(l)
	b.at.text.logFormat = text
}

func parseHTTPLog(b *Builder, l *config.Line) {
	text, kind := httpLogFormat, proxy.LogHTTP
	switch w := l.Arg(0); {
	case w.Value == "":
	case w.Value != "clf":
		l.Errorf(w, "keyword 'httplog' only supports option 'clf'.")
		return
	case len(l.Args) > 1:
		l.Errorf(l.Arg(1), "'option httplog' cannot handle unexpected argument '%s'.", l.Arg(1).Value)
		return
	default:
		text = clfLogFormat
	}
	if b.ignoredInBackend(l, "'option httplog' directive") {
		return
	}
	b.chooseLog(l, kind, phrase{text: text})
	b.at.Options |= proxy.OptHTTPLog
}

func parseHTTPSLog(b *Builder, l *config.Line) {
	if b.ignoredInBackend(l, "'option httpslog' directive") {
		return
	}
	b.chooseLog(l, proxy.LogHTTPS, phrase{text: httpsLogFormat})
	b.at.Options |= proxy.OptHTTPLog
}

func parseTCPLog(b *Builder, l *config.Line) {
	text := tcpLogFormat
	if w := l.Arg(0); w.Value == "clf" {
		text = clfTCPLogFormat
	} else if w.Value != "" {
		l.Errorf(w, "keyword 'tcplog' only supports option 'clf'.")
		return
	}
	if b.ignoredInBackend(l, "'option tcplog' directive") {
		return
	}
	b.chooseLog(l, proxy.LogTCP, phrase{text: text})
	b.at.Options |= proxy.OptTCPLog
}

// The stock formats (configuration.txt 8.2): each is the custom format that the manual says it equals.
const (
	tcpLogFormat    = `%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq`
	httpLogFormat   = `%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r`
	httpsLogFormat  = httpLogFormat + ` %[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc`
	clfLogFormat    = `%{+Q}o %{-Q}ci - - [%trg] %r %ST %B "" "" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl`
	clfTCPLogFormat = `%{+Q}o %{-Q}ci - - [%T] "TCP " 000 %B "" "" %cp %ms %ft %b %s %Th %Tw %Tc %Tt %U %ts-- %ac %fc %bc %sc %rc %sq %bq "" "" `
)

// setFormats puts the stock formats into the environment, for formats that extend them (configuration.txt 2.3).
func setFormats(env *config.Env) {
	env.Set("HAPROXY_HTTP_CLF_LOG_FMT", clfLogFormat)
	env.Set("HAPROXY_HTTPS_LOG_FMT", httpsLogFormat)
	env.Set("HAPROXY_HTTP_LOG_FMT", httpLogFormat)
	env.Set("HAPROXY_TCP_CLF_LOG_FMT", clfTCPLogFormat)
	env.Set("HAPROXY_TCP_LOG_FMT", tcpLogFormat)
}
