//go:build linux

package examples

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// pantry is the folder that the script of a recipe has filled with certificates.
func (k *kitchen) pantry(script string) string {
	if _, err := exec.LookPath("openssl"); err != nil {
		k.Skip("openssl is not installed")
	}
	certs := k.TempDir()
	if out, err := exec.Command(script, certs).CombinedOutput(); err != nil {
		k.Fatalf("certs: %v\n%s", err, out)
	}
	return certs
}

// trusting is a way over TLS that trusts the authority of a pantry.
func (k *kitchen) trusting(certs string) *http.Transport {
	text, err := os.ReadFile(filepath.Join(certs, "ca.pem"))
	k.must(err)
	authority := x509.NewCertPool()
	authority.AppendCertsFromPEM(text)
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authority}, DisableKeepAlives: true, DisableCompression: true}
}

// secured is a server of TLS with a certificate of a pantry. It gives its port.
func (k *kitchen) secured(certs, name string, answer http.HandlerFunc) string {
	file := filepath.Join(certs, name+".pem")
	pair, err := tls.LoadX509KeyPair(file, file)
	k.must(err)
	s := httptest.NewUnstartedServer(answer)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	s.Config.ErrorLog = nil
	s.StartTLS()
	k.Cleanup(s.Close)
	return k.portOf(s.Listener)
}

func clubSandwich(k *kitchen) {
	certs := k.pantry(filepath.Join(k.folder, "certs"))
	way := k.trusting(certs)
	held, release := make(chan struct{}), make(chan struct{})
	kitchen := k.secured(certs, "kitchen", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/held" {
			held <- struct{}{}
			<-release
		}
		tell(w, r, r.TLS.ServerName)
	})
	port, plain := k.port(), k.port()
	p := k.start("haproxy.cfg", env{"HTTPS_PORT": port, "HTTP_PORT": plain, "CERTS": certs, "KITCHEN_PORT": kitchen,
		"PATIENCE": "500ms", "AT_ONCE": "1", "QUEUE": "1"})
	get := func(path string) (reply, error) { return fetch(way, "GET", "https://127.0.0.1:"+port+path) }
	want := func(status int, path string) reply {
		k.Helper()
		r, err := get(path)
		if k.must(err); r.status != status {
			k.Errorf("%s: %d, want %d\n%s", path, r.status, status, r.body)
		}
		return r
	}
	r := want(200, "/menu")
	k.wants(r.body, "kitchen.example\n", "X-Forwarded-Proto: https\n", "X-Forwarded-For: 127.0.0.1\n")
	k.until("the line in the log", func() error {
		if !strings.Contains(p.Said(), `"GET /menu HTTP/1.1" 200 `) {
			return errors.New(p.Said())
		}
		return nil
	})
	if r := k.get(plain, "/menu"); r.status != 301 || r.head.Get("Location") != "https://127.0.0.1:"+plain+"/menu" {
		k.Errorf("plain: %d to %q", r.status, r.head.Get("Location"))
	}
	k.slowly(way, port)
	k.crowd(p, get, held, release)

	want(200, "/health")
	p.order("set server kitchen/one state maint")
	want(503, "/health")
	p.order("set server kitchen/one state ready")
	want(200, "/health")

	other := k.port()
	k.start("haproxy.cfg", env{"HTTPS_PORT": other, "HTTP_PORT": k.port(), "CERTS": certs,
		"KITCHEN_PORT": k.secured(certs, "stranger", func(w http.ResponseWriter, r *http.Request) { tell(w, r, "stranger") })})
	if r, err := fetch(way, "GET", "https://127.0.0.1:"+other+"/"); err != nil || r.status != 503 || strings.Contains(r.body, "stranger") {
		k.Errorf("a stranger in the kitchen: %d %q, %v", r.status, r.body, err)
	}
}

// slowly sends a head that never ends, byte by byte.
func (k *kitchen) slowly(way *http.Transport, port string) {
	c, err := tls.Dial("tcp", "127.0.0.1:"+port, way.TLSClientConfig)
	k.must(err)
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	go func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			if _, err := io.WriteString(c, "x"); err != nil {
				return
			}
		}
	}()
	answer, _ := io.ReadAll(c)
	if !strings.HasPrefix(string(answer), "HTTP/1.1 408 ") {
		k.Errorf("a slow client: %q", answer)
	}
}

// crowd has one request in the kitchen and one in the queue; the third is told to come back.
func (k *kitchen) crowd(p *proxy, get func(string) (reply, error), held, release chan struct{}) {
	answers := make(chan error, 2)
	free := sync.OnceFunc(func() { close(release) })
	defer free() // the servers end with the test
	ask := func(path string) {
		r, err := get(path)
		if err == nil && r.status != 200 {
			err = fmt.Errorf("%s: %d", path, r.status)
		}
		answers <- err
	}
	go ask("/held")
	<-held
	go ask("/queued")
	k.until("a request in the queue", func() error {
		for line := range strings.Lines(p.ask("show stat kitchen 2 -1")) {
			if f := strings.Split(line, ","); len(f) > 2 && f[1] == "BACKEND" && f[2] == "1" {
				return nil
			}
		}
		return errors.New("it is empty")
	})
	if r, err := get("/third"); err != nil || r.status != 503 || r.head.Get("Retry-After") != "2" || !strings.Contains(r.body, "come back") {
		k.Errorf("the third: %d %v %q, %v", r.status, r.head, r.body, err)
	}
	free()
	for range 2 {
		k.must(<-answers)
	}
}

func offload(k *kitchen) {
	certs := k.pantry(filepath.Join(filepath.Dir(k.folder), "club-sandwich", "certs"))
	run, err := os.MkdirTemp("", "offload")
	k.must(err)
	k.Cleanup(func() { os.RemoveAll(run) })
	port, first, second := k.port(), k.port(), k.port()
	app := k.serve(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		tell(w, r, "application")
	})
	link := filepath.Join(run, "link")
	k.start("haproxy.cfg", env{"HTTPS_PORT": port, "CERTS": certs, "APP_PORT": app, "LINK": link, "TLS_PAGE_PORT": first, "SQUEEZE_PAGE_PORT": second})
	way := k.trusting(certs)
	r, err := fetch(way, "GET", "https://127.0.0.1:"+port+"/")
	k.must(err)
	k.wants(r.body, "application\n", "X-Forwarded-For: 127.0.0.1\n", "X-Forwarded-Proto: https\n")
	if r.status != 200 || r.head.Get("Content-Encoding") != "" {
		k.Errorf("plain: %d %v", r.status, r.head)
	}
	if r, err = fetch(way, "GET", "https://127.0.0.1:"+port+"/", "Accept-Encoding: gzip"); err != nil || r.head.Get("Content-Encoding") != "gzip" {
		k.Errorf("compressed: %d %v, %v", r.status, r.head, err)
	}
	for page, name := range map[string]string{first: "tls", second: "squeeze"} {
		r := k.get(page, "/;csv")
		for line := range strings.Lines(r.body) {
			if of, _, _ := strings.Cut(line, ","); line[0] != '#' && strings.TrimSpace(line) != "" && of != name {
				k.Errorf("the page of %s shows %s", name, of)
			}
		}
		k.wants(r.body, name+",FRONTEND,", name+",BACKEND,")
	}
	if c, err := net.Dial("unix", link); err == nil {
		c.Close()
	} else {
		k.Errorf("the link: %v", err)
	}
}
