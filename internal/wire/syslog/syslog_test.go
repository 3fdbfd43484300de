package syslog

import (
	"bytes"
	"testing"
)

// said writes what a message says, with a bar between the parts.
func said(m Message) string {
	parts := [][]byte{m.Time, m.Host, m.Tag, m.PID, m.ID, m.SD, m.Text}
	return string(bytes.Join(parts, []byte("|")))
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in       string
		form     Form
		priority int
		want     string
	}{
		{`<165>1 2003-10-11T22:14:15.003Z h evntslog - ID47 [e iut="3" q="a]b\"]"] An event`, RFC5424, 165, `2003-10-11T22:14:15.003Z|h|evntslog||ID47|[e iut="3" q="a]b\"]"]|An event`},
		{`<13>1 - - - - - - text`, RFC5424, 13, `||||||text`},
		{`<13>1 2003-10-11T22:14:15Z h a 1 m [a b="c"][d] two`, RFC5424, 13, `2003-10-11T22:14:15Z|h|a|1|m|[a b="c"][d]|two`},
		{`<13>1 yesterday h a 1 m - text`, Plain, 13, `||||||1 yesterday h a 1 m - text`},
		{`<13>1 - - - - - -`, Plain, 13, `||||||1 - - - - - -`},
		{`<13>1 - - - - - [a b text`, Plain, 13, `||||||1 - - - - - [a b text`},
		{"<34>Oct 11 22:14:15 mymachine su[231]: 'su root' failed\n", RFC3164, 34, `Oct 11 22:14:15|mymachine|su|231|||'su root' failed`},
		{`<34>Oct  1 22:14:15 h su: text`, RFC3164, 34, `Oct  1 22:14:15|h|su||||text`},
		{`<34>Oct 11 22:14:15 su[231]: no host`, RFC3164, 34, `Oct 11 22:14:15|su[231]:|||||no host`},
		{`<34>Oct 11 22:14:15 h tag without colon`, RFC3164, 34, `Oct 11 22:14:15|h|||||tag without colon`},
		{`<34>Oct 11 22:14:15 h tag[1] x`, RFC3164, 34, `Oct 11 22:14:15|h|||||tag[1] x`},
		{`<34>Oct 11 22:14:15 h`, Plain, 34, `||||||Oct 11 22:14:15 h`},
		{`<34>Okt 11 22:14:15 h t: x`, Plain, 34, `||||||Okt 11 22:14:15 h t: x`},
		{`text`, Plain, -1, `||||||text`}, {`<>x`, Plain, 0, `||||||x`}, {`<1`, Plain, -1, `||||||<1`}, {`<14 >x`, Plain, -1, `||||||<14 >x`},
		{`<013>z`, Plain, 13, `||||||z`}, {`<9999>z`, Plain, -1, `||||||<9999>z`},
	} {
		m, ok := Parse([]byte(c.in))
		if got := said(m); !ok || got != c.want || m.Form != c.form || m.Priority != c.priority {
			t.Errorf("%q: form %d, priority %d, %q, %v; want %d, %d, %q", c.in, m.Form, m.Priority, got, ok, c.form, c.priority, c.want)
		}
	}
	for _, in := range []string{"", "\n", "<13>", "<13>\n"} {
		if m, ok := Parse([]byte(in)); ok {
			t.Errorf("%q is a message: %q", in, said(m))
		}
	}
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		in    string
		lines bool
		want  string
		used  int
		err   error
	}{
		{"", false, "", 0, nil}, {"<1>a\nb", false, "<1>a", 5, nil}, {"<1>a", false, "", 0, nil}, {"\nx", false, "", 1, nil},
		{"5 <1>ab<2>", false, "<1>ab", 7, nil}, {"5 <1>a", false, "", 0, nil}, {"5", false, "", 0, nil}, {"5x", false, "", 0, ErrFrame},
		{"21 ", false, "", 0, ErrTooLong}, {"999999999999999999999999 ", false, "", 0, ErrTooLong},
		{"5 <1>ab\nc", true, "5 <1>ab", 8, nil}, {"aaaaaaaaaaaaaaaaaaaaa", true, "", 0, ErrTooLong},
	} {
		m, used, err := Next([]byte(c.in), c.lines, 20)
		if string(m) != c.want || used != c.used || err != c.err {
			t.Errorf("%q: %q, %d, %v; want %q, %d, %v", c.in, m, used, err, c.want, c.used, c.err)
		}
	}
}

// FuzzStream reads a stream as a receiver does: every message ends, parts are of the message, and nothing is read twice.
func FuzzStream(f *testing.F) {
	f.Add([]byte("<13>1 - - - - - - text\n16 <13>Oct 11 22:14"), false)
	f.Add([]byte("<34>Oct 11 22:14:15 h su[231]: 'su root' failed\n"), true)
	f.Add([]byte("9 <0>[a b=\"\\\"]\"\n"), false)
	f.Fuzz(func(t *testing.T, b []byte, lines bool) {
		const most = 64
		for {
			message, used, err := Next(b, lines, most)
			if err != nil || used == 0 {
				return
			}
			if used > len(b) || len(message) > most {
				t.Fatalf("%d of %d bytes used for %d", used, len(b), len(message))
			}
			b = b[used:]
			m, ok := Parse(message)
			if !ok {
				continue
			}
			n := len(m.Time) + len(m.Host) + len(m.Tag) + len(m.PID) + len(m.ID) + len(m.SD) + len(m.Text)
			if n > len(message) || m.Priority > 999 {
				t.Fatalf("%q: %d bytes, priority %d", message, n, m.Priority)
			}
		}
	})
}
