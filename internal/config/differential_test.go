package config

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// haproxy returns the path of a HAProxy whose language is the one of this package, version 3.5 or later: $HAPROXY_ORACLE, or the
// one on the PATH. Tests that compare with it are skipped without one.
func haproxy(t *testing.T) string {
	t.Helper()
	path := os.Getenv("HAPROXY_ORACLE")
	if path == "" {
		path, _ = exec.LookPath("haproxy")
	}
	if path == "" {
		t.Skip("no haproxy to compare with: set HAPROXY_ORACLE to a 3.5")
	}
	if err := exec.Command(path, "-cc", "version_atleast(3.5-dev0)").Run(); err != nil {
		t.Skipf("%s is older than 3.5: set HAPROXY_ORACLE to a 3.5", path)
	}
	return path
}

var pid = regexp.MustCompile(`(?m)^\[([A-Z]+)\] +\([0-9]+\) : `)

// complaint is the first error in what HAProxy writes, with the lines that belong to it.
func complaint(out string) string {
	out = pid.ReplaceAllString(out, "\x00$1 ")
	for _, m := range strings.Split(out, "\x00") {
		if strings.HasPrefix(m, "ALERT ") {
			return strings.TrimRight(m, "\n")
		}
	}
	return ""
}

func TestSameConditionsAsHAProxy(t *testing.T) {
	path := haproxy(t)
	for _, c := range conditions {
		if strings.HasPrefix(c.text, "enabled") || strings.HasPrefix(c.text, "feature") || strings.ContainsAny(c.text, `\$#'"`) {
			continue // its own facts, or a level of quotes more
		}
		cmd := exec.Command(path, "-cc", c.text)
		cmd.Env = append(os.Environ(), "HERE=")
		out, err := cmd.CombinedOutput()
		status := 0
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			status = exit.ExitCode()
		}
		want := ""
		if c.wrong != "" {
			want = "ALERT Failed to evaluate condition: " + c.wrong
		}
		if got := complaint(string(out)); status != c.status || got != want {
			t.Errorf("%q: haproxy exits %d and says %q, we have %d %q", c.text, status, got, c.status, want)
		}
	}
}

// tricky are files whose first error comes from the language, not from a keyword.
func tricky() []string {
	long := strings.Repeat("x", 200)
	texts := []string{
		"foo\n", "\xef\xbb\xbflisten a\n", "listen a\n foo\n", "listen a\n mode a b\n", "global\n", "",
		"global", "listen a\n  ", "listen a\n # foo", "listen a\n mode tcp\\", "# a\x00b\n\n", "listen a # \x00\n\n",
		"listen a\n \"abc\n", "listen a\n\t 'abc\n", "listen a\n \t  foo\x01\x7f\xe9\t\"abc\n",
		"listen a\n foo " + long + " \"abc" + long + "\n", "listen a\n foo \"abc" + long + "\n", "listen a\n foo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx \"abc" + long + "\n",
		"listen a\n foo " + long[:70] + " \"abc\n", "listen a\n foo " + long[:60] + " \"abc" + long[:30] + "\n", "listen a\n foo " + long[:33] + " \"abc" + long[:60] + "\n",
		"listen a\n foo " + long[:20] + " \"" + long[:48] + "\n", "listen a\n foo " + long[:20] + " \"" + long[:52] + "\n",
		"listen a\n \"${\"\n", "listen a\n \"$\"\n", "listen a\n \"${FOO\"\n", "listen a\n \"${X[1]}\"\n", "listen a\n \\xzz\n", "listen a\n \"a\\x4\n",
		"listen a\n mode \"\" tcp\n", "listen a\n mode a \"\"\n", "listen a\n mode ''\n", "listen a\n mode \"\\x00\"\n", "listen a\n \"\" a\n",
		"listen a\n mode\t \"a b\" ''\n", "listen a\n .if 0\n mode \"\"\n .foo\n .notice a b\n .endif\n .foo\n",
		"no\n", "default\n", "no foo\n", "no listen a\n", "listen a\n no mode tcp\n", "listen a\n option foo\n", "listen a\n option httplogg\n",
		"listen a\n no option foo\n", "listen a\n no option httplog\n", "listen a\n default option httplog\n",
		"listen a\n[]\n", "listen a\n[b\n", "listen a\n[d] x\n", "listen\n", "global foo\n",
		"defaults\n bind :1\n", "listen a\n mode" + strings.Repeat(" w", 63) + "\n",
		".foo\n", ".alert x\n", ".alert a b\n", ".notice a b\n", ".warning a b\n", ".diag a b\n",
		".elif 1\n", ".else\n", ".endif\n", ".if 1\n.else x\n", ".if 1\n.endif x\n", ".if 1\n.else\n.elif 1\n", ".if 1\n.else\n.else\n", ".if 1\n",
		".if 0\n.if (\n.elif (\n.endif\n.endif\n", strings.Repeat(".if 1\n", 99) + strings.Repeat(".endif\n", 99), strings.Repeat(".if 1\n", 100),
		".if \"1\"   2\n", ".if 0\n.elif 1   x\n", ".if \"$FOO\" 1 2\n", ".if !\n", ".if ! # x\n",
		"global\n setenv\n", "global\n setenv a\n", "global\n setenv a b c\n", "global\n unsetenv\n", "global\n setenv A=B c\n",
		"listen a\n foo\\ bar\n", "listen a\n \"fo o\" bar\n", "listen a\r\n foo\r\n",
	}
	for _, c := range conditions {
		if c.status == 2 && !strings.Contains(c.text, `"`) {
			texts = append(texts, ".if "+c.text+"\n")
		}
	}
	return texts
}

func TestSameFirstErrorAsHAProxy(t *testing.T) {
	path := haproxy(t)
	dir := t.TempDir()
	for _, text := range tricky() {
		if err := os.WriteFile(filepath.Join(dir, "t.cfg"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(path, "-c", "-f", "t.cfg")
		cmd.Dir = dir
		out, _ := cmd.CombinedOutput()
		want := complaint(string(out))
		got := ""
		_, texts := parse(text)
		for _, s := range texts {
			if strings.HasPrefix(s, "ALERT ") {
				got = s
				break
			}
		}
		// In some messages HAProxy has a stray line at the end.
		want = strings.TrimSuffix(want, "\n.")
		if got != want {
			t.Errorf("%q:\nwe say  %s\nhaproxy %s", text, got, want)
		}
	}
}

func TestSameDumpAsHAProxy(t *testing.T) {
	path := haproxy(t)
	reg := func(w string) bool {
		return strings.Contains(" acme backend cache crt-store defaults fcgi-app frontend global healthcheck http-errors listen "+
			"log-forward log-profile mailers namespace_list peers resolvers ring traces userlist ", " "+w+" ")
	}
	odd := filepath.Join(t.TempDir(), "odd.cfg")
	if err := os.WriteFile(odd, []byte(oddAddresses), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(corpusFiles(t), odd) {
		if !strings.HasSuffix(name, ".cfg") || strings.Contains(name, "corpus/") && !strings.HasSuffix(name, "0.cfg") {
			continue // of the real ones every tenth: each takes two runs
		}
		files, err := Load([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		for option, d := range map[string]Dump{"-dC": {}, "-dC1234": {Key: 1234}} {
			d.Section, d.Env = reg, NewEnv(os.Environ())
			var got bytes.Buffer
			report := &Report{}
			if err := d.Print(&got, files, report); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(path, "-c", option, "-f", name).Output()
			if err != nil || report.Fatal() {
				continue // cut short by an error
			}
			// HAProxy reads a file twice and prints it both times.
			if twice := got.String() + got.String(); twice != string(out) {
				t.Errorf("%s %s: %s", name, option, firstDifference(twice, string(out)))
			}
		}
	}
}

const oddAddresses = `backend b
 server s $A:80
 server s 10.0.0.1:$P
 server s :$P
 server s $A:x
 server s $A:
 server s a:x
 server s *:x
 server s $
 server s $A$B:$C
 server s ${A}:${B}
 server s :x
 server s ::x
 server s /a:$x
 server s ::1:80
 server s 127.1.2.3:80
 server s 255.255.255.255:1
 server s 0.0.0.0
 server s [::]:80
 server s localhost:80
 server s udp@10.0.0.1:1
 server s tcp@10.0.0.1:1
 server s 10.0.0.1:+80
 server s 1.2.3:80
 server s ,
 server s 127.0.0.1,10.0.0.1:80
`
