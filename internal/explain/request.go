package explain

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// URL is where a request goes.
type URL struct {
	Scheme string // http, https or tcp; empty without
	Host   string // without the port; an IPv6 address in brackets
	Port   int    // 0: that of the scheme
	Target string // path and query
}

// ParseURL reads a URL as people write it: scheme and host may be left out.
func ParseURL(text string) (URL, error) {
	u := URL{}
	for _, c := range []byte(text) {
		if c <= ' ' || c == 0x7f {
			return u, fmt.Errorf("the URL '%s' holds a blank or a control character: write %%%02X for it", text, c)
		}
	}
	rest := text
	if scheme, after, found := strings.Cut(text, "://"); found && !strings.ContainsAny(scheme, "/?") {
		u.Scheme, rest = strings.ToLower(scheme), after
		switch u.Scheme {
		case "http", "https", "tcp":
		default:
			return u, fmt.Errorf("the URL '%s' begins with '%s://': http://, https:// and tcp:// are known", text, scheme)
		}
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		if err := u.authority(rest[:end]); err != nil {
			return u, fmt.Errorf("the URL '%s': %v", text, err)
		}
		rest = rest[end:]
	} else if !strings.HasPrefix(text, "/") && text != "*" {
		return u, fmt.Errorf("'%s' is no URL: write http://host/path or a path that begins with '/'", text)
	}
	u.Target, _, _ = strings.Cut(rest, "#")
	if u.Target == "" || u.Target[0] == '?' {
		u.Target = "/" + u.Target
	}
	return u, nil
}

// authority reads host and port.
func (u *URL) authority(text string) error {
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		return errors.New("a user has no place in a request: write it as -H 'Authorization: ...'")
	}
	u.Host = text
	if colon := strings.LastIndexByte(text, ':'); colon > strings.LastIndexByte(text, ']') {
		n, err := strconv.ParseUint(text[colon+1:], 10, 16)
		if err != nil || n == 0 {
			return fmt.Errorf("'%s' is no port", text[colon+1:])
		}
		u.Host, u.Port = text[:colon], int(n)
	}
	if u.Host == "" {
		return errors.New("the host is missing")
	}
	return nil
}

// port is the port that a client would connect to.
func (u *URL) port() int {
	switch {
	case u.Port > 0:
		return u.Port
	case u.Scheme == "https":
		return 443
	}
	return 80
}

// wire is the request as it comes over the connection.
type wire struct{ head, body []byte }

// wire writes the request.
func (q *Question) wire() (wire, error) {
	if q.URL.Scheme == "tcp" {
		return wire{head: q.Body}, nil
	}
	for _, c := range []byte(q.Method) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?={}`, c) >= 0 {
			return wire{}, fmt.Errorf("'%s' is no method", q.Method)
		}
	}
	b := fmt.Appendf(nil, "%s %s HTTP/1.1\r\n", q.Method, q.target())
	if host := q.URL.Host; host != "" && !has(q.Headers, "host") {
		switch {
		case q.Method == "CONNECT":
			host = q.target()
		case q.URL.Port > 0:
			host += ":" + strconv.Itoa(q.URL.Port)
		}
		b = append(b, "Host: "+host+"\r\n"...)
	}
	b, err := appendHeaders(b, q.Headers)
	if err != nil {
		return wire{}, err
	}
	body := q.Body
	switch {
	case has(q.Headers, "transfer-encoding"):
		body = chunked(body)
	case len(body) > 0 && !has(q.Headers, "content-length"):
		b = fmt.Appendf(b, "Content-Length: %d\r\n", len(body))
	}
	return wire{append(b, "\r\n"...), body}, nil
}

// target is the request target: for CONNECT the authority.
func (q *Question) target() string {
	if q.Method == "CONNECT" && q.URL.Host != "" {
		return q.URL.Host + ":" + strconv.Itoa(q.URL.port())
	}
	return q.URL.Target
}

// reply writes the response of the server: a plain 200 when none was asked for.
func (q *Question) reply() ([]byte, error) {
	line := q.Response
	switch {
	case line == "" && len(q.ResponseHeaders) > 0:
		return nil, errNoResponse
	case line == "":
		line = "HTTP/1.1 200 OK"
	case strings.ContainsAny(line, "\r\n") || !strings.HasPrefix(line, "HTTP/"):
		return nil, fmt.Errorf("'%s' is no status line: write it as 'HTTP/1.1 200 OK'", line)
	}
	words := strings.SplitN(line, " ", 3)
	status := 0
	if len(words) > 1 {
		status, _ = strconv.Atoi(words[1])
	}
	if status < 100 || status > 999 {
		return nil, fmt.Errorf("'%s' is no status line: write it as 'HTTP/1.1 200 OK'", line)
	}
	if len(words) == 2 {
		line += " "
	}
	b, err := appendHeaders([]byte(line+"\r\n"), q.ResponseHeaders)
	if err != nil {
		return nil, err
	}
	n := 0
	if text, given := header(q.ResponseHeaders, "content-length"); given {
		n, _ = strconv.Atoi(text)
		n = min(max(n, 0), 1<<20)
	} else if !has(q.ResponseHeaders, "transfer-encoding") && status >= 200 && status != 204 && status != 304 {
		b = append(b, "Content-Length: 0\r\n"...)
	}
	b = append(b, "\r\n"...)
	if has(q.ResponseHeaders, "transfer-encoding") {
		return append(b, chunked(nil)...), nil
	}
	return append(b, bytes.Repeat([]byte{'x'}, n)...), nil
}

// appendHeaders writes header lines and checks that each is one.
func appendHeaders(b []byte, lines []string) ([]byte, error) {
	for _, line := range lines {
		name, value, found := strings.Cut(line, ":")
		if !found || name == "" || strings.ContainsAny(name, " \t\r\n") || strings.ContainsAny(value, "\r\n\x00") {
			return nil, fmt.Errorf("'%s' is no header: write it as 'Name: value'", line)
		}
		b = append(append(append(b, name...), ": "...), strings.Trim(value, " \t")...)
		b = append(b, "\r\n"...)
	}
	return b, nil
}

// header returns the value of a header.
func header(lines []string, name string) (string, bool) {
	for _, line := range lines {
		if n, value, _ := strings.Cut(line, ":"); strings.EqualFold(n, name) {
			return strings.Trim(value, " \t"), true
		}
	}
	return "", false
}

func has(lines []string, name string) bool {
	_, found := header(lines, name)
	return found
}

// chunked returns a body in one chunk (RFC 9112 7.1).
func chunked(body []byte) []byte {
	if len(body) == 0 {
		return []byte("0\r\n\r\n")
	}
	return fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(body), body)
}
