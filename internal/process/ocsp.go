package process

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"sluice/internal/proxy"
	"sluice/internal/secure"
)

// updates asks authorities what they say of certificates, one question at a time, until stop is closed (configuration.txt
// 5.1, ocsp-update). It is an ordinary goroutine: nothing of the traffic waits for it.
func (r *run) updates(stop <-chan struct{}) {
	store := r.Certs
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	for {
		due, at := store.NextUpdate(time.Now())
		if due != nil {
			der, status := askAuthority(due, &store.Updates)
			r.logUpdate(store.Answered(due, der, status, time.Now()))
			continue
		}
		wait := time.Hour
		if !at.IsZero() {
			wait = time.Until(at)
		}
		alarm.Reset(wait)
		select {
		case <-stop:
			return
		case <-store.Updates.Wake:
		case <-alarm.C:
		}
	}
}

// logUpdate writes a line to the loggers of the global section.
func (r *run) logUpdate(line string) {
	for _, l := range r.Snapshot.Global.Loggers {
		if l.Sink != nil {
			l.Sink.Write(-1, l, proxy.LogNotice, time.Now().UnixNano(), r.Snapshot.Global.LogTag, nil, []byte(line))
		}
	}
}

// The bounds of one question: its time, and the bytes of the head and of the body of its answer.
const (
	askTime  = 10 * time.Second
	mostHead = 16 << 10
	mostBody = 64 << 10
)

// askAuthority asks one question (RFC 6960 appendix A), through a proxy where one is named.
func askAuthority(st *secure.Staple, how *secure.Updates) ([]byte, secure.UpdateStatus) {
	question, err := st.NewRequest()
	if err != nil {
		return nil, secure.UpdateCheck
	}
	at, err := url.Parse(st.Server())
	if err != nil || at.Scheme != "http" || at.Host == "" {
		return nil, secure.UpdateHTTP
	}
	to := at.Host
	if at.Port() == "" {
		to = net.JoinHostPort(at.Hostname(), "80")
	}
	if how.Proxy != "" {
		to = how.Proxy
	}
	c, err := reach(to, how)
	if err != nil {
		return nil, secure.UpdateHTTP
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(askTime))
	if _, err := c.Write(authorityRequest(at, question, how.Proxy != "")); err != nil {
		return nil, secure.UpdateHTTP
	}
	return readAnswer(c)
}

// reach connects to the first address of a name that answers, those of the family that is preferred first.
func reach(to string, how *secure.Updates) (net.Conn, error) {
	host, port, err := net.SplitHostPort(to)
	if err != nil {
		return nil, err
	}
	limit, stop := context.WithTimeout(context.Background(), askTime)
	defer stop()
	all, err := net.DefaultResolver.LookupNetIP(limit, "ip", host)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b netip.Addr) int {
		switch x, y := a.Unmap().Is4(), b.Unmap().Is4(); {
		case x == y:
			return 0
		case x == how.OldFirst:
			return -1
		}
		return 1
	})
	d := net.Dialer{Timeout: how.Connect}
	for range how.Retries + 1 {
		for _, ip := range all {
			var c net.Conn
			if c, err = d.DialContext(limit, "tcp", net.JoinHostPort(ip.Unmap().String(), port)); err == nil {
				return c, nil
			}
		}
	}
	return nil, err
}

// shortQuestion is the longest question that goes into a target (RFC 5019 5).
const shortQuestion = 255

// authorityRequest makes a request of HTTP/1.0, so that the answer ends with the connection or with its length.
func authorityRequest(at *url.URL, question []byte, absolute bool) []byte {
	target := at.EscapedPath()
	if at.RawQuery != "" {
		target += "?" + at.RawQuery
	}
	text := base64.StdEncoding.EncodeToString(question)
	method, body := "GET", []byte(nil)
	if path := strings.TrimSuffix(target, "/") + "/" + url.QueryEscape(text); len(path) <= shortQuestion {
		target = path
	} else {
		method, body = "POST", question
	}
	if target == "" {
		target = "/"
	}
	if absolute {
		target = at.Scheme + "://" + at.Host + target
	}
	b := fmt.Appendf(nil, "%s %s HTTP/1.0\r\nHost: %s\r\nAccept: application/ocsp-response\r\n", method, target, at.Host)
	if body != nil {
		b = fmt.Appendf(b, "Content-Type: application/ocsp-request\r\nContent-Length: %d\r\n", len(body))
	}
	return append(append(b, "\r\n"...), body...)
}

// errHead says that the head of an answer is none.
var errHead = errors.New("no head of a response")

// readAnswer reads the response to a question.
func readAnswer(c io.Reader) ([]byte, secure.UpdateStatus) {
	in := bufio.NewReader(io.LimitReader(c, mostHead+mostBody))
	typed, err := readHead(in)
	if err != nil {
		return nil, secure.UpdateHTTP
	}
	if !typed {
		return nil, secure.UpdateHeader
	}
	body, err := io.ReadAll(in)
	if err != nil && len(body) == 0 || len(body) > mostBody {
		return nil, secure.UpdateHTTP
	}
	return body, secure.UpdateDone
}

// readHead reads the head of a response that must be a success. typed says that its body is said to be an answer.
func readHead(in *bufio.Reader) (typed bool, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return false, err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.")) || len(line) < len("HTTP/1.x 200") || string(line[9:12]) != "200" {
		return false, errHead
	}
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return false, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return typed, nil
		}
		name, v, _ := bytes.Cut(line, []byte{':'})
		if strings.EqualFold(string(name), "content-type") && bytes.Contains(bytes.ToLower(v), []byte("ocsp-response")) {
			typed = true
		}
	}
}
