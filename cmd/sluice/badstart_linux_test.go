package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A badStart is a change of a good configuration with which the process must not start.
type badStart struct {
	name     string
	from, to string // in the configuration
	want     string // a part of the only complaint
	nobody   bool   // with no rights
}

// badStarts are the starts that fail, for what stands in dir and the address that somebody else has.
func badStarts(dir, address, taken string) []badStart {
	global := func(line string) string { return "nbthread 2\n\t" + line }
	bind := func(words string) string { return address + " " + words }
	back := func(line string) string {
		return "frontend a\n\tdefault_backend b\nbackend b\n\t" + line + "\nfrontend c"
	}
	const parsed = "bad.cfg:3] : "
	return []badStart{
		{"an unknown user", "nbthread 2", global("user nobody-of-that-name"), parsed + "cannot find user id for 'nobody-of-that-name'", false},
		{"an unknown group", "nbthread 2", global("group nobody-of-that-name"), parsed + "cannot find group id for 'nobody-of-that-name'", false},
		{"an unknown keyword", "nbthread 2", global("nonsense"), parsed + "unknown keyword 'nonsense'", false},
		{"no folder for chroot", "nbthread 2", global("chroot /nowhere/at/all"), "Cannot chroot(/nowhere/at/all)", false},
		{"chroot without rights", "nbthread 2", global("chroot /tmp"), "Cannot chroot(/tmp): Operation not permitted", true},
		{"another user without rights", "nbthread 2", global("uid 12345"), "Cannot set uid 12345", true},
		{"too many descriptors", "nbthread 2", global("ulimit-n 99999999"), "Cannot raise FD limit to 99999999", true},
		{"more descriptors than the configuration allows", "nbthread 2", global("fd-hard-limit 100\n\tmaxconn 200"), "Cannot raise FD limit to 4", false},
		{"a pid file without rights", "nbthread 2", global("pidfile /proc/sluice.pid"), "Cannot create pidfile /proc/sluice.pid", true},
		{"a port that is taken", address, taken, "bad.cfg:10] for frontend a: protocol tcpv4: cannot bind socket (Address already in use)", false},
		{"a port without rights", address, "127.0.0.1:79", "bad.cfg:10] for frontend a: protocol tcpv4: cannot bind socket (Permission denied)", true},
		{"an address of elsewhere", address, "192.0.2.1:8080", "bad.cfg:10] for frontend a: protocol tcpv4: cannot bind socket (Cannot assign requested address)", false},
		{"a socket of the runtime API without a folder", "stats socket " + dir + "/s", "stats socket " + dir + "/nowhere/s", "bad.cfg:3] for frontend GLOBAL: ", false},
		{"a certificate that is not there", address, bind("ssl crt " + dir + "/nothing.pem"), "bad.cfg:10] : 'bind " + address + "' in section 'frontend' : unable to stat SSL certificate from file '" + dir + "/nothing.pem' : No such file or directory", false},
		{"a certificate without rights", address, bind("ssl crt " + dir + "/closed.pem"), "'" + dir + "/closed.pem'", true},
		{"a broken certificate", address, bind("ssl crt " + dir + "/junk"), "unable to load certificate from file '" + dir + "/junk'", false},
		{"a broken list of certificates", address, bind("ssl crt-list " + dir + "/junk"), "parsing [" + dir + "/junk:1]", false},
		{"a broken authority", address, bind("ssl crt " + dir + "/good.pem verify required ca-file " + dir + "/junk"), "'ca-file' : unable to load " + dir + "/junk", false},
		{"a broken key", address, bind("ssl crt " + dir + "/half.pem"), "private key", false},
		{"a file of patterns that is not there", "http-request return status 200", "http-request deny if { src -f " + dir + "/nothing }", "failed to open pattern file <" + dir + "/nothing>", false},
		{"a broken list of networks", "http-request return status 200", "http-request deny if { src -f " + dir + "/junk }", "'junk'", false},
		{"a map that is not there", "http-request return status 200", "http-request set-header a %[src,map(" + dir + "/nothing)]", "failed to open pattern file <" + dir + "/nothing>", false},
		{"an error page that is not there", "http-request return status 200", "errorfile 503 " + dir + "/nothing", "error opening file '" + dir + "/nothing'", false},
		{"a program without a command", "frontend a", "program x\nfrontend a", "program section 'x' lacks a command", false},
		{"a check without a command", "frontend a", back("option external-check\n\texternal-check command /bin/true"), "'option external-check' unable to find required 'global.external-check'", false},
		{"a server that nobody knows", "frontend a", back("server s no.such.host.invalid:80"), "could not resolve address 'no.such.host.invalid'", false},
	}
}

// larder fills a folder with what is broken, and one good certificate.
func larder(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sheet := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"site.example"}}
	made, err := x509.CreateCertificate(rand.Reader, sheet, sheet, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	good := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made})
	half := len(good)
	good = append(good, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	for name, text := range map[string]string{"junk": "junk\n", "good.pem": string(good), "closed.pem": string(good),
		"half.pem": string(good[:half]) + "-----BEGIN PRIVATE KEY-----\nMAMCAQA=\n-----END PRIVATE KEY-----\n"} {
		mode := os.FileMode(0o644)
		if name == "closed.pem" {
			mode = 0o600
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBadStarts holds starts that fail to one clear line, and to leave the process that serves alone.
func TestBadStarts(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir, address := service(t)
	larder(t, dir)
	for _, folder := range []string{filepath.Dir(program(t)), filepath.Dir(dir)} {
		if err := os.Chmod(folder, 0o755); err != nil { // for nobody
			t.Fatal(err)
		}
	}
	if said, err := exec.Command(program(t), "-D", "-f", dir+"/a.cfg", "-p", dir+"/pid").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	defer stopDaemon(t, dir+"/pid")
	pid, _ := os.ReadFile(dir + "/pid")
	good, _ := os.ReadFile(dir + "/a.cfg")
	for _, c := range badStarts(dir, address, taken.Addr().String()) {
		if c.nobody && os.Geteuid() != 0 {
			t.Logf("%s: only root can be nobody", c.name)
			continue
		}
		text := strings.Replace(string(good), c.from, c.to, 1)
		if text == string(good) {
			t.Errorf("%s: nothing was changed", c.name)
		}
		if c.nobody { // who may share neither root's socket nor its port
			if c.from != address {
				text = strings.Replace(text, address, "abns@"+filepath.Base(filepath.Dir(dir))+".web", 1)
			}
			text = strings.Replace(text, "stats socket "+dir+"/s ", "stats socket abns@"+filepath.Base(filepath.Dir(dir))+" ", 1)
		}
		if err := os.WriteFile(dir+"/bad.cfg", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		words := []string{"-D", "-f", dir + "/bad.cfg", "-x", dir + "/s", "-sf", strings.TrimSpace(string(pid))}
		if !c.nobody {
			words = append(words, "-p", dir+"/bad.pid")
		}
		cmd := exec.Command(program(t), words...)
		if c.nobody { // who could not signal the process that serves either
			cmd.Args = cmd.Args[:4]
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		said, err := cmd.CombinedOutput()
		if complaint := complained(string(said)); err == nil || len(complaint) != 1 || !strings.Contains(strings.Join(complaint, ""), c.want) {
			t.Errorf("%s: %v, want one line with %q\n%s", c.name, err, c.want, said)
		}
		if got := ask(t, address, "GET / HTTP/1.0\r\n\r\n"); !strings.Contains(got, " 200 ") {
			t.Errorf("%s: the process that served says %q", c.name, got)
		}
		if _, err := os.Stat(dir + "/bad.pid"); err == nil {
			t.Errorf("%s: a pid file was left", c.name)
		}
		if n := killAll(t, dir+"/bad.cfg"); n > 0 {
			t.Fatalf("%s: %d processes were left", c.name, n)
		}
	}
	if still, _ := os.ReadFile(dir + "/pid"); string(still) != string(pid) {
		t.Errorf("the pid file says %q, and said %q", still, pid)
	}
}

// TestCalledOff has a daemon wait for a port that an old process does not let go of, and ends the start: the old one is
// told to go on, and nothing is left.
func TestCalledOff(t *testing.T) {
	dir, address := service(t)
	taken, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	told := make(chan os.Signal, 4)
	signal.Notify(told, syscall.SIGTTOU, syscall.SIGTTIN)
	defer signal.Stop(told)
	for _, modes := range [][]string{{"-D"}, {"-db"}, {"-D", "-W"}} {
		cmd := exec.Command(program(t), append(modes, "-f", dir+"/a.cfg", "-p", dir+"/pid", "-sf", strconv.Itoa(os.Getpid()))...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if s := <-told; s != syscall.SIGTTOU {
			t.Fatalf("%v: %v", modes, s)
		}
		cmd.Process.Signal(syscall.SIGTERM)
		if s := <-told; s != syscall.SIGTTIN {
			t.Errorf("%v: %v", modes, s)
		}
		if err := cmd.Wait(); err == nil {
			t.Errorf("%v: the start did not fail", modes)
		}
		if n := killAll(t, dir+"/a.cfg"); n > 0 {
			t.Errorf("%v: %d processes were left", modes, n)
		}
		if _, err := os.Stat(dir + "/pid"); err == nil {
			t.Errorf("%v: a pid file was left", modes)
		}
	}
}

// TestFewDescriptors starts with a limit that leaves too few connections: that is one line, which says how many there could be.
func TestFewDescriptors(t *testing.T) {
	dir, _ := service(t)
	for limit, want := range map[string]string{
		"50": "Cannot raise FD limit to 228, current limit is 50 and hard limit is 50. Raise it (ulimit -n), or set 'maxconn' to about 11.",
		"15": "Cannot raise FD limit to 228, current limit is 15 and hard limit is 15. Raise it (ulimit -n).",
	} {
		said, err := exec.Command("sh", "-c", "ulimit -n "+limit+"; exec "+program(t)+" -db -f "+dir+"/a.cfg").CombinedOutput()
		if complaint := complained(string(said)); err == nil || len(complaint) != 1 || !strings.Contains(complaint[0], want) {
			t.Errorf("%s: %v, want one line with %q\n%s", limit, err, want, said)
		}
	}
}

// TestNoFiles names a folder without a configuration.
func TestNoFiles(t *testing.T) {
	dir := t.TempDir()
	said, err := exec.Command(program(t), "-f", dir).CombinedOutput()
	if want := "config : There is no configuration file (*.cfg) in " + dir + "\n"; err == nil || !strings.HasSuffix(string(said), want) || strings.Count(string(said), "\n") > 3 {
		t.Errorf("%v, want %q\n%s", err, want, said)
	}
	other := t.TempDir()
	if err := os.WriteFile(other+"/a.cfg", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(program(t), "-c", "-f", dir, "-f", other).CombinedOutput(); err != nil {
		t.Errorf("beside another folder: %v\n%s", err, said)
	}
}

// complained picks the alerts that are none of those that only sum up, or that tell of a section that is old.
func complained(said string) (lines []string) {
	for line := range strings.Lines(said) {
		if strings.HasPrefix(line, "[ALERT]") && !strings.Contains(line, "rror(s) found") && !strings.Contains(line, "Fatal errors found") &&
			!strings.Contains(line, "Some protocols failed to start") && !strings.Contains(line, "unknown keyword 'program'") {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestWrongPassword asks for the page with and without what stats auth wants.
func TestWrongPassword(t *testing.T) {
	dir, address := service(t)
	good, _ := os.ReadFile(dir + "/a.cfg")
	text := string(good) + "\tstats enable\n\tstats uri /page\n\tstats realm The\\ page\n\tstats auth anna:secret\n\tstats admin if TRUE\n"
	text = strings.Replace(text, "\thttp-request return status 200\n", "", 1)
	if err := os.WriteFile(dir+"/a.cfg", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(program(t), "-D", "-f", dir+"/a.cfg", "-p", dir+"/pid").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	defer stopDaemon(t, dir+"/pid")
	for login, status := range map[string]int{"": 401, "YW5uYTp3cm9uZw==": 401, "YW5uYTo=": 401, "Ym9iOnNlY3JldA==": 401, "!": 401, "YW5uYTpzZWNyZXQ=": 200} {
		header := ""
		if login != "" {
			header = "Authorization: Basic " + login + "\r\n"
		}
		got := ask(t, address, "GET /page HTTP/1.0\r\n"+header+"\r\n")
		if !strings.Contains(got, fmt.Sprintf(" %d ", status)) || (status == 401) != strings.Contains(got, `Basic realm="The page"`) || status == 401 && strings.Contains(got, "a,FRONTEND") {
			t.Errorf("%q: %.300s", login, got)
		}
		got = ask(t, address, "POST /page HTTP/1.0\r\n"+header+"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 13\r\n\r\ns=x&action=up")
		if status == 401 && !strings.Contains(got, " 401 ") {
			t.Errorf("an order with %q: %.300s", login, got)
		}
	}
}
