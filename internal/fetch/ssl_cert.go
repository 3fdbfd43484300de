package fetch

import (
	"crypto/sha1"
	"crypto/x509"
	"fmt"
	"time"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/secure"
	"sluice/internal/value"
)

// dnArgs are the arguments of the fetches of names.
const dnArgs = "[string,integer,string]"

// certRows are the fetches of the certificates that were shown: ssl_c_* by the client, ssl_f_* to it, ssl_s_* by the server
// (configuration.txt 7.3.4).
func certRows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "ssl_c_ca_err", Doc: "First error above the client's certificate.", Out: value.Sint, Uses: sample.ClientConn, Eval: verified(func(t *proxy.TLSState) int { return t.CAError })},
		{Name: "ssl_c_ca_err_depth", Doc: "How far above the client's certificate that error was.", Out: value.Sint, Uses: sample.ClientConn, Eval: verified(func(t *proxy.TLSState) int { return t.CADepth })},
		{Name: "ssl_c_chain_der", Doc: "Certificates that the client sent with its own.", Out: value.Bin, Uses: sample.ClientConn, Eval: clientChain},
		{Name: "ssl_c_der", Doc: "Certificate of the client.", Out: value.Bin, Uses: sample.ClientConn, Eval: certDER(clientCert)},
		{Name: "ssl_c_err", Doc: "First error of the client's certificate.", Out: value.Sint, Uses: sample.ClientConn, Eval: verified(func(t *proxy.TLSState) int { return t.CrtError })},
		{Name: "ssl_c_i_dn", Doc: "Issuer of the client's certificate.", Args: dnArgs, Out: value.Str, Uses: sample.ClientConn, Eval: certName(clientCert, issuerOf), Check: checkName},
		{Name: "ssl_c_key_alg", Doc: "Algorithm of the key of the client's certificate.", Out: value.Str, Uses: sample.ClientConn, Eval: certText(clientCert, secure.KeyAlgName)},
		{Name: "ssl_c_notafter", Doc: "End of the client's certificate.", Out: value.Str, Uses: sample.ClientConn, Eval: certText(clientCert, notAfter)},
		{Name: "ssl_c_notbefore", Doc: "Beginning of the client's certificate.", Out: value.Str, Uses: sample.ClientConn, Eval: certText(clientCert, notBefore)},
		{Name: "ssl_c_policies", Doc: "Policies of the client's certificate.", Args: "[string]", Out: value.Str, Uses: sample.ClientConn, Eval: policies},
		{Name: "ssl_c_r_dn", Doc: "Where the chain of the client's certificate ends.", Args: dnArgs, Out: value.Str, Uses: sample.ClientConn, Eval: certName(clientRoot, subjectOf), Check: checkName},
		{Name: "ssl_c_s_dn", Doc: "Subject of the client's certificate.", Args: dnArgs, Out: value.Str, Uses: sample.ClientConn, Eval: certName(clientCert, subjectOf), Check: checkName},
		{Name: "ssl_c_san", Doc: "Alternative names of the client's certificate.", Out: value.Str, Uses: sample.ClientConn, Eval: altNames},
		{Name: "ssl_c_serial", Doc: "Serial number of the client's certificate.", Out: value.Bin, Uses: sample.ClientConn, Eval: certSerial(clientCert)},
		{Name: "ssl_c_sha1", Doc: "SHA-1 of the client's certificate.", Out: value.Bin, Uses: sample.ClientConn, Eval: certSHA1(clientCert)},
		{Name: "ssl_c_sig_alg", Doc: "Algorithm that the client's certificate is signed by.", Out: value.Str, Uses: sample.ClientConn, Eval: certText(clientCert, secure.SigName)},
		{Name: "ssl_c_used", Doc: "Whether the client's session has a certificate of it.", Out: value.Bool, Uses: sample.ClientConn, Eval: certUsed},
		{Name: "ssl_c_verify", Doc: "What the verification of the client's certificate ended with.", Out: value.Sint, Uses: sample.ClientConn, Eval: verified(func(t *proxy.TLSState) int { return t.Failed })},
		{Name: "ssl_c_version", Doc: "Version of the client's certificate.", Out: value.Sint, Uses: sample.ClientConn, Eval: certVersion(clientCert)},
		{Name: "ssl_f_der", Doc: "Certificate shown to the client.", Out: value.Bin, Uses: sample.ClientConn, Eval: certDER(ownCert)},
		{Name: "ssl_f_i_dn", Doc: "Issuer of the certificate shown to the client.", Args: dnArgs, Out: value.Str, Uses: sample.ClientConn, Eval: certName(ownCert, issuerOf), Check: checkName},
		{Name: "ssl_f_key_alg", Doc: "Algorithm of the key of the certificate shown to the client.", Out: value.Str, Uses: sample.ClientConn, Eval: certText(ownCert, secure.KeyAlgName)},
		{Name: "ssl_f_notafter", Doc: "End of the certificate shown to the client.", Out: value.Str, Uses: sample.ClientConn, Eval: certText(ownCert, notAfter)},
		{Name: "ssl_f_notbefore", Doc: "Beginning of the certificate shown to the client.", Out: value.Str, Uses: sample.ClientConn, Eval: certText(ownCert, notBefore)},
		{Name: "ssl_f_s_dn", Doc: "Subject of the certificate shown to the client.", Args: dnArgs, Out: value.Str, Uses: sample.ClientConn, Eval: certName(ownCert, subjectOf), Check: checkName},
		{Name: "ssl_f_serial", Doc: "Serial number of the certificate shown to the client.", Out: value.Bin, Uses: sample.ClientConn, Eval: certSerial(ownCert)},
		{Name: "ssl_f_sha1", Doc: "SHA-1 of the certificate shown to the client.", Out: value.Bin, Uses: sample.ClientConn, Eval: certSHA1(ownCert)},
		{Name: "ssl_f_sig_alg", Doc: "Algorithm that the certificate shown to the client is signed by.", Out: value.Str, Uses: sample.ClientConn, Eval: certText(ownCert, secure.SigName)},
		{Name: "ssl_f_version", Doc: "Version of the certificate shown to the client.", Out: value.Sint, Uses: sample.ClientConn, Eval: certVersion(ownCert)},
		{Name: "ssl_s_chain_der", Doc: "Certificates that the server sent.", Out: value.Bin, Uses: sample.ClientConn, Eval: serverChain},
		{Name: "ssl_s_der", Doc: "Certificate of the server.", Out: value.Bin, Uses: sample.ClientConn, Eval: certDER(serverCert)},
		{Name: "ssl_s_i_dn", Doc: "Issuer of the server's certificate.", Args: dnArgs, Out: value.Str, Uses: sample.ClientConn, Eval: certName(serverCert, issuerOf), Check: checkName},
		{Name: "ssl_s_key_alg", Doc: "Algorithm of the key of the server's certificate.", Out: value.Str, Uses: sample.ClientConn, Eval: certText(serverCert, secure.KeyAlgName)},
		{Name: "ssl_s_notafter", Doc: "End of the server's certificate.", Out: value.Str, Uses: sample.ClientConn, Eval: certText(serverCert, notAfter)},
		{Name: "ssl_s_notbefore", Doc: "Beginning of the server's certificate.", Out: value.Str, Uses: sample.ClientConn, Eval: certText(serverCert, notBefore)},
		{Name: "ssl_s_s_dn", Doc: "Subject of the server's certificate.", Args: dnArgs, Out: value.Str, Uses: sample.ClientConn, Eval: certName(serverCert, subjectOf), Check: checkName},
		{Name: "ssl_s_serial", Doc: "Serial number of the server's certificate.", Out: value.Bin, Uses: sample.ClientConn, Eval: certSerial(serverCert)},
		{Name: "ssl_s_sha1", Doc: "SHA-1 of the server's certificate.", Out: value.Bin, Uses: sample.ClientConn, Eval: certSHA1(serverCert)},
		{Name: "ssl_s_sig_alg", Doc: "Algorithm that the server's certificate is signed by.", Out: value.Str, Uses: sample.ClientConn, Eval: certText(serverCert, secure.SigName)},
		{Name: "ssl_s_version", Doc: "Version of the server's certificate.", Out: value.Sint, Uses: sample.ClientConn, Eval: certVersion(serverCert)},
	}
}

// whose finds a certificate, nil without.
type whose = func(*proxy.Stream) *x509.Certificate

func shownBy(t *proxy.TLSState) *x509.Certificate {
	if t == nil || len(t.Facts().PeerCertificates) == 0 {
		return nil
	}
	return t.Facts().PeerCertificates[0]
}

func clientCert(s *proxy.Stream) *x509.Certificate { return shownBy(frontTLS(s)) }
func serverCert(s *proxy.Stream) *x509.Certificate { return shownBy(backTLS(s)) }

func ownCert(s *proxy.Stream) *x509.Certificate {
	if t := frontTLS(s); t != nil {
		return t.Own
	}
	return nil
}

func clientRoot(s *proxy.Stream) *x509.Certificate {
	t := frontTLS(s)
	if t == nil || t.Trust == nil || len(t.Facts().PeerCertificates) == 0 {
		return nil
	}
	return t.Trust.Root(t.Facts().PeerCertificates)
}

func verified(get func(*proxy.TLSState) int) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		t := frontTLS(s)
		if t == nil {
			return false
		}
		v.SetInt(int64(get(t)))
		return true
	}
}

func certUsed(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetBool(clientCert(s) != nil)
	return frontTLS(s) != nil
}

func certDER(of whose) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		c := of(s)
		if c == nil {
			return false
		}
		v.Type, v.Bytes = value.Bin, c.Raw
		return true
	}
}

// chainDER joins certificates. Those of a resumed session were not sent.
func chainDER(s *proxy.Stream, t *proxy.TLSState, from int, v *value.Value) bool {
	if t == nil || t.Facts().DidResume || len(t.Facts().PeerCertificates) <= from {
		return false
	}
	n := 0
	for _, c := range t.Facts().PeerCertificates[from:] {
		n += len(c.Raw)
	}
	out := s.Arena.Tail(n)
	for _, c := range t.Facts().PeerCertificates[from:] {
		out = append(out, c.Raw...)
	}
	v.Type, v.Bytes = value.Bin, s.Arena.Keep(out)
	return true
}

func clientChain(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return chainDER(s, frontTLS(s), 1, v)
}

func serverChain(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return chainDER(s, backTLS(s), 0, v)
}

func certText(of whose, get func(*x509.Certificate) string) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		c := of(s)
		return c != nil && setName(s, get(c), v)
	}
}

// certDate is how OpenSSL writes dates up to 2049.
const certDate = "060102150405Z"

func notAfter(c *x509.Certificate) string  { return dateText(c.NotAfter) }
func notBefore(c *x509.Certificate) string { return dateText(c.NotBefore) }

func dateText(t time.Time) string { return t.UTC().Format(certDate) }

func certVersion(of whose) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		c := of(s)
		if c == nil {
			return false
		}
		v.SetInt(int64(c.Version))
		return true
	}
}

func certSerial(of whose) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		c := of(s)
		if c == nil {
			return false
		}
		n := max((c.SerialNumber.BitLen()+7)/8, 1)
		v.Type, v.Bytes = value.Bin, s.Arena.Keep(append(s.Arena.Tail(n), c.SerialNumber.FillBytes(make([]byte, n))...))
		return true
	}
}

func certSHA1(of whose) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		c := of(s)
		if c == nil {
			return false
		}
		sum := sha1.Sum(c.Raw)
		v.Type, v.Bytes = value.Bin, s.Arena.Keep(append(s.Arena.Tail(sha1.Size), sum[:]...))
		return true
	}
}

func issuerOf(c *x509.Certificate) []byte  { return c.RawIssuer }
func subjectOf(c *x509.Certificate) []byte { return c.RawSubject }

// checkName looks at the form of a name.
func checkName(a sample.Args, _ *sample.Env) error {
	if f := string(a.Str(2)); f != "" && f != "rfc2253" {
		return fmt.Errorf("only rfc2253 or a blank value are currently supported for the format argument.")
	}
	return nil
}

// certName makes the fetch of a distinguished name or of a part of it.
func certName(of whose, part func(*x509.Certificate) []byte) sample.Func {
	return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
		c := of(s)
		if c == nil {
			return false
		}
		name, ok := secure.ParseName(part(c))
		if !ok {
			return false
		}
		out := s.Arena.Tail(2 * len(part(c)))
		switch {
		case a.Has(0):
			nth := 1
			if len(a) > 1 && a[1].Int != 0 {
				nth = int(a[1].Int)
			}
			out, ok = name.AppendEntry(out, string(a[0].Str), nth)
		case a.Has(2):
			out, ok = name.AppendRFC2253(out)
		default:
			out, ok = name.AppendOneline(out)
		}
		if !ok || len(out) == 0 {
			return false
		}
		v.Type, v.Bytes = value.Str, s.Arena.Keep(out)
		return true
	}
}

func altNames(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	c := clientCert(s)
	if c == nil {
		return false
	}
	out, ok := secure.AppendAltNames(s.Arena.Tail(256), c)
	if !ok {
		return false
	}
	v.Type, v.Bytes = value.Str, s.Arena.Keep(out)
	return true
}

// policies lists the policies, or with an argument says that it is among them.
func policies(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	c := clientCert(s)
	if c == nil || len(c.Policies) == 0 {
		return false
	}
	out := s.Arena.Tail(256)
	for i, id := range c.Policies {
		text := id.String()
		if a.Has(0) {
			if text == string(a[0].Str) {
				return setName(s, text, v)
			}
			continue
		}
		if i > 0 {
			out = append(out, ", "...)
		}
		out = append(out, text...)
	}
	if a.Has(0) {
		return false
	}
	v.Type, v.Bytes = value.Str, s.Arena.Keep(out)
	return true
}
