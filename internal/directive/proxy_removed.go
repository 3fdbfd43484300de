package directive

import "sluice/internal/config"

// proxyRemoved are keywords of proxies that HAProxy once had. A rule cannot be guessed from them, so that they are errors
// that say what to write.
var proxyRemoved = []Keyword{
	{Name: "appsession", Doc: "Gone.", In: config.InProxy,
		Removed: "'appsession' is not supported anymore since HAProxy 1.6: use 'stick-table' and 'stick on' instead."},
	{Name: "bind-process", Doc: "The processes of a proxy.", In: config.InProxy, Max: -1, Parse: oldBindProcess},
	removed("block", since21+" Use 'http-request deny' which uses the exact same syntax."),
	removed("cliexp", since21+" Use 'http-request replace-path', 'http-request replace-uri' or 'http-request replace-header' instead."),
	removed("grace", "keyword is not supported any more since HAProxy version 2.5. Use 'grace' in the global section."),
	removed("reqadd", since21+" Use 'http-request add-header' instead."),
	removed("reqallow", since21+" Use 'http-request allow' instead."),
	removed("reqdel", since21+" Use 'http-request del-header' instead."),
	removed("reqdeny", since21+" Use 'http-request deny' instead."),
	removed("reqiallow", since21+" Use 'http-request allow' instead."),
	removed("reqidel", since21+" Use 'http-request del-header' instead."),
	removed("reqideny", since21+" Use 'http-request deny' instead."),
	removed("reqipass", since21+" Use a condition on the rules that must not apply instead."),
	removed("reqirep", since21+" Use 'http-request replace-header' instead."),
	removed("reqisetbe", since21+" Use 'use_backend' instead."),
	removed("reqitarpit", since21+" Use 'http-request tarpit' instead."),
	removed("reqpass", since21+" Use a condition on the rules that must not apply instead."),
	removed("reqrep", since21+" Use 'http-request replace-path', 'http-request replace-uri' or 'http-request replace-header' instead."),
	removed("reqsetbe", since21+" Use 'use_backend' instead."),
	removed("reqtarpit", since21+" Use 'http-request tarpit' instead."),
	removed("rspadd", since21+" Use 'http-response add-header' instead."),
	removed("rspdel", since21+" Use 'http-response del-header' instead."),
	removed("rspdeny", since21+" Use 'http-response deny' instead."),
	removed("rspidel", since21+" Use 'http-response del-header' instead."),
	removed("rspideny", since21+" Use 'http-response deny' instead."),
	removed("rspirep", since21+" Use 'http-response replace-header' instead."),
	removed("rsprep", since21+" Use 'http-response replace-header' instead."),
	removed("srvexp", since21+" Use 'http-response replace-header' instead."),
}

const since21 = "directive is not supported anymore since HAProxy 2.1."

// removed is the row of a keyword that is gone; what says so, and what to write.
func removed(name, what string) Keyword {
	return Keyword{Name: name, Doc: "Gone.", In: config.InProxy, Removed: "The '" + name + "' " + what}
}

// oldBindProcess warns: there is one process, and the proxies that were spread over several share its threads.
func oldBindProcess(_ *Builder, l *config.Line) {
	l.Warnf(l.Name(), "'bind-process' is not supported anymore: there is one process, whose threads serve every proxy. "+
		"Remove it, or write 'thread' on the 'bind' lines.")
}
