//go:build linux

package examples

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func tlsCalzone(k *kitchen) {
	if _, err := exec.LookPath("openssl"); err != nil {
		k.Skip("openssl is not installed")
	}
	certs := k.TempDir()
	if out, err := exec.Command(filepath.Join(k.folder, "certs"), certs).CombinedOutput(); err != nil {
		k.Fatalf("certs: %v\n%s", err, out)
	}
	port := k.port()
	values := env{"HTTPS_PORT": port, "CERTS": certs, "APP_PORT": k.origin("application")}
	k.refused("haproxy.cfg", env{"CERTS": filepath.Join(certs, "nowhere")}, "haproxy.cfg:", "nowhere")
	k.start("haproxy.cfg", values)

	text, err := os.ReadFile(filepath.Join(certs, "ca.pem"))
	k.must(err)
	authority := x509.NewCertPool()
	authority.AppendCertsFromPEM(text)
	as := func(name string) (reply, error) {
		setting := &tls.Config{RootCAs: authority}
		if name != "" {
			file := filepath.Join(certs, name+".pem")
			pair, err := tls.LoadX509KeyPair(file, file)
			k.must(err)
			setting.Certificates = []tls.Certificate{pair}
		}
		way := &http.Transport{TLSClientConfig: setting, DisableKeepAlives: true}
		return fetch(way, "GET", "https://127.0.0.1:"+port+"/", "X-Client-Name: root", "X-Client-Serial: 1")
	}
	r, err := as("anna")
	k.must(err)
	k.wants(r.body, "X-Client-Name: anna\n", "X-Client-Serial: ")
	if r.status != 200 || strings.Contains(r.body, "root") {
		k.Errorf("anna: %d\n%s", r.status, r.body)
	}
	r, err = as("")
	k.must(err)
	if r.status != 403 || strings.Contains(r.body, "application") {
		k.Errorf("without a certificate: %d\n%s", r.status, r.body)
	}
	if r, err = as("bert"); err == nil {
		k.Errorf("a certificate that is revoked: %d\n%s", r.status, r.body)
	}
	if r, err := fetch(http.DefaultTransport, "GET", "http://127.0.0.1:"+port+"/"); err == nil && r.status == 200 {
		k.Errorf("without TLS: %d\n%s", r.status, r.body)
	}
}
