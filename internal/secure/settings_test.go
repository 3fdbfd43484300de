package secure

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"
	"testing"
)

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		v         Versions
		low, high Version
		ignored   bool
		bad       bool
	}{
		{Versions{}, TLS12, TLS13, false, false},
		{Versions{Min: TLS10}, TLS10, TLS13, false, false},
		{Versions{Min: SSL30}, TLS10, TLS13, false, false},
		{Versions{Max: TLS11}, TLS11, TLS11, false, false},
		{Versions{Min: TLS13, Max: TLS12}, 0, 0, false, true},
		{Versions{Min: SSL30, Max: SSL30}, 0, 0, false, true},
		{Versions{Refused: refusing(TLS12)}, TLS13, TLS13, false, false},
		{Versions{Refused: refusing(TLS13)}, TLS12, TLS12, false, false},
		{Versions{Refused: refusing(TLS12, TLS13)}, 0, 0, false, true},
		{Versions{Min: TLS10, Refused: refusing(TLS12)}, TLS10, TLS13, true, false},
	} {
		low, high, ignored, err := c.v.settle()
		if low != c.low || high != c.high || ignored != c.ignored || (err != nil) != c.bad {
			t.Errorf("%+v: %v to %v, %v, %v", c.v, low, high, ignored, err)
		}
	}
}

func refusing(list ...Version) (out [TLS13 + 1]bool) {
	for _, v := range list {
		out[v] = true
	}
	return out
}

func TestCiphers(t *testing.T) {
	for _, c := range []struct {
		list  string
		holds []uint16
		lacks []uint16
		n     int
	}{
		{"ECDHE-RSA-AES256-GCM-SHA384", []uint16{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384}, nil, 1},
		{"AES256-SHA:FOO", []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA}, nil, 1},
		{"HIGH:!aNULL:!kRSA", []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, -1},
		{"ECDHE+AESGCM", []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}, []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}, 4},
		{"DEFAULT:@SECLEVEL=0", []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}, -1},
		{"ALL", []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}, nil, len(suites)},
		{"FOO", nil, nil, 0},
		{"!AES", nil, nil, 0},
	} {
		ids, ok := parseCiphers(c.list)
		if ok != (c.n != 0) || c.n >= 0 && len(ids) != c.n {
			t.Errorf("%s: %d suites, %v", c.list, len(ids), ok)
		}
		for _, id := range c.holds {
			if !slices.Contains(ids, id) {
				t.Errorf("%s lacks %s", c.list, CipherName(id))
			}
		}
		for _, id := range c.lacks {
			if slices.Contains(ids, id) {
				t.Errorf("%s has %s", c.list, CipherName(id))
			}
		}
	}
}

// Every suite that crypto/tls has is known by a name of OpenSSL's.
func TestAllSuitesHaveNames(t *testing.T) {
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if CipherName(s.ID) == "" || CipherBits(s.ID) == 0 {
			t.Errorf("%s has no name", s.Name)
		}
	}
}

func TestSuitesCurvesSignatures(t *testing.T) {
	got, ok := parseSuites("TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256")
	if !ok || !slices.Equal(got, []uint16{tls.TLS_AES_128_GCM_SHA256, tls.TLS_AES_256_GCM_SHA384}) {
		t.Error("two suites and one that crypto/tls lacks:", got, ok)
	}
	if got, ok := parseSuites(""); got != nil || !ok {
		t.Error("no list:", got, ok)
	}
	for _, list := range []string{"FOO", "TLS_AES_128_CCM_SHA256"} {
		if _, ok := parseSuites(list); ok {
			t.Error("nothing is left of", list)
		}
	}
	ids, lacking, ok := parseCurves("X25519:P-256:secp384r1:X448")
	if !ok || !slices.Equal(ids, []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384}) || !slices.Equal(lacking, []string{"X448"}) {
		t.Error(ids, lacking, ok)
	}
	if _, _, ok := parseCurves("foo"); ok {
		t.Error("unknown group")
	}
	signs, ok := parseSigAlgs("RSA+SHA256:ed448:rsa_pss_rsae_sha256:DSA+SHA1")
	if !ok || !slices.Equal(signs, []tls.SignatureScheme{tls.PKCS1WithSHA256, tls.PSSWithSHA256}) {
		t.Error(signs, ok)
	}
	if signs, ok := parseSigAlgs("ed448"); signs == nil || !ok {
		t.Error("a list of nothing that is there allows all")
	}
	if _, ok := parseSigAlgs("FOO"); ok {
		t.Error("signatures")
	}
}

func TestErrorSets(t *testing.T) {
	set, bad := ParseErrorSet("10,X509_V_ERR_CERT_REVOKED")
	if bad != "" || !set.Has(10) || !set.Has(23) || set.Has(18) {
		t.Error(set, bad)
	}
	if _, bad := ParseErrorSet("10,foo"); bad != "foo" {
		t.Error(bad)
	}
	if all, _ := ParseErrorSet("all"); !all.Has(1) || !all.Has(94) {
		t.Error(all)
	}
	if ErrorName(0) != "X509_V_OK" || ErrorName(10) != "X509_V_ERR_CERT_HAS_EXPIRED" || ErrorName(94) != "X509_V_ERR_EC_KEY_EXPLICIT_PARAMS" || ErrorName(95) != "" {
		t.Error("names of errors")
	}
}

// TestOwnSignatures holds which list is about the certificate of the own side, and that the other one is a warning.
func TestOwnSignatures(t *testing.T) {
	s := Settings{SigAlgs: "rsa_pss_rsae_sha512", ClientSig: "ECDSA+SHA384"}
	for _, c := range []struct {
		usage x509.ExtKeyUsage
		want  tls.SignatureScheme
		other string
	}{
		{x509.ExtKeyUsageClientAuth, tls.PSSWithSHA512, "'client-sigalgs'"},
		{x509.ExtKeyUsageServerAuth, tls.ECDSAWithP384AndSHA384, "'sigalgs'"},
	} {
		var r Remarks
		p, err := newPolicy(&s, c.usage, &r)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.proved(&tls.Certificate{}).SupportedSignatureAlgorithms; !slices.Equal(got, []tls.SignatureScheme{c.want}) {
			t.Errorf("proved by %v, want %v", got, c.want)
		}
		if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], c.other) {
			t.Errorf("warnings %q, want one about %s", r.Warnings, c.other)
		}
	}
}
