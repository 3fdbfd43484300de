package demo

import (
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// start starts the servers and gives the URL of the first, whose name is red.
func start(t *testing.T) string {
	t.Helper()
	servers, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := servers.Close(); err != nil {
			t.Error(err)
		}
	})
	return "http://" + servers.Addresses()[0]
}

// get returns status, body and what went wrong while reading it.
func get(t *testing.T, url string, header ...string) (*http.Response, string, error) {
	t.Helper()
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	resp, err := client.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, string(body), err
}

func TestTellsWhatItReceived(t *testing.T) {
	url := start(t)
	resp, body, err := get(t, url+"/a/b?c=d", "X-Own", "value")
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.Header.Get("X-Server") != "red" {
		t.Errorf("status %d from %q", resp.StatusCode, resp.Header.Get("X-Server"))
	}
	for _, want := range []string{"server   red\n", "request  GET /a/b?c=d HTTP/1.1\n", "body     0 bytes\n", "X-Own: value\n", "from     127.0.0.1:"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	_, page, err := get(t, url+"/<script>", "Accept", "text/html,*/*")
	if err != nil || !strings.Contains(page, "<h1>Server red answers</h1>") || strings.Contains(page, "/<script>") {
		t.Errorf("page for a browser: %v\n%s", err, page)
	}
}

func TestCountsTheBody(t *testing.T) {
	resp, err := http.Post(start(t), "text/plain", strings.NewReader(strings.Repeat("x", 12345)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(body), "body     12345 bytes\n") {
		t.Errorf("%v\n%s", err, body)
	}
}

func TestSwitches(t *testing.T) {
	url := start(t)
	for _, c := range []struct {
		path   string
		status int
		length int // -1: any
	}{
		{"/?status=404", 404, -1},
		{"/status/503", 503, -1},
		{"/?size=100", 200, 100},
		{"/size/10k", 200, 10240},
		{"/?size=1M&status=201", 201, 1 << 20},
		{"/?size=0", 200, 0},
		{"/?delay=1", 200, -1},
		{"/delay/1ms", 200, -1},
		{"/?fail=reset&only=green", 200, -1},
		{"/?status=404&only=red", 404, -1},
		{"/?status=99", 400, -1},
		{"/?status=x", 400, -1},
		{"/?size=2g", 400, -1},
		{"/?size=-1", 400, -1},
		{"/?size=9999999999999999999k", 400, -1},
		{"/?delay=1h", 400, -1},
		{"/?delay=99999999999999999999", 400, -1},
		{"/?fail=nicely", 400, -1},
	} {
		resp, body, err := get(t, url+c.path)
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		if resp.StatusCode != c.status || c.length >= 0 && len(body) != c.length {
			t.Errorf("%s: status %d, %d bytes; want %d, %d", c.path, resp.StatusCode, len(body), c.status, c.length)
		}
	}
}

func TestFailures(t *testing.T) {
	url := start(t)
	for word, want := range map[string]func(error) bool{
		"reset":    func(err error) bool { return errors.Is(err, syscall.ECONNRESET) },
		"close":    func(err error) bool { return errors.Is(err, io.EOF) },
		"truncate": func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) },
		"garbage":  func(err error) bool { return strings.Contains(err.Error(), "malformed HTTP") },
	} {
		if _, _, err := get(t, url+"/?fail="+word); err == nil || !want(err) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// A server that stalls or waits still ends with the demonstration.
func TestCloseEndsWhatWaits(t *testing.T) {
	servers, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + servers.Addresses()[2]
	ended := make(chan error, 2)
	began := make(chan struct{})
	go func() {
		resp, err := http.Get(url + "/?fail=stall")
		close(began)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
		}
		ended <- err
	}()
	<-began // its first bytes are here, so it stalls
	if err := servers.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("a stalled answer ended well")
	}
}

func TestPortInUse(t *testing.T) {
	servers, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	taken := servers.Addresses()[1]
	if _, err := Start("127.0.0.1:0", taken, "127.0.0.1:0"); err == nil || !strings.Contains(err.Error(), "green") || !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a taken port: %v", err)
	}
	if _, err := Start("127.0.0.1:0"); err == nil {
		t.Error("one address for three servers was taken")
	}
}

// The configuration is one that HAProxy takes without a word of warning, with the servers and without.
func TestConfigPleasesHAProxy(t *testing.T) {
	haproxy, err := exec.LookPath("haproxy")
	if err != nil {
		t.Skip("haproxy is not installed")
	}
	servers, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	file := filepath.Join(t.TempDir(), "demo.cfg")
	if err := os.WriteFile(file, []byte(Config()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, environ := range [][]string{nil, servers.Environ()} {
		check := exec.Command(haproxy, "-c", "-dW", "-f", file)
		check.Env = append(os.Environ(), environ...)
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("with %q: %v\n%s", environ, err, out)
		}
	}
}

func TestEnviron(t *testing.T) {
	servers, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	for i, name := range []string{"DEMO_RED", "DEMO_GREEN", "DEMO_BLUE"} {
		if got, want := servers.Environ()[i], name+"="+servers.Addresses()[i]; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if !strings.Contains(Config(), "${"+name+"-") {
			t.Errorf("the configuration does not use %s", name)
		}
	}
}
