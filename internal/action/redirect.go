package action

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// redirectKind is what stands before the place to go to.
type redirectKind uint8

const (
	redirectNone redirectKind = iota
	redirectLocation
	redirectPrefix
	redirectScheme
)

// redirectUse is what messages call the formats of redirects.
const redirectUse = "redirect format string"

// redirect is redirect (configuration.txt 4.2).
type redirect struct {
	kind        redirectKind
	to          *sample.Format
	code        int
	reason      string
	cookie      *sample.Format // value of Set-Cookie, with its attributes
	clear       bool
	dropQuery   bool
	keepQuery   bool
	appendSlash bool
	ignoreEmpty bool
	keepWhole   bool // the prefix "/" stands for nothing
}

// Run builds the answer. An empty place may let the rule be skipped.
func (a *redirect) Run(s *proxy.Stream) proxy.Verdict {
	to := render(s, a.to)
	defer func() { done(s, to[:0]) }()
	if a.ignoreEmpty && len(to) == 0 {
		return proxy.Continue
	}
	switch a.kind {
	case redirectScheme:
		to = append(append(to, "://"...), s.Req.Host()...)
		to = a.path(s, to, true)
	case redirectPrefix:
		if a.keepWhole {
			to = to[:0]
		}
		to = a.path(s, to, false)
	case redirectLocation:
		if q := s.Req.Query(); a.keepQuery && len(q) > 0 {
			sep := byte('?')
			if bytes.IndexByte(to, '?') >= 0 {
				sep = '&'
			}
			to = append(append(to, sep), q...)
		}
	}
	s.Answer = proxy.Answer{Head: a.head(s, to), Status: a.code}
	if s.Trace != nil {
		s.Trace.Rewrite("redirect", nil, to)
	}
	return proxy.Reply
}

// path appends the request's path, and the query unless it is dropped.
func (a *redirect) path(s *proxy.Stream, to []byte, root bool) []byte {
	p := s.Req.Path()
	if len(p) == 0 && root {
		p = slash[:]
	}
	to = append(to, p...)
	if a.dropQuery {
		if a.appendSlash && (len(p) == 0 || p[len(p)-1] != '/') {
			to = append(to, '/')
		}
		return to
	}
	if i := bytes.IndexByte(s.Req.Target, '?'); i >= 0 {
		to = append(to, s.Req.Target[i:]...)
	}
	return to
}

var slash = [1]byte{'/'}

// redirectReason returns the reason of a status that redirects, "" for any other.
func redirectReason(code int64) string {
	switch code {
	case 301:
		return "Moved Permanently"
	case 302:
		return "Found"
	case 303:
		return "See Other"
	case 307:
		return "Temporary Redirect"
	case 308:
		return "Permanent Redirect"
	}
	return ""
}

// head prints the head of the answer into the arena.
func (a *redirect) head(s *proxy.Stream, to []byte) []byte {
	cookie := []byte(nil)
	if a.cookie != nil {
		cookie = s.Render(a.cookie)
	}
	b := s.Arena.Alloc(160 + len(a.reason) + len(to) + len(cookie))[:0]
	b = append(b, "HTTP/1.1 "...)
	b = append(b, byte('0'+a.code/100), byte('0'+a.code/10%10), byte('0'+a.code%10), ' ')
	b = append(append(b, a.reason...), "\r\ncontent-length: 0\r\nlocation: "...)
	b = append(append(b, to...), "\r\n"...)
	if a.code == 302 || a.code == 303 || a.code == 307 {
		b = append(b, "cache-control: no-cache\r\n"...)
	}
	if a.cookie != nil {
		b = append(append(b, "set-cookie: "...), cookie...)
		b = append(b, "; path=/;"...)
		if a.clear {
			b = append(b, " Max-Age=0;"...)
		}
		b = append(b, "\r\n"...)
	}
	return append(b, "\r\n"...)
}

// parseOldRedirect reads the keyword redirect, whose places are no formats.
func parseOldRedirect(p *rule.Parser) (proxy.Action, error) { return readRedirect(p, true) }

func parseRedirect(p *rule.Parser) (proxy.Action, error) { return readRedirect(p, false) }

// size: one case for each word of the rule.
func readRedirect(p *rule.Parser, plain bool) (proxy.Action, error) {
	a := &redirect{code: 302, reason: "Found"}
	for p.More() {
		word, _ := p.Next()
		value := func() (string, error) {
			if p.Left() == 0 {
				return "", fmt.Errorf("missing argument for '%s'", word)
			}
			v, _ := p.Next()
			return v, nil
		}
		var text string
		var err error
		switch word {
		case "location", "prefix", "scheme":
			if text, err = value(); err == nil {
				err = a.place(p, word, text, plain)
			}
		case "set-cookie", "set-cookie-fmt", "clear-cookie":
			if text, err = value(); err == nil {
				a.clear = word == "clear-cookie"
				if word != "set-cookie-fmt" {
					text = strings.ReplaceAll(text, "%", "%%")
				}
				p.Env.What = redirectUse
				a.cookie, err = sample.ParseFormat(text, sample.ForHeader, p.Env)
			}
		case "code":
			if text, err = value(); err == nil {
				n, _ := integer(text)
				a.code, a.reason = int(n), redirectReason(n)
				if a.reason == "" {
					err = fmt.Errorf("'code': unsupported HTTP code '%s' (must be one of 301, 302, 303, 307 or 308)", text)
				}
			}
		case "drop-query":
			a.dropQuery = true
		case "keep-query":
			a.keepQuery = true
		case "append-slash":
			a.appendSlash = true
		case "ignore-empty":
			a.ignoreEmpty = true
		default:
			err = fmt.Errorf("expects 'code', 'prefix', 'location', 'scheme', 'set-cookie', 'set-cookie-fmt', 'clear-cookie', 'drop-query', 'keep-query', 'ignore-empty' or 'append-slash' (was '%s')", word)
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	case a.kind == redirectNone:
		return nil, errors.New("redirection type expected ('prefix', 'location', or 'scheme')")
	case a.kind != redirectLocation && p.Set == rule.HTTPResponse:
		return nil, errors.New("response only supports redirect type 'location'")
	}
	return a, nil
}

// place reads what the client is sent to.
func (a *redirect) place(p *rule.Parser, kind, text string, plain bool) (err error) {
	switch kind {
	case "location":
		a.kind = redirectLocation
	case "prefix":
		a.kind = redirectPrefix
		a.keepWhole = text == "/"
	case "scheme":
		a.kind = redirectScheme
	}
	if plain {
		text = strings.ReplaceAll(text, "%", "%%")
	}
	p.Env.What = redirectUse
	a.to, err = sample.ParseFormat(text, sample.ForHeader, p.Env)
	return err
}

// Passes says that an empty location is no redirect.
func (a *redirect) Passes() bool { return a.ignoreEmpty }
