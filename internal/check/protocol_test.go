package check

import (
	"errors"
	"strings"
	"testing"

	"sluice/internal/proxy"
)

// judged runs a judge over an answer and returns what it says: "wait", or outcome, code and text.
func judged(judge func(*proxy.CheckRun) (proxy.CheckVerdict, bool), answer string, eof bool) (proxy.CheckResult, bool) {
	g := &proxy.Global{}
	g.Tune.BufSize = 16384
	x := &proxy.CheckRun{Stream: &proxy.Stream{Snap: &proxy.Snapshot{Global: g}}, In: []byte(answer), EOF: eof}
	_, done := judge(x)
	return x.Result, done
}

// agent makes an AGENT-HELLO with these items.
func agent(kind byte, items string) string {
	body := string([]byte{kind, 0, 0, 0, 1, 0, 0}) + items
	return string([]byte{0, 0, 0, byte(len(body))}) + body
}

const (
	spopVersion = "\x07version\x08\x032.0"
	spopSize    = "\x0emax-frame-size\x03\xfc\xf0\x06"
	spopAble    = "\x0ccapabilities\x08\x00"
)

// TestJudges holds what the real program said of the same bytes, unless a remark says otherwise.
func TestJudges(t *testing.T) {
	const waits = proxy.OutcomeUnknown
	const next = proxy.OutcomeStart // the judge has heard what it wants, and says nothing
	const ok, rsp, sts = proxy.OutcomeL7OK, proxy.OutcomeL7Rsp, proxy.OutcomeL7Sts
	for _, c := range []struct {
		name    string
		judge   func(*proxy.CheckRun) (proxy.CheckVerdict, bool)
		answer  string
		eof     bool
		outcome proxy.Outcome
		code    int
		text    string
	}{
		{"smtp nothing", smtpGreeting, "", true, rsp, 0, ""},
		{"smtp greeting", smtpGreeting, "220 a\r\n", false, next, 0, ""},
		{"smtp bare greeting", smtpGreeting, "220\r\n", false, next, 0, ""},
		{"smtp part", smtpGreeting, "22", false, waits, 0, ""},
		{"smtp short", smtpGreeting, "22\r\n", false, rsp, 0, "22"},
		{"smtp other", smtpGreeting, "I'm not a SMTP server\r\n", false, rsp, 0, "I'm not a SMTP server"},
		{"smtp lines", smtpGreeting, "220-a\r\n220 b\r\n", false, rsp, 0, "220-a"},
		{"smtp later", smtpGreeting, "421 a\xffb\x01\r\n", false, sts, 421, "a<FF>b<01>"},
		{"smtp hello", smtpHello, "250 a\r\n", false, next, 0, ""},
		{"smtp hello of many", smtpHello, "250-a\r\n250-b\r\n250 c\r\n", false, next, 0, ""},
		{"smtp hello unfinished", smtpHello, "250-a\r\n250-b\r\n", false, waits, 0, ""},
		{"smtp hello ended", smtpHello, "250-a\r\n250-b\r\n", true, sts, 250, "a"},
		{"smtp hello refused, said at once", smtpHello, "512 DNS error\r\n", false, sts, 512, "DNS error"},
		{"smtp quit", smtpQuit, "221 bye\r\n", false, ok, 221, "bye"},
		{"smtp quit without text", smtpQuit, "221\r\n", false, ok, 221, ""},
		{"smtp quit refused", smtpQuit, "500 c\r\n", false, sts, 500, "c"},
		{"smtp gone", smtpQuit, "", true, sts, 0, ""},

		{"redis", redisPong, "+PONG\r\n", false, ok, 0, "Redis server is ok"},
		{"redis part", redisPong, "+PON", false, waits, 0, ""},
		{"redis password, said at once", redisPong, "-NOAUTH a\r\n", false, sts, 0, "-NOAUTH a"},
		{"redis gone", redisPong, "", true, sts, 0, ""},
		{"redis other", redisPong, "xx", true, sts, 0, "xx"},

		{"pgsql", pgsqlAnswer, "R\x00\x00\x00\x08\x00\x00\x00\x00", false, ok, 0, "PostgreSQL server is ok"},
		{"pgsql scram", pgsqlAnswer, "R\x00\x00\x00\x17\x00\x00\x00\x0aSCRAM", false, ok, 0, "PostgreSQL server is ok"},
		{"pgsql unknown way", pgsqlAnswer, "R\x00\x00\x00\x08\x00\x00\x00\x01", false, sts, 0, "PostgreSQL unknown error"},
		{"pgsql refuses", pgsqlAnswer, "E\x00\x00\x00\x40SFATAL\x00VFATAL\x00", false, rsp, 0, "FATAL"},
		{"pgsql refuses in short", pgsqlAnswer, "E\x00\x00\x00\x40", true, rsp, 0, ""},
		{"pgsql part", pgsqlAnswer, "R\x00\x00\x00\x08\x00\x00", false, waits, 0, ""},
		{"pgsql ended", pgsqlAnswer, "R\x00\x00\x00\x08", true, sts, 0, "PostgreSQL unknown error"},
		{"pgsql other", pgsqlAnswer, "N", true, sts, 0, "PostgreSQL unknown error"},
		{"pgsql nothing", pgsqlAnswer, "", true, sts, 0, "PostgreSQL unknown error"},

		{"mysql", mysqlGreeting, "\x08\x00\x00\x00\x0a5.5.5\x00\x00", false, ok, 0, "5.5.5"},
		{"mysql without an end", mysqlGreeting, "\x05\x00\x00\x00\x0aabcd", false, ok, 0, "abcd"},
		{"mysql part", mysqlGreeting, "\x08\x00\x00\x00\x0a5.5", false, waits, 0, ""},
		{"mysql ended", mysqlGreeting, "\x08\x00\x00\x00\x0a5.5", true, rsp, 0, ""},
		{"mysql nothing", mysqlGreetingOf("TCPCHK got an empty response at step 2"), "", true, rsp, 0, "TCPCHK got an empty response at step 2"},
		{"mysql empty packet: nothing is made up", mysqlGreeting, "\x00\x00\x00\x00", false, rsp, 0, ""},
		{"mysql refuses", mysqlGreeting, "\x10\x00\x00\x00\xff\x69\x04Host is gone!", false, sts, 1129, "Host is gone!"},
		{"mysql lets in", mysqlWelcome, "\x07\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00", false, next, 0, ""},
		{"mysql asks for another way", mysqlWelcome, "\x02\x00\x00\x02\xfe\x00", false, next, 0, ""},
		{"mysql lets nobody in", mysqlWelcome, "\x16\x00\x00\x02\xff\x15\x04#28000Access denied", false, sts, 1045, "#28000Access denied"},

		{"ldap", ldapAnswer, "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00", false, ok, 0, "Success"},
		{"ldap long lengths", ldapAnswer, "\x30\x84\x00\x00\x00\x10\x02\x01\x01\x61\x84\x00\x00\x00\x00\x0a\x01\x00\x04\x00\x04\x00", false, ok, 0, "Success"},
		{"ldap part", ldapAnswer, "\x30\x0c\x02\x01\x01\x61", false, waits, 0, ""},
		{"ldap longer", ldapAnswer, "\x30\x20\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00", false, waits, 0, ""},
		{"ldap ended", ldapAnswer, "\x30\x0c\x02\x01\x01\x61", true, rsp, 0, ""},
		{"ldap other", ldapAnswer, "hello world hello", false, rsp, 0, notLDAP},
		{"ldap another message", ldapAnswer, "\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x00\x04\x00\x04\x00", false, rsp, 0, notLDAP},
		{"ldap length of lengths", ldapAnswer, "\x30\x85\x00\x00\x00\x00\x10\x02\x01\x01\x61\x07\x0a\x01\x00", false, rsp, 0, notLDAP},
		{"ldap refuses", ldapAnswer, "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x31\x04\x00\x04\x00", false, sts, 49, "See RFC: http://tools.ietf.org/html/rfc4511#section-4.1.9"},

		{"spop", spopAnswer, agent(101, spopVersion+spopSize+spopAble), false, ok, 0, "SPOA server is ok"},
		{"spop more items", spopAnswer, agent(101, "\x01a\x11\x01b\x09\x02cc\x01d\x06abcd"+spopVersion+spopSize+spopAble), false, ok, 0, "SPOA server is ok"},
		{"spop part", spopAnswer, "\x00\x00\x00\x10e", false, waits, 0, ""},
		{"spop ended", spopAnswer, "\x00\x00\x00\x10e", true, rsp, 0, notSPOP},
		{"spop empty", spopAnswer, "\x00\x00\x00\x00", false, rsp, 0, notSPOP},
		{"spop nothing", spopAnswer, "", true, rsp, 0, "TCPCHK got an empty response at step 3"},
		{"spop another frame", spopAnswer, agent(100, spopVersion+spopSize+spopAble), false, rsp, 0, notSPOP},
		{"spop version is a number", spopAnswer, agent(101, "\x07version\x03\x01"), false, rsp, 0, notSPOP},
		{"spop old", spopAnswer, agent(101, "\x07version\x08\x031.0"), false, rsp, 0, "unsupported version"},
		{"spop no version", spopAnswer, agent(101, spopSize+spopAble), false, rsp, 0, "version value not found"},
		{"spop no size", spopAnswer, agent(101, spopVersion+spopAble), false, rsp, 0, "max-frame-size value not found"},
		{"spop small", spopAnswer, agent(101, spopVersion+"\x0emax-frame-size\x03\x40"), false, rsp, 0, "max-frame-size too big or too small"},
		{"spop no capabilities", spopAnswer, agent(101, spopVersion+spopSize), false, rsp, 0, "capabilities value not found"},

		{"ssl alert", sslAnswer, "\x15\x03\x01\x00\x02\x02\x28", false, proxy.OutcomeL6OK, 0, ""},
		{"ssl hello", sslAnswer, "\x16\x03\x01\x00\x04\x02", false, proxy.OutcomeL6OK, 0, ""},
		{"ssl part", sslAnswer, "\x16\x03\x01\x00", false, waits, 0, ""},
		{"ssl other", sslAnswer, "HTTP/1.1 400", false, proxy.OutcomeL6Rsp, 0, ""},
		{"ssl nothing", sslAnswer, "", true, proxy.OutcomeL6Rsp, 0, "TCPCHK got an empty response at step 2"},
	} {
		got, done := judged(c.judge, c.answer, c.eof)
		want := proxy.CheckResult{Outcome: c.outcome, Code: c.code, Text: c.text}
		if c.outcome == next {
			want.Outcome = proxy.OutcomeUnknown
		}
		if done != (c.outcome != waits) || got != want {
			t.Errorf("%s: %v %+v, want %+v", c.name, done, got, want)
		}
		for i := range c.answer { // every truncation is judged at its end, and never earlier than the whole
			if _, done := judged(c.judge, c.answer[:i], true); !done {
				t.Errorf("%s: %q and the end are not judged", c.name, c.answer[:i])
			}
		}
	}
}

func TestProtocolWords(t *testing.T) {
	for _, c := range []struct{ option, wrong string }{
		{"smtpchk", ""},
		{"smtpchk EHLO a.b", ""},
		{"smtpchk EHLO a.b c", "'option smtpchk' cannot handle unexpected argument 'c'."},
		{"redis-check x", "'option redis-check' cannot handle unexpected argument 'x'."},
		{"pgsql-check", "'option pgsql-check' expects 'user <username>' as argument."},
		{"pgsql-check user a", ""},
		{"pgsql-check foo a", "'option pgsql-check' only supports optional values: 'user'."},
		{"mysql-check", ""},
		{"mysql-check foo", "'option mysql-check' only supports optional values: 'user' (got 'foo')."},
		{"mysql-check user", "'option mysql-check user' expects <username> as argument."},
		{"mysql-check user a b", "keyword 'user' only supports 'post-41', 'pre-41' and 'post-80' (got 'b')."},
		{"mysql-check user a post-80 c", "'option mysql-check' cannot handle unexpected argument 'c'."},
	} {
		words := strings.Fields(c.option)
		_, err := ByProtocol(words[0], words[1:])
		var bad *Error
		switch {
		case c.wrong == "" && err != nil, c.wrong != "" && (!errors.As(err, &bad) || bad.Text != c.wrong):
			t.Errorf("option %s: %v, want %q", c.option, err, c.wrong)
		}
	}
}

// TestSaid holds what servers are sent.
func TestSaid(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"pre-41", mysqlPacket(1, mysqlOldLogin("me")), "\x09\x00\x00\x01\x00\x80\x00\x00\x01me\x00\x00"},
		{"post-41", mysqlPacket(1, mysqlLogin("me")), "\x24\x00\x00\x01\x00\x82\x00\x00\x00\x80\x00\x01\x21" + strings.Repeat("\x00", 23) + "me\x00\x00"},
		{"post-80", mysqlPacket(1, mysqlPluginLogin("me")), "\x3a\x00\x00\x01\x00\x82\x08\x00\x00\x80\x00\x01\x21" + strings.Repeat("\x00", 23) + "me\x00\x00mysql_native_password\x00"},
		{"hello", sslHello()[:11], "\x16\x03\x00\x00\x79\x01\x00\x00\x75\x03\x00"},
		{"varint", string(spopVarint(spopVarint(spopVarint(nil, 239), 240), 16380)), "\xef\xf0\x00\xfc\xf0\x06"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

// FuzzJudges feeds all judges with anything: they decide or wait, and say only what prints.
func FuzzJudges(f *testing.F) {
	judges := []func(*proxy.CheckRun) (proxy.CheckVerdict, bool){smtpGreeting, smtpHello, smtpQuit, redisPong, pgsqlAnswer, mysqlGreeting,
		mysqlWelcome, ldapAnswer, spopAnswer, sslAnswer}
	f.Add("220 a\r\n250-b\r\n")
	f.Add("\x30\x84\x00\x00\x00\x10\x02\x01\x01\x61\x84\x00\x00\x00\x00\x0a\x01\x00\x04\x00\x04\x00")
	f.Add(agent(101, spopVersion+spopSize+spopAble))
	f.Add("E\x00\x00\x00\x40SFATAL\x00")
	f.Add("\x10\x00\x00\x00\xff\x69\x04Host is gone!")
	f.Fuzz(func(t *testing.T, answer string) {
		for i, judge := range judges {
			judged(judge, answer, false)
			got, done := judged(judge, answer, true)
			if !done {
				t.Errorf("judge %d waits for more than the end", i)
			}
			if strings.ContainsFunc(got.Text, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("judge %d says %q", i, got.Text)
			}
		}
	})
}
