package process

import (
	"net/url"
	"strings"
	"testing"

	"sluice/internal/secure"
)

func TestReadAnswer(t *testing.T) {
	for _, c := range []struct {
		in, body string
		status   secure.UpdateStatus
	}{
		{"HTTP/1.0 200 OK\r\nContent-type: application/ocsp-response\r\n\r\nabc", "abc", secure.UpdateDone},
		{"HTTP/1.1 200 OK\nCONTENT-TYPE:application/OCSP-response\n\nabc", "abc", secure.UpdateDone},
		{"HTTP/1.0 200 OK\r\n\r\nabc", "", secure.UpdateHeader},
		{"HTTP/1.0 404 Not Found\r\n\r\n", "", secure.UpdateHTTP},
		{"HTTP/1.0 200 OK\r\nA: b\r\n", "", secure.UpdateHTTP},
		{"HTTP/1.\n", "", secure.UpdateHTTP},
		{"", "", secure.UpdateHTTP},
		{"HTTP/1.0 200 OK\r\n" + strings.Repeat("a", mostHead), "", secure.UpdateHTTP},
		{"HTTP/1.0 200 OK\r\nContent-Type: application/ocsp-response\r\n\r\n" + strings.Repeat("a", mostBody+1), "", secure.UpdateHTTP},
	} {
		body, status := readAnswer(strings.NewReader(c.in))
		if string(body) != c.body || status != c.status {
			t.Errorf("%.40q: %.20q, %v", c.in, body, status)
		}
	}
}

func TestAuthorityRequest(t *testing.T) {
	for _, c := range []struct {
		at       string
		question string
		absolute bool
		want     string
	}{
		{"http://a.example/x", "\xff\xfe", false, "GET /x/%2F%2F4%3D HTTP/1.0\r\nHost: a.example\r\nAccept: application/ocsp-response\r\n\r\n"},
		{"http://a.example:81", "\xff\xfe", true, "GET http://a.example:81/%2F%2F4%3D HTTP/1.0\r\nHost: a.example:81\r\nAccept: application/ocsp-response\r\n\r\n"},
		{"http://a.example", strings.Repeat("q", 300), false, "POST / HTTP/1.0\r\nHost: a.example\r\nAccept: application/ocsp-response\r\nContent-Type: application/ocsp-request\r\nContent-Length: 300\r\n\r\n" + strings.Repeat("q", 300)},
	} {
		at, err := url.Parse(c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(authorityRequest(at, []byte(c.question), c.absolute)); got != c.want {
			t.Errorf("%s: %q", c.at, got)
		}
	}
}
