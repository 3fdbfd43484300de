package stats

import (
	"strings"

	"sluice/internal/proxy"
)

// query is what the target of a request asks the statistics page for, behind the prefix of `stats uri`: words with a
// semicolon before them, and what to show only.
type query struct {
	form    pageForm
	up      bool // no servers that are DOWN
	noMaint bool // no servers in maintenance
	still   bool // no refresh
	result  string
	scope   string // a part of the names of proxies, in any case; "" for all
}

// pageForm is what the answer is written in.
type pageForm uint8

// The forms.
const (
	formHTML pageForm = iota
	formCSV
	formTyped
	formJSON
	formSchema
)

// maxScope is how much of a scope is looked at.
const maxScope = 20

// parseQuery reads what follows the prefix. Unknown words mean nothing.
func parseQuery(rest string) (q query) {
	q.up = strings.Contains(rest, ";up")
	q.noMaint = strings.Contains(rest, ";no-maint")
	q.still = strings.Contains(rest, ";norefresh")
	switch {
	case strings.Contains(rest, ";csv"):
		q.form = formCSV
	case strings.Contains(rest, ";typed"):
		q.form = formTyped
	case strings.Contains(rest, ";json-schema"):
		q.form = formSchema
	case strings.Contains(rest, ";json"):
		q.form = formJSON
	}
	if _, after, found := strings.Cut(rest, ";st="); found && len(after) >= 4 {
		q.result = after[:4]
	}
	if _, after, found := strings.Cut(rest, "scope="); found {
		q.scope = scopeOf(after)
	}
	return q
}

// scopeOf cuts a scope, which ends where another word or parameter begins. One with other characters than names have is
// none.
func scopeOf(text string) string {
	for i := range len(text) {
		switch c := text[i]; {
		case c == ';' || c == '&':
			return text[:i]
		case i == maxScope:
			return text[:i]
		case c == '-' || c == '_' || c == '.' || c == ':' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z':
		default:
			return ""
		}
	}
	return text
}

// link writes a target of the page that keeps what q says.
func (q *query) link(prefix string) string {
	b := prefix
	if q.result != "" {
		b += ";st=" + q.result
	}
	switch q.form {
	case formCSV:
		b += ";csv"
	case formTyped:
		b += ";typed"
	case formJSON:
		b += ";json"
	case formSchema:
		b += ";json-schema"
	}
	if q.up {
		b += ";up"
	}
	if q.noMaint {
		b += ";no-maint"
	}
	if q.still {
		b += ";norefresh"
	}
	switch {
	case q.scope == "":
	case strings.Contains(prefix, "?"):
		b += ";scope=" + q.scope
	default:
		b += "?scope=" + q.scope
	}
	return b
}

// lists returns which proxies a request sees: those of `stats scope`, and of them those whose names have the scope in
// them.
func (q *query) lists(owner *proxy.Proxy) func(*proxy.Proxy) bool {
	part := strings.ToLower(q.scope)
	return func(p *proxy.Proxy) bool {
		return inScope(owner, p) && (part == "" || strings.Contains(strings.ToLower(p.Name), part))
	}
}

// inScope reports whether the page of owner is about p (configuration.txt 4.2, stats scope).
func inScope(owner, p *proxy.Proxy) bool {
	if len(owner.Stats.Scope) == 0 {
		return true
	}
	for _, name := range owner.Stats.Scope {
		if name == p.Name || name == "." && p == owner {
			return true
		}
	}
	return false
}
