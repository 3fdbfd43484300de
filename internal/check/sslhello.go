package check

import (
	"encoding/binary"
	"strings"

	"sluice/internal/proxy"
)

// sslHelloSteps make option ssl-hello-chk (configuration.txt 4.2): the first message of a handshake of SSLv3. Any answer
// that is of a handshake or an alert shows a server that speaks TLS: new ones refuse SSLv3 by an alert.
func sslHelloSteps([]string) ([]proxy.CheckStep, error) {
	return []proxy.CheckStep{say(sslHello()), &hear{judge: sslAnswer, late: proxy.OutcomeL6Tout}}, nil
}

// sslHello is the message (RFC 6101, 5.6.1.2), with every cipher suite of that time.
func sslHello() string {
	const version, clientHello, handshake, random = "\x03\x00", "\x01", "\x16", 32
	var suites []byte
	for _, span := range [...][2]uint16{{0x01, 0x1b}, {0x2f, 0x3a}} {
		for suite := span[0]; suite <= span[1]; suite++ {
			suites = binary.BigEndian.AppendUint16(suites, suite)
		}
	}
	const noSession, noCompression = "\x00", "\x01\x00"
	body := version + strings.Repeat("\x55", random) + noSession + length16(suites) + string(suites) + noCompression
	message := clientHello + "\x00" + length16([]byte(body)) + body
	return handshake + version + length16([]byte(message)) + message
}

func length16(b []byte) string { return string(binary.BigEndian.AppendUint16(nil, uint16(len(b)))) }

// sslAnswer judges the head of the first record.
func sslAnswer(x *proxy.CheckRun) (proxy.CheckVerdict, bool) {
	const head, alert, handshake = 5, 0x15, 0x16
	switch {
	case len(x.In) == 0:
		return x.End(proxy.OutcomeL6Rsp, 0, "TCPCHK got an empty response at step 2"), true
	case len(x.In) < head && !x.EOF:
		return wait()
	case x.In[0] != alert && x.In[0] != handshake:
		return x.End(proxy.OutcomeL6Rsp, 0, ""), true
	}
	x.Result = proxy.CheckResult{Outcome: proxy.OutcomeL6OK}
	return proxy.CheckNext, true
}
