package tls

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/test/program"
)

// Every file that cannot be used is told in one line, with the line of the configuration and the name of the file.
func TestBrokenFiles(t *testing.T) {
	binary, dir := program.Sluice(t), t.TempDir()
	ca := opened(t, dir, "ca")
	ca.issue("good.pem", false, time.Hour, "good")
	ca.issue("other.pem", false, time.Hour, "other")
	good, err := os.ReadFile(filepath.Join(dir, "good.pem"))
	ca.must(err)
	other, err := os.ReadFile(filepath.Join(dir, "other.pem"))
	ca.must(err)
	split := bytes.Index(good, []byte("-----BEGIN PRIVATE"))
	ca.write("lone.pem", good[:split])
	ca.write("mixed.pem", append(bytes.Clone(good[:split]), other[bytes.Index(other, []byte("-----BEGIN PRIVATE")):]...))
	ca.write("junk.pem", []byte("junk\n"))
	ca.write("torn.pem", block("CERTIFICATE", []byte{0x30, 0x82, 1, 2, 3}))
	ca.write("tornkey.pem", append(bytes.Clone(good[:split]), block("PRIVATE KEY", []byte{0x30, 1, 2})...))
	ca.write("torncrl.pem", block("X509 CRL", []byte{0x30, 0x82, 1, 2, 3}))
	ca.write("unknown.list", []byte(dir+"/good.pem [sauce hot]\n"))
	ca.write("open.list", []byte(dir+"/good.pem [alpn x\n"))
	ca.write("cut.list", []byte(dir+"/good.pem"))
	ca.write("third.list", []byte("# one\n\n"+dir+"/nothing.pem\n"))
	ca.write("verify.list", []byte(dir+"/good.pem [verify perhaps]\n"))
	ca.write("keys", []byte("c2hvcnQ=\n"))
	const crt = "bind :9 ssl crt @good.pem "
	for _, c := range []struct{ line, want string }{
		{"bind :9 ssl crt @nothing.pem", "unable to stat SSL certificate from file '@nothing.pem' : No such file or directory"},
		{"bind :9 ssl crt @junk.pem", "unable to load certificate from file '@junk.pem': no start line"},
		{"bind :9 ssl crt @lone.pem", "No Private Key found in '@lone.pem.key'"},
		{"bind :9 ssl crt @mixed.pem", "inconsistencies between private key and certificate loaded '@mixed.pem'"},
		{"bind :9 ssl crt @tornkey.pem", "unable to load private key from file '@tornkey.pem'"},
		{"bind :9 ssl crt @torn.pem", "'@torn.pem"},
		{"bind :9 ssl", "no SSL certificate specified"},
		{"bind :9 ssl crt-list @nothing", "'crt-list' : cannot open file '@nothing' : No such file or directory"},
		{"bind :9 ssl crt-list @unknown.list", "parsing [@unknown.list:1]: unknown ssl keyword sauce"},
		{"bind :9 ssl crt-list @open.list", "parsing [@open.list:1]: unclosed '['"},
		{"bind :9 ssl crt-list @cut.list", "parsing [@cut.list:1]: Missing LF on last line"},
		{"bind :9 ssl crt-list @third.list", "parsing [@third.list:3]: unable to stat SSL certificate from file '@nothing.pem'"},
		{"bind :9 ssl crt-list @verify.list", "parsing [@verify.list:1]: 'verify' : unknown verify method 'perhaps'"},
		{crt + "verify required ca-file @nothing", "'ca-file' : unable to load @nothing"},
		{crt + "verify required ca-file @junk.pem", "'ca-file' : unable to load @junk.pem"},
		{crt + "verify required ca-file @torn.pem", "'ca-file' : unable to load @torn.pem"},
		{crt + "verify required ca-file @ca.pem crl-file @torncrl.pem", "'crl-file' : unable to load @torncrl.pem"},
		{crt + "verify required", "verify is enabled but no CA file specified"},
		{crt + "ciphers NONSENSE", "unable to set SSL cipher list to 'NONSENSE'"},
		{crt + "curves nonsense", "unable to set SSL curves list to 'nonsense'"},
		{crt + "ssl-min-ver TLSv9", "unknown ssl/tls version"},
		{crt + "ssl-min-ver TLSv1.3 ssl-max-ver TLSv1.2", "all SSL/TLS versions are disabled"},
		{crt + "tls-ticket-keys @keys", "wrong sized key on line 1"},
		{crt + "generate-certificates", "cannot enable certificate generation, no CA certificate File configured"},
		{crt + "generate-certificates ca-sign-file @lone.pem", "Failed to read CA certificate file '@lone.pem'"},
		{"server s 127.0.0.1:9 ssl verify required", "verify is enabled by default but no CA file specified"},
		{"server s 127.0.0.1:9 ssl verify none crt @mixed.pem", "inconsistencies between private key and certificate loaded '@mixed.pem'"},
		{"server s 127.0.0.1:9 ssl verify required ca-file @junk.pem", "'ca-file' : unable to load @junk.pem"},
	} {
		named := func(text string) string { return strings.ReplaceAll(text, "@", dir+"/") }
		file := ca.write("c.cfg", []byte("listen l\n    mode http\n    timeout client 1s\n    timeout server 1s\n    timeout connect 1s\n    "+named(c.line)+"\n"))
		out, err := exec.Command(binary, "-c", "-f", file).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Errorf("%s: %v, want status 1\n%s", c.line, err, out)
			continue
		}
		alerts := 0
		for line := range strings.Lines(string(out)) {
			if strings.HasPrefix(line, "[ALERT]") && !strings.Contains(line, "rror(s) found") && !strings.Contains(line, "Fatal errors") {
				alerts++
				if !strings.Contains(line, named(c.want)) || !strings.Contains(line, "c.cfg:6]") {
					t.Errorf("%s: %s, want %s", c.line, line, named(c.want))
				}
			}
		}
		if alerts != 1 {
			t.Errorf("%s: %d lines\n%s", c.line, alerts, out)
		}
	}
}
