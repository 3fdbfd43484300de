package secure

import (
	"crypto/x509"
	"net/netip"
	"strings"
)

// Hosts reports whether a certificate is one for a host: by an alternative name or the common name (configuration.txt
// 5.2, verifyhost).
func Hosts(c *x509.Certificate, host string) bool {
	host = strings.ToLower(host)
	if ip, err := netip.ParseAddr(host); err == nil {
		for _, a := range c.IPAddresses {
			if b, ok := netip.AddrFromSlice(a); ok && b.Unmap() == ip.Unmap() {
				return true
			}
		}
	}
	for _, name := range namesOf(c) {
		if covers(name, host) {
			return true
		}
	}
	return false
}

// covers reports whether a name, which may begin with an asterisk for one label, covers a host.
func covers(name, host string) bool {
	if rest, wild := strings.CutPrefix(name, "*."); wild {
		label, domain, deep := strings.Cut(host, ".")
		return deep && label != "" && domain == rest
	}
	return name == host
}
