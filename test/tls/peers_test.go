package tls

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// ask runs openssl and returns what it prints.
func (h *house) ask(args ...string) string {
	h.Helper()
	out, err := exec.Command(h.openssl, args...).CombinedOutput()
	if err != nil {
		h.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func TestResumption(t *testing.T) {
	h := newHouse(t)
	cases := []struct {
		bind, client string
		again        bool
	}{
		{"crt ^ec.pem", "-tls1_2", true},
		{"crt ^ec.pem", "-tls1_3", true},
		{"crt ^ec.pem no-tls-tickets", "-tls1_3", true},
		{"crt ^ec.pem verify optional ca-file ^ca.pem", "-tls1_3 -cert ^good.pem -key ^good.pem", true},
		{"crt ^ec.pem verify optional ca-file ^ca.pem", "-tls1_2 -cert ^good.pem -key ^good.pem", true},
		{"crt ^rsa.pem strict-sni", "-tls1_3 -servername both.example", true},
	}
	for _, c := range cases {
		h.at(c.bind)
	}
	h.open()
	for i, c := range cases {
		file := filepath.Join(h.dir, fmt.Sprint("session", i))
		for round, option := range []string{" -sess_out " + file, " -sess_in " + file} {
			got, bad := h.client(h.at(c.bind), c.client+option)
			want := "resumed=0"
			if c.again && round == 1 {
				want = "resumed=1"
			}
			if !strings.Contains(got, want) {
				t.Errorf("bind %q, client %q, connection %d: %q, want %s\n%s", c.bind, c.client, round, got, want, bad)
			}
			if strings.Contains(c.client, "good") && !strings.Contains(got, "client=good") {
				t.Errorf("bind %q, connection %d: %q does not know the client", c.bind, round, got)
			}
		}
	}
}

func TestRenegotiationIsRefused(t *testing.T) {
	h := newHouse(t)
	socket := h.at("crt ^ec.pem")
	h.open()
	wait, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(wait, h.openssl, "s_client", "-unix", socket, "-tls1_2")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	io.WriteString(in, "R\n")
	cmd.Wait()
	if text := out.String(); !strings.Contains(text, "RENEGOTIATING") || !strings.Contains(text, "error:") {
		t.Errorf("it was not refused:\n%s", text)
	}
	if got, bad := h.client(socket, ""); !strings.Contains(got, "TLSv1.3") {
		t.Errorf("the next client: %q\n%s", got, bad)
	}
}

// hello is the first record of a client.
func hello(t *testing.T) []byte {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	go tls.Client(ours, &tls.Config{InsecureSkipVerify: true}).Handshake()
	theirs.SetReadDeadline(time.Now().Add(patience))
	b := make([]byte, 4096)
	n, err := theirs.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n]
}

// sends writes bytes to a front and ends the connection, and returns what was answered.
func (h *house) sends(socket string, b []byte, end bool) []byte {
	h.Helper()
	c, err := net.Dial("unix", socket)
	if err != nil {
		h.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	c.Write(b)
	if end {
		c.(*net.UnixConn).CloseWrite()
	}
	answer, _ := io.ReadAll(c)
	return answer
}

func TestPeersThatDoNotShakeHands(t *testing.T) {
	h := newHouse(t)
	socket, slow := h.at("crt ^ec.pem"), h.at("crt ^ec.pem no-alpn")
	h.config.WriteString("    timeout client 100ms\n    timeout client-hs 100ms\n")
	h.open()
	whole := hello(t)
	failed := 0
	garbage := bytes.Repeat([]byte{0xff, 0x00, 0x81}, 2000)
	for _, c := range []struct {
		what string
		sent []byte
		end  bool
		want string
	}{
		{"a request", []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), false, "34 SSL handshake failure <error:0A00009C:SSL routines::http request>"},
		{"garbage", garbage, false, "34 SSL handshake failure <error:0A00010B:SSL routines::wrong version number>"},
		{"nothing", nil, true, "24 Connection closed during SSL handshake <->"},
		{"a byte", whole[:1], true, "24 Connection closed during SSL handshake <->"},
		{"half a record", whole[:len(whole)/2], true, "24 Connection closed during SSL handshake <->"},
		{"a hello and no more", whole, true, "24 Connection closed during SSL handshake <->"},
	} {
		h.sends(socket, c.sent, c.end)
		failed++
		if line := h.complains(socket); line != c.want {
			t.Errorf("%s: logged %q, want %q", c.what, line, c.want)
		}
	}
	for n := 1; n < len(whole); n += 7 { // every kind of place, in turns that a loaded machine bears
		h.sends(socket, whole[:n], true)
		failed++
		if line := h.complains(socket); !strings.HasPrefix(line, "24 ") {
			t.Fatalf("%d bytes of a hello: logged %q", n, line)
		}
	}
	h.sends(slow, whole[:20], false)
	if line := h.complains(slow); !strings.HasPrefix(line, "26 Timeout during SSL handshake") {
		t.Errorf("a client that waits: logged %q", line)
	}
	if got, bad := h.client(socket, ""); !strings.Contains(got, "TLSv1.3") {
		t.Errorf("the next client: %q\n%s", got, bad)
	}
	h.counted(socket, failed)
}

// counted compares the failures that the statistics count with those that were logged.
func (h *house) counted(socket string, failed int) {
	h.Helper()
	c, err := net.Dial("unix", filepath.Join(h.dir, "cli"))
	if err != nil {
		h.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "show stat "+filepath.Base(socket)+" 1 -1 typed\n")
	text, _ := io.ReadAll(c)
	fields := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if place, rest, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			parts := strings.Split(place, ".")
			kind := strings.Split(rest, ":")
			fields[parts[len(parts)-2]] = kind[len(kind)-1]
		}
	}
	if n := fields["ssl_failed_handshake"]; n != strconv.Itoa(failed) || fields["ereq"] != "0" {
		h.Errorf("%s failed handshakes and %s bad requests are counted, want %d and 0", n, fields["ereq"], failed)
	}
}
