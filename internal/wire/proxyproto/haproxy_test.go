package proxyproto

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startHAProxy runs the haproxy of the PATH with a configuration, until the test ends. The listener becomes its
// descriptor 3 and listens already, so that nobody has to wait for the start.
func startHAProxy(t *testing.T, l net.Listener, config string) {
	t.Helper()
	program, err := exec.LookPath("haproxy")
	if err != nil {
		t.Skip("needs the program haproxy")
	}
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	path := filepath.Join(t.TempDir(), "haproxy.cfg")
	head := "defaults\n  timeout client 10s\n  timeout server 10s\n  timeout connect 10s\n"
	if err := os.WriteFile(path, []byte(head+config), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	run := exec.Command(program, "-db", "-f", path)
	run.ExtraFiles, run.Stdout, run.Stderr = []*os.File{file}, &out, &out
	if err := run.Start(); err != nil {
		t.Skip("cannot run haproxy:", err)
	}
	t.Cleanup(func() {
		run.Process.Kill()
		run.Wait()
		if t.Failed() {
			t.Log(out.String())
		}
	})
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func dial(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}

// TestHAProxyReads sends headers of ours to HAProxy, which says what it read.
func TestHAProxyReads(t *testing.T) {
	l := listen(t)
	startHAProxy(t, l, `
frontend f
  mode http
  bind fd@3 accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src]:%[src_port] %[dst]:%[dst_port] %[fc_pp_authority] %[fc_pp_unique_id]"
`)
	four, six := ap("192.0.2.1:1234"), ap("[2001:db8::1]:4321")
	binaryHeader := func(v V2) []byte {
		b, err := AppendV2(nil, &v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		header []byte
		want   string
	}{
		{AppendV1(nil, four, four), "192.0.2.1:1234 192.0.2.1:1234  "},
		{AppendV1(nil, six, six), "2001:db8::1:4321 2001:db8::1:4321  "},
		{binaryHeader(V2{Src: four, Dst: four}), "192.0.2.1:1234 192.0.2.1:1234  "},
		{binaryHeader(V2{Src: six, Dst: four, CRC32C: true, Authority: []byte("name"), UniqueID: []byte("id"), ALPN: []byte("h2"),
			SSL: &SSLOut{Client: ClientSSL, Version: []byte("TLSv1.3")}, Custom: []TLV{{MinCustom, []byte("x")}}}),
			"2001:db8::1:4321 ::ffff:192.0.2.1:1234 name id"},
	} {
		conn := dial(t, l)
		if _, err := conn.Write(append(c.header, "GET / HTTP/1.0\r\n\r\n"...)); err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(conn)
		if _, body, _ := strings.Cut(string(all), "\r\n\r\n"); body != c.want {
			t.Errorf("%q is read as %q, %v, want %q", c.header, body, err, c.want)
		}
	}
}

// TestHAProxySends reads the headers that HAProxy sends and writes them again: they must be the same to the byte.
func TestHAProxySends(t *testing.T) {
	for _, options := range []string{
		"send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id", "send-proxy-v2-ssl",
	} {
		l, server := listen(t), listen(t)
		startHAProxy(t, l, fmt.Sprintf("listen l\n  mode tcp\n  unique-id-format the-id\n  bind fd@3\n  server s %s %s\n", server.Addr(), options))
		conn := dial(t, l)
		if _, err := conn.Write([]byte("payload")); err != nil {
			t.Fatal(err)
		}
		server.(*net.TCPListener).SetDeadline(time.Now().Add(10 * time.Second))
		in, err := server.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		in.SetDeadline(time.Now().Add(10 * time.Second))
		var b []byte
		var h Header
		n := 0
		for n == 0 {
			room := make([]byte, 512)
			m, err := in.Read(room)
			if err != nil {
				t.Fatal(options, err)
			}
			b = append(b, room[:m]...)
			if n, err = h.Parse(b); err != nil {
				t.Fatalf("%s: %q: %v", options, b, err)
			}
		}
		if h.Src != ap(conn.LocalAddr().String()) || h.Dst != ap(conn.RemoteAddr().String()) {
			t.Errorf("%s: from %v to %v", options, h.Src, h.Dst)
		}
		again := AppendV1(nil, h.Src, h.Dst)
		if h.Version == 2 {
			v := V2{Src: h.Src, Dst: h.Dst}
			_, v.CRC32C = h.TLVs.Find(CRC32C)
			v.UniqueID, _ = h.TLVs.Find(UniqueID)
			if _, ok := h.TLVs.Find(SSL); ok {
				v.SSL = &SSLOut{}
			}
			if again, err = AppendV2(nil, &v); err != nil {
				t.Fatal(err)
			}
		}
		if string(again) != string(b[:n]) {
			t.Errorf("%s: HAProxy sends %x, we %x", options, b[:n], again)
		}
	}
}
