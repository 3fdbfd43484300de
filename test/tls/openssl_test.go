package tls

import (
	"slices"
	"strings"
	"testing"
)

// weak lets a client speak what OpenSSL keeps for old peers.
const weak = "@SECLEVEL=0"

// trial is one connection.
type trial struct {
	bind    string // options of the bind line
	client  string // options of s_client
	wants   string // words that the answer must have
	refused string // else: how the log tells of it
}

// run opens a house and tries all.
func run(t *testing.T, h *house, trials []trial) {
	for _, c := range trials {
		h.at(c.bind)
	}
	h.open()
	for _, c := range trials {
		socket := h.at(c.bind)
		got, bad := h.client(socket, c.client)
		if c.refused != "" {
			if got != "" {
				t.Errorf("bind %q, client %q: %q, want a refusal", c.bind, c.client, got)
				continue
			}
			if line := h.complains(socket); line != c.refused && !strings.HasPrefix(line, strings.TrimSuffix(c.refused, "*")) {
				t.Errorf("bind %q, client %q: logged %q, want %q", c.bind, c.client, line, c.refused)
			}
			continue
		}
		words := strings.Fields(got)
		for _, w := range strings.Fields(c.wants) {
			if !slices.Contains(words, w) {
				t.Errorf("bind %q, client %q: %q, want %s\n%s", c.bind, c.client, got, w, bad)
			}
		}
	}
}

func TestVersions(t *testing.T) {
	h := newHouse(t)
	names := []string{"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
	const old = " ciphers ALL" + weak
	flags := []string{"-tls1 -cipher ALL" + weak, "-tls1_1 -cipher ALL" + weak, "-tls1_2", "-tls1_3"}
	var all []trial
	for _, c := range []struct{ options, speaks string }{
		{"", "  23"}, {"ssl-min-ver TLSv1.0" + old, "0123"}, {"ssl-min-ver TLSv1.1" + old, " 123"}, {"ssl-min-ver TLSv1.3", "   3"},
		{"ssl-max-ver TLSv1.2", "  2 "}, {"ssl-min-ver TLSv1.0 ssl-max-ver TLSv1.1" + old, "01  "},
		{"force-tlsv10" + old, "0   "}, {"force-tlsv11" + old, " 1  "}, {"force-tlsv12", "  2 "}, {"force-tlsv13", "   3"},
		{"no-tlsv13", "  2 "}, {"no-tlsv12", "   3"}, {"no-sslv3 no-tlsv10 no-tlsv11 no-tlsv12", "   3"},
	} {
		for i := range names {
			one := trial{bind: "crt ^rsa.pem " + c.options, client: flags[i], wants: names[i]}
			if c.speaks[i] == ' ' {
				one.refused = "34 SSL handshake failure <error:0A000102:SSL routines::unsupported protocol>"
				if highest := strings.LastIndexAny(c.speaks, "0123"); highest < 2 && i > highest && i < 3 {
					// What is answered is refused by the client, with an alert of a version that nobody agreed on.
					one.refused = "34 SSL handshake failure <error:0A00010B:SSL routines::wrong version number>"
				}
			}
			all = append(all, one)
		}
	}
	run(t, h, all)
}

func TestSuites(t *testing.T) {
	h := newHouse(t)
	known, _, _ := strings.Cut(h.ask("ciphers", "ALL"+weak), "\n")
	var all []trial
	for _, name := range strings.Fields(`ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305
		ECDHE-RSA-CHACHA20-POLY1305 ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES128-SHA256
		ECDHE-RSA-AES128-SHA256 ECDHE-ECDSA-AES256-SHA ECDHE-RSA-AES256-SHA ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA
		AES256-GCM-SHA384 AES128-GCM-SHA256 AES128-SHA256 AES256-SHA AES128-SHA ECDHE-RSA-DES-CBC3-SHA DES-CBC3-SHA
		ECDHE-ECDSA-RC4-SHA ECDHE-RSA-RC4-SHA RC4-SHA`) {
		if !slices.Contains(strings.Split(known, ":"), name) {
			continue // this OpenSSL was built without it
		}
		client := "-servername both.example -tls1_2 -cipher " + name + weak
		all = append(all, trial{bind: "crt ^rsa.pem crt ^ec.pem ciphers " + name, client: client, wants: "TLSv1.2 " + name})
		if !strings.Contains(name, "DES") {
			all = append(all, trial{bind: "crt ^rsa.pem crt ^ec.pem", client: client, wants: "TLSv1.2 " + name})
		}
		other := "ECDHE-RSA-AES128-GCM-SHA256"
		if name == other {
			other = "ECDHE-RSA-AES256-GCM-SHA384"
		}
		all = append(all, trial{bind: "crt ^rsa.pem ssl-max-ver TLSv1.2 ciphers " + other, client: client,
			refused: "34 SSL handshake failure <error:0A0000C1:SSL routines::no shared cipher>"})
	}
	for _, name := range []string{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"} {
		all = append(all, trial{bind: "crt ^ec.pem", client: "-tls1_3 -ciphersuites " + name, wants: "TLSv1.3 " + name})
	}
	const both = "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"
	const hello = "-tls1_3 -groups X25519:P-384" // with a share for the first alone: the other one takes a second hello
	all = append(all,
		trial{bind: "crt ^ec.pem ciphersuites TLS_AES_256_GCM_SHA384", client: "-tls1_3", wants: "TLSv1.3 TLS_AES_256_GCM_SHA384"},
		trial{bind: "crt ^ec.pem ciphersuites " + both, client: "-tls1_3", wants: "TLS_CHACHA20_POLY1305_SHA256"},
		trial{bind: "crt ^ec.pem ciphersuites " + both, client: "-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384", wants: "TLS_AES_128_GCM_SHA256"},
		trial{bind: "crt ^ec.pem prefer-client-ciphers ciphersuites " + both, client: "-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256", wants: "TLS_AES_128_GCM_SHA256"},
		trial{bind: "crt ^ec.pem ciphersuites " + both, client: "-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384", refused: "34 SSL handshake failure <error:0A0000C1:SSL routines::no shared cipher>"},
		trial{bind: "crt ^ec.pem ciphersuites " + both, client: "-tls1_2", wants: "TLSv1.2"},
		trial{bind: "crt ^ec.pem curves P-384 ciphersuites TLS_AES_256_GCM_SHA384", client: hello, wants: "TLS_AES_256_GCM_SHA384 curve=secp384r1"},
		trial{bind: "crt ^ec.pem curves P-384", client: hello, wants: "curve=secp384r1"})
	if len(all) < 3*17 {
		t.Errorf("only %d connections: OpenSSL knows %s", len(all), known)
	}
	run(t, h, all)
}

func TestGroupsAndProtocols(t *testing.T) {
	h := newHouse(t)
	var all []trial
	for name, shown := range map[string]string{"X25519": "X25519", "P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1"} {
		all = append(all,
			trial{bind: "crt ^rsa.pem", client: "-groups " + name, wants: "TLSv1.3 curve=" + shown},
			trial{bind: "crt ^rsa.pem curves X25519:P-256:P-384:P-521", client: "-tls1_2 -groups " + name, wants: "TLSv1.2 curve=" + shown},
			trial{bind: "crt ^rsa.pem curves " + name, client: "-groups X25519:P-256:P-384:P-521", wants: "curve=" + shown},
			trial{bind: "crt ^rsa.pem ecdhe " + name, client: "-tls1_2 -groups X25519:P-256:P-384:P-521", wants: "curve=" + shown})
	}
	all = append(all,
		trial{bind: "crt ^rsa.pem curves P-256", client: "-tls1_3 -groups P-384", refused: "34 SSL handshake failure <*"},
		trial{bind: "crt ^rsa.pem", client: "-alpn http/1.1", wants: "alpn=http/1.1"},
		trial{bind: "crt ^rsa.pem", client: "", wants: "alpn="},
		trial{bind: "crt ^rsa.pem", client: "-alpn unheard/1", wants: "alpn="},
		trial{bind: "crt ^rsa.pem alpn one,two", client: "-alpn two,one", wants: "alpn=one"},
		trial{bind: "crt ^rsa.pem no-alpn", client: "-alpn http/1.1", wants: "alpn="})
	run(t, h, all)
}

func TestSignatures(t *testing.T) {
	h := newHouse(t)
	const both, pss = "crt ^rsa.pem crt ^ec.pem", " sigalgs rsa_pss_rsae_sha256:RSA+SHA256"
	const client = "-servername both.example"
	run(t, h, []trial{
		{bind: both, client: client, wants: "key=id-ecPublicKey"},
		{bind: both + pss, client: client + " -tls1_3", wants: "key=rsaEncryption"},
		{bind: both + pss, client: client + " -tls1_2", wants: "key=rsaEncryption"},
		{bind: both + " sigalgs ECDSA+SHA256", client: client, wants: "key=id-ecPublicKey"},
		{bind: "crt ^rsa.pem sigalgs rsa_pss_rsae_sha512", client: "-tls1_3 -sigalgs rsa_pss_rsae_sha256:rsa_pss_rsae_sha512", wants: "key=rsaEncryption"},
		{bind: "crt ^rsa.pem sigalgs rsa_pss_rsae_sha512", client: "-tls1_3 -sigalgs rsa_pss_rsae_sha256", refused: "34 SSL handshake failure <*"},
		{bind: "crt ^rsa.pem" + pss, client: "-tls1_3 -sigalgs rsa_pss_rsae_sha512:ECDSA+SHA256", refused: "34 SSL handshake failure <*"},
	})
}

func TestNames(t *testing.T) {
	h := newHouse(t)
	h.write("list", `^default.pem
^wild.pem *.wild.example !not.wild.example
^exact.pem a.wild.example
^rsa.pem both.example
^ec.pem both.example
^default.pem [ssl-min-ver TLSv1.3] new.example
^default.pem [ssl-max-ver TLSv1.2 ciphers AES128-GCM-SHA256] old.example
^default.pem [verify required ca-file ^ca.pem] sure.example
^default.pem [curves P-384] curve.example
^default.pem [alpn special] alpn.example
`)
	const list, strict = "crt-list ^list", "crt-list ^list strict-sni"
	const rsaOnly = " -tls1_2 -cipher aRSA"
	run(t, h, []trial{
		{bind: list, client: "", wants: "sni= cert=default.example"},
		{bind: list, client: "-servername a.wild.example", wants: "sni=a.wild.example cert=a.wild.example"},
		{bind: list, client: "-servername b.wild.example", wants: "cert=*.wild.example"},
		{bind: list, client: "-servername B.Wild.EXAMPLE", wants: "cert=*.wild.example"},
		{bind: list, client: "-servername not.wild.example", wants: "cert=default.example"},
		{bind: list, client: "-servername a.b.wild.example", wants: "cert=default.example"},
		{bind: list, client: "-servername unknown.example", wants: "cert=default.example"},
		{bind: list, client: "-servername both.example", wants: "key=id-ecPublicKey"},
		{bind: list, client: "-servername both.example" + rsaOnly, wants: "key=rsaEncryption"},
		{bind: list, client: "-servername both.example -tls1_3 -sigalgs rsa_pss_rsae_sha256:RSA+SHA256", wants: "key=rsaEncryption"},
		{bind: list, client: "-servername both.example -tls1_3 -sigalgs ECDSA+SHA256", wants: "key=id-ecPublicKey"},
		{bind: strict, client: "-servername both.example", wants: "key=id-ecPublicKey"},
		{bind: strict, client: "-servername unknown.example", refused: "34 SSL handshake failure <*"},
		{bind: strict, client: "-servername not.wild.example", refused: "34 SSL handshake failure <*"},
		{bind: strict, client: "", refused: "34 SSL handshake failure <*"},
		{bind: list, client: "-servername new.example", wants: "TLSv1.3"},
		{bind: list, client: "-servername new.example -tls1_2", refused: "34 SSL handshake failure <error:0A000102:SSL routines::unsupported protocol>"},
		{bind: list, client: "-servername old.example", wants: "TLSv1.2 AES128-GCM-SHA256"},
		{bind: list, client: "-servername sure.example -cert ^good.pem -key ^good.pem", wants: "client=good"},
		{bind: list, client: "-servername sure.example", refused: "34 SSL handshake failure <error:0A0000C7:SSL routines::peer did not return a certificate>"},
		{bind: list, client: "-tls1_2 -servername curve.example", wants: "curve=secp384r1"},
		{bind: list, client: "-servername alpn.example -alpn http/1.1,special", wants: "alpn=special"},
	}[:22])
}

func TestCertificatesOfClients(t *testing.T) {
	h := newHouse(t)
	const none, optional, required = "crt ^rsa.pem", "crt ^rsa.pem verify optional ca-file ^ca.pem", "crt ^rsa.pem verify required ca-file ^ca.pem"
	shows := func(name string) string { return "-cert ^" + name + ".pem -key ^" + name + ".pem" }
	var all []trial
	for _, version := range []string{" -tls1_2", " -tls1_3"} {
		all = append(all, []trial{
			{bind: none, client: shows("good") + version, wants: "used=0 client="},
			{bind: optional, client: version, wants: "used=0 verify=0"},
			{bind: optional, client: shows("good") + version, wants: "used=1 verify=0 client=good"},
			{bind: optional, client: shows("goodrsa") + version, wants: "used=1 client=goodrsa"},
			{bind: required, client: shows("good") + version, wants: "used=1 client=good"},
			{bind: required, client: version, refused: "34 SSL handshake failure <error:0A0000C7:SSL routines::peer did not return a certificate>"},
			{bind: required, client: shows("expired") + version, refused: "31 SSL client certificate not trusted <error:0A000086:SSL routines::certificate verify failed>"},
			{bind: required, client: shows("stranger") + version, refused: "31 SSL client certificate not trusted <error:0A000086:SSL routines::certificate verify failed>"},
			{bind: optional, client: shows("stranger") + version, refused: "31 SSL client certificate not trusted <error:0A000086:SSL routines::certificate verify failed>"},
			{bind: required + " crl-file ^crl.pem", client: shows("good") + version, wants: "client=good"},
			{bind: required + " crl-file ^crl.pem", client: shows("revoked") + version, refused: "31 SSL client certificate not trusted <error:0A000086:SSL routines::certificate verify failed>"},
			{bind: required, client: shows("revoked") + version, wants: "client=revoked"},
			{bind: required + " crt-ignore-err 10", client: shows("expired") + version, wants: "used=1 verify=10 client=expired"},
			{bind: optional + " crt-ignore-err all ca-ignore-err all", client: shows("stranger") + version, wants: "used=1 client=stranger"},
			{bind: "crt ^rsa.pem verify required ca-verify-file ^ca.pem ca-file ^other.pem", client: shows("good") + version, wants: "client=good"},
		}...)
	}
	run(t, h, all)
}
