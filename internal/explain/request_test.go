package explain

import (
	"strings"
	"testing"
)

func TestParseURL(t *testing.T) {
	for text, want := range map[string]URL{
		"http://h":               {Scheme: "http", Host: "h", Target: "/"},
		"HTTPS://h:8443/a?b#c":   {Scheme: "https", Host: "h", Port: 8443, Target: "/a?b"},
		"http://[2001:db8::1]:8": {Scheme: "http", Host: "[2001:db8::1]", Port: 8, Target: "/"},
		"http://[2001:db8::1]/x": {Scheme: "http", Host: "[2001:db8::1]", Target: "/x"},
		"http://h?q":             {Scheme: "http", Host: "h", Target: "/?q"},
		"/a?u=http://x/":         {Target: "/a?u=http://x/"},
		"*":                      {Target: "*"},
		"tcp://h:9":              {Scheme: "tcp", Host: "h", Port: 9, Target: "/"},
	} {
		if got, err := ParseURL(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "h", "ftp://h/", "http://", "http://:8/", "http://h:0/", "http://h:x/", "http://h:70000/",
		"http://a@h/", "http://h/a b", "/a\r\nb"} {
		if got, err := ParseURL(text); err == nil {
			t.Errorf("%q is taken: %+v", text, got)
		}
	}
}

func TestWire(t *testing.T) {
	u, _ := ParseURL("https://h:8443/x")
	for _, c := range []struct {
		q    Question
		want string
	}{
		{Question{Method: "GET", URL: u}, "GET /x HTTP/1.1\r\nHost: h:8443\r\n\r\n"},
		{Question{Method: "PUT", URL: u, Headers: []string{"hOST:  z", "A:b"}, Body: []byte("hi")},
			"PUT /x HTTP/1.1\r\nhOST: z\r\nA: b\r\nContent-Length: 2\r\n\r\nhi"},
		{Question{Method: "PUT", URL: u, Headers: []string{"Transfer-Encoding: chunked"}, Body: []byte("hi")},
			"PUT /x HTTP/1.1\r\nHost: h:8443\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"},
		{Question{Method: "CONNECT", URL: u}, "CONNECT h:8443 HTTP/1.1\r\nHost: h:8443\r\n\r\n"},
	} {
		got, err := c.q.wire()
		if text := string(got.head) + string(got.body); err != nil || text != c.want {
			t.Errorf("%q, %v; want %q", text, err, c.want)
		}
	}
	if _, err := (&Question{Method: "A B", URL: u}).wire(); err == nil {
		t.Error("a method with a blank is taken")
	}
}

func TestReply(t *testing.T) {
	got, err := (&Question{Response: "HTTP/1.1 204"}).reply()
	if err != nil || string(got) != "HTTP/1.1 204 \r\n\r\n" {
		t.Errorf("%q, %v", got, err)
	}
	got, err = (&Question{Response: "HTTP/1.1 200 OK", ResponseHeaders: []string{"content-length: 3"}}).reply()
	if err != nil || !strings.HasSuffix(string(got), "\r\n\r\nxxx") {
		t.Errorf("%q, %v", got, err)
	}
	for _, line := range []string{"200 OK", "HTTP/1.1", "HTTP/1.1 x", "HTTP/1.1 99 a", "HTTP/1.1 200 a\r\nb: c"} {
		if _, err := (&Question{Response: line}).reply(); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
}
