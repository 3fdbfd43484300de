package check

import (
	"bytes"

	"sluice/internal/proxy"
)

// smtpSteps make option smtpchk (configuration.txt 4.2): the greeting, HELO or EHLO, QUIT (RFC 5321, 4.3.2).
func smtpSteps(words []string) ([]proxy.CheckStep, error) {
	hello := "HELO localhost"
	if len(words) == 2 && (words[0] == "EHLO" || words[0] == "HELO") {
		hello = words[0] + " " + words[1]
	}
	return []proxy.CheckStep{hears(smtpGreeting), say(hello + "\r\n"), hears(smtpHello), say("QUIT\r\n"), hears(smtpQuit)}, nil
}

// smtpLeast is the shortest answer: a code and one byte behind it.
const smtpLeast = 4

// smtpGreeting judges the first line.
func smtpGreeting(x *proxy.CheckRun) (proxy.CheckVerdict, bool) {
	switch {
	case len(x.In) < smtpLeast && !x.EOF:
		return wait()
	case !smtpCode(x.In, " \r"):
		return noAnswer(x, shown(firstLine(x.In)))
	case x.In[0] != '2':
		return smtpBad(x)
	}
	return proxy.CheckNext, true
}

// smtpHello judges the answer to HELO or EHLO, which may have several lines: all but the last have a dash.
func smtpHello(x *proxy.CheckRun) (proxy.CheckVerdict, bool) {
	for rest := x.In; ; {
		switch {
		case len(rest) < smtpLeast && !x.EOF:
			return wait()
		case !smtpCode(rest, "- \r") || rest[0] != '2':
			return smtpBad(x)
		case rest[3] != '-':
			return proxy.CheckNext, true
		}
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			if x.EOF {
				return smtpBad(x)
			}
			return wait()
		}
		rest = rest[end+1:]
	}
}

// smtpQuit judges the answer to QUIT.
func smtpQuit(x *proxy.CheckRun) (proxy.CheckVerdict, bool) {
	switch {
	case len(x.In) < smtpLeast && !x.EOF:
		return wait()
	case !smtpCode(x.In, "- \r") || x.In[0] != '2':
		return smtpBad(x)
	}
	return pass(x, smtpNumber(x.In), smtpText(x.In))
}

func smtpBad(x *proxy.CheckRun) (proxy.CheckVerdict, bool) {
	return badAnswer(x, smtpNumber(x.In), smtpText(x.In))
}

// smtpCode reports whether a line begins with a code and one of the bytes.
func smtpCode(line []byte, behind string) bool {
	return len(line) >= smtpLeast && isDigit(line[0]) && isDigit(line[1]) && isDigit(line[2]) && bytes.IndexByte([]byte(behind), line[3]) >= 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// smtpNumber is the code of an answer as far as it is one.
func smtpNumber(line []byte) (n int) {
	for i := 0; len(line) >= 3 && i < 3 && isDigit(line[i]); i++ {
		n = 10*n + int(line[i]-'0')
	}
	return n
}

// smtpText is what follows the code in the first line.
func smtpText(line []byte) string {
	if len(line) <= smtpLeast {
		return ""
	}
	return shown(firstLine(bytes.TrimLeft(line[smtpLeast:], " ")))
}
