package logs

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sluice/internal/proxy"
	"sluice/internal/wire/syslog"
)

// relay returns what a logger of each format makes of a message.
func relay(t *testing.T, in string, format proxy.LogHeader, host proxy.HostStrategy) string {
	t.Helper()
	r := newRing(&proxy.Ring{Size: 1 << 20}, process())
	tg := newTarget(process(), r)
	l := &proxy.Logger{Format: format, Facility: 19, Level: proxy.LogDebug, Len: 1024}
	m, _ := syslog.Parse([]byte(in))
	now := time.Date(2026, 11, 20, 20, 19, 3, 819652000, time.Local)
	(&sink{proc: tg.proc, t: tg, l: l}).forward(&m, netip.MustParseAddr("192.0.2.1"), host, now)
	tg.finish()
	lines, _, _ := r.Since(0, false)
	if len(lines) != 1 {
		t.Fatalf("%d lines", len(lines))
	}
	return strings.TrimSuffix(string(lines[0]), "\n")
}

// TestForwardedHeaders holds what HAProxy answered.
func TestForwardedHeaders(t *testing.T) {
	const (
		bsd = "<34>Oct  1 22:14:15 mymachine su[231]: failed"
		new = "<13>1 2003-10-01T22:14:15.003Z h a 1 m [a b=\"c\"] two"
	)
	for _, c := range []struct {
		in     string
		format proxy.LogHeader
		host   proxy.HostStrategy
		want   string
	}{
		{bsd, proxy.LogUnset, 0, bsd}, {new, proxy.LogUnset, 0, new},
		{bsd, proxy.LogRFC5424, 0, "<34>1 2026-10-01T22:14:15-00:00 mymachine su 231 - - failed"},
		{new, proxy.LogRFC3164, 0, "<13>Oct  1 22:14:15 h a[1]: two"},
		{new, proxy.LogLocal, 0, "<13>Oct  1 22:14:15 a[1]: two"},
		{bsd, proxy.LogPriority, 0, "<34>failed"}, {bsd, proxy.LogShort, 0, "<2>failed"}, {bsd, proxy.LogRaw, 0, "failed"},
		{bsd, proxy.LogTimed, 0, "<2>2026-10-01T22:14:15-00:00 failed"}, {new, proxy.LogISO, 0, "2003-10-01T22:14:15.003Z two"},
		{"text", proxy.LogUnset, 0, "<152>Nov 20 20:19:03 192.0.2.1 text"},
		{"text", proxy.LogRFC3164, proxy.HostKeep, "<152>Nov 20 20:19:03 localhost text"},
		{"<13>1 - - - - - - text", proxy.LogRFC5424, proxy.HostKeep, "<13>1 - - - - - - text"},
		{"<13>1 - - - - - - text", proxy.LogRFC3164, 0, "<13>Nov 20 20:19:03 192.0.2.1 text"},
		{bsd, proxy.LogRFC3164, proxy.HostAppend, "<34>Oct  1 22:14:15 mymachine,192.0.2.1 su[231]: failed"},
		{bsd, proxy.LogRFC3164, proxy.HostReplace, "<34>Oct  1 22:14:15 192.0.2.1 su[231]: failed"},
	} {
		if got := relay(t, c.in, c.format, c.host); got != c.want {
			t.Errorf("%q in format %d, host %d: %q, want %q", c.in, c.format, c.host, got, c.want)
		}
	}
}

// TestReceiver sends messages by datagram and stream, and a stream that is too long, which ends.
func TestReceiver(t *testing.T) {
	r := newRing(&proxy.Ring{Size: 1 << 20}, process())
	tg := newTarget(process(), r)
	l := &proxy.Logger{Format: proxy.LogRaw, Level: proxy.LogDebug, Len: 1024}
	l.Sink = &sink{proc: tg.proc, t: tg, l: l}
	rec := NewReceiver(&proxy.LogForward{MaxConn: 1, Loggers: []*proxy.Logger{l}}, 64)
	p, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	rec.Packets(p)
	rec.Streams(s, nil)
	send := func(network, to, text string) {
		c, err := net.Dial(network, to)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Write([]byte(text))
		if network == "tcp" { // the receiver closes what is too long
			c.SetReadDeadline(time.Now().Add(5 * time.Second))
			if n, err := c.Read(make([]byte, 1)); n > 0 || err == nil {
				t.Error("the receiver answers")
			}
		}
	}
	send("udp", p.LocalAddr().String(), "<13>one")
	send("tcp", s.Addr().String(), "<13>two\n7 <0>abcd"+strings.Repeat("x", 100))
	lines, _, _ := r.Since(0, true)
	for next := uint64(len(lines)); next < 3; {
		more, after, _ := r.Since(next, true)
		lines, next = append(lines, more...), after
	}
	rec.Close()
	tg.finish()
	got := map[string]bool{}
	for _, l := range lines {
		got[string(l)] = true
	}
	if !got["one\n"] || !got["two\n"] || !got["abcd\n"] || len(lines) != 3 {
		t.Errorf("received %q", lines)
	}
}
