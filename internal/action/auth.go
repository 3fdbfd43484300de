package action

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"sluice/internal/netx"
	"sluice/internal/proxy"
	"sluice/internal/rule"
)

// challenge is auth: an error page with a challenge (RFC 7617). A client that speaks to a proxy gets a 407.
type challenge struct{ realm string }

// Run builds the answer from the section's error page.
func (a *challenge) Run(s *proxy.Stream) proxy.Verdict {
	status, field, page := 401, "www-authenticate", page401
	if s.AsProxy() {
		status, field, page = 407, "proxy-authenticate", page407
	}
	raw := []byte(page)
	for _, p := range [...]*proxy.Proxy{s.Back, s.Front} {
		if p != nil {
			if f := p.ErrorFiles[status]; f != nil && len(f.Raw) > 0 {
				raw = f.Raw
				break
			}
		}
	}
	end := bytes.Index(raw, []byte("\r\n\r\n"))
	if end < 0 {
		return proxy.InternalError
	}
	b := s.Arena.Alloc(len(raw) + len(field) + len(a.realm) + 32)[:0]
	for i, line := range bytes.Split(raw[:end], []byte("\r\n")) {
		name, _, _ := bytes.Cut(line, []byte(":"))
		if i > 0 && strings.EqualFold(string(name), field) {
			continue
		}
		b = append(append(b, line...), "\r\n"...)
	}
	b = append(append(b, field...), ": Basic realm=\""...)
	b = append(append(b, a.realm...), "\"\r\n"...)
	s.CountError()
	s.Answer = proxy.Answer{Head: append(b, raw[end+2:]...), Status: status}
	return proxy.Reply
}

const (
	page401 = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 112\r\ncache-control: no-cache\r\ncontent-type: text/html\r\n\r\n" +
		"<html><body><h1>401 Unauthorized</h1>\nYou need a valid user and password to access this content.\n</body></html>\n"
	page407 = "HTTP/1.1 407 Unauthorized\r\ncontent-length: 112\r\ncache-control: no-cache\r\ncontent-type: text/html\r\n\r\n" +
		"<html><body><h1>407 Unauthorized</h1>\nYou need a valid user and password to access this content.\n</body></html>\n"
)

func parseAuth(p *rule.Parser) (proxy.Action, error) {
	a := &challenge{}
	if p.Env.Proxy != nil {
		a.realm = p.Env.Proxy.Name
	}
	if p.Accept("realm") {
		word, ok := p.Next()
		if !ok {
			return nil, errors.New("missing realm value.\n")
		}
		a.realm = word
	}
	var quoted strings.Builder
	for _, c := range a.realm {
		if c == '"' || c == '\\' {
			quoted.WriteByte('\\')
		}
		quoted.WriteRune(c)
	}
	a.realm = quoted.String()
	return a, nil
}

// silentDrop is silent-drop.
type silentDrop struct{ ttl int }

// Run prepares the client's socket so that its end is not heard of, and lets the machine close it.
func (a *silentDrop) Run(s *proxy.Stream) proxy.Verdict {
	netx.Vanish(s.Sess.Conn.FD(), a.ttl)
	return proxy.Abort
}

func parseSilentDrop(p *rule.Parser) (proxy.Action, error) {
	a := &silentDrop{}
	if p.Accept("rst-ttl") {
		word, ok := p.Next()
		if !ok {
			return nil, errors.New("missing rst-ttl value\n")
		}
		n, rest := int64(0), word
		for len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9' && n < 1000 {
			n, rest = n*10+int64(rest[0]-'0'), rest[1:]
		}
		if rest != "" {
			return nil, fmt.Errorf("invalid character starting at '%s' (value 1-255 expected)\n", rest)
		}
		if n < 1 || n > 255 {
			return nil, errors.New("valid rst-ttl values are [1-255]\n")
		}
		a.ttl = int(n)
	}
	return a, nil
}
