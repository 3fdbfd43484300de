package secure

import (
	"crypto/tls"
	"slices"
	"strings"

	"sluice/internal/proxy"
)

// A suite is a cipher suite up to TLSv1.2 that crypto/tls has, with the words of ciphers(1) that it answers to.
type suite struct {
	id    uint16
	name  string // OpenSSL's
	words string // between spaces
	bits  int
	off   bool // not among those that a list without names chooses
}

// suites are in the order in which lists without names bring them.
var suites = [...]suite{
	{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "ECDHE-ECDSA-AES256-GCM-SHA384", " ECDHE EECDH kECDHE kEECDH ECDSA aECDSA AES AES256 AESGCM HIGH TLSv1.2 SHA384 ", 256, false},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "ECDHE-RSA-AES256-GCM-SHA384", " ECDHE EECDH kECDHE kEECDH aRSA AES AES256 AESGCM HIGH TLSv1.2 SHA384 ", 256, false},
	{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-ECDSA-CHACHA20-POLY1305", " ECDHE EECDH kECDHE kEECDH ECDSA aECDSA CHACHA20 HIGH TLSv1.2 ", 256, false},
	{tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-RSA-CHACHA20-POLY1305", " ECDHE EECDH kECDHE kEECDH aRSA CHACHA20 HIGH TLSv1.2 ", 256, false},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "ECDHE-ECDSA-AES128-GCM-SHA256", " ECDHE EECDH kECDHE kEECDH ECDSA aECDSA AES AES128 AESGCM HIGH TLSv1.2 SHA256 ", 128, false},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "ECDHE-RSA-AES128-GCM-SHA256", " ECDHE EECDH kECDHE kEECDH aRSA AES AES128 AESGCM HIGH TLSv1.2 SHA256 ", 128, false},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, "ECDHE-ECDSA-AES128-SHA256", " ECDHE EECDH kECDHE kEECDH ECDSA aECDSA AES AES128 HIGH TLSv1.2 SHA256 ", 128, false},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, "ECDHE-RSA-AES128-SHA256", " ECDHE EECDH kECDHE kEECDH aRSA AES AES128 HIGH TLSv1.2 SHA256 ", 128, false},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, "ECDHE-ECDSA-AES256-SHA", " ECDHE EECDH kECDHE kEECDH ECDSA aECDSA AES AES256 HIGH TLSv1 SSLv3 SHA SHA1 ", 256, false},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, "ECDHE-RSA-AES256-SHA", " ECDHE EECDH kECDHE kEECDH aRSA AES AES256 HIGH TLSv1 SSLv3 SHA SHA1 ", 256, false},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, "ECDHE-ECDSA-AES128-SHA", " ECDHE EECDH kECDHE kEECDH ECDSA aECDSA AES AES128 HIGH TLSv1 SSLv3 SHA SHA1 ", 128, false},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, "ECDHE-RSA-AES128-SHA", " ECDHE EECDH kECDHE kEECDH aRSA AES AES128 HIGH TLSv1 SSLv3 SHA SHA1 ", 128, false},
	{tls.TLS_RSA_WITH_AES_256_GCM_SHA384, "AES256-GCM-SHA384", " RSA kRSA aRSA AES AES256 AESGCM HIGH TLSv1.2 SHA384 ", 256, false},
	{tls.TLS_RSA_WITH_AES_128_GCM_SHA256, "AES128-GCM-SHA256", " RSA kRSA aRSA AES AES128 AESGCM HIGH TLSv1.2 SHA256 ", 128, false},
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA256, "AES128-SHA256", " RSA kRSA aRSA AES AES128 HIGH TLSv1.2 SHA256 ", 128, false},
	{tls.TLS_RSA_WITH_AES_256_CBC_SHA, "AES256-SHA", " RSA kRSA aRSA AES AES256 HIGH TLSv1 SSLv3 SHA SHA1 ", 256, false},
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA, "AES128-SHA", " RSA kRSA aRSA AES AES128 HIGH TLSv1 SSLv3 SHA SHA1 ", 128, false},
	{tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA, "ECDHE-RSA-DES-CBC3-SHA", " ECDHE EECDH kECDHE kEECDH aRSA 3DES MEDIUM TLSv1 SSLv3 SHA SHA1 ", 112, true},
	{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, "DES-CBC3-SHA", " RSA kRSA aRSA 3DES MEDIUM TLSv1 SSLv3 SHA SHA1 ", 112, true},
	{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA, "ECDHE-ECDSA-RC4-SHA", " ECDHE EECDH kECDHE kEECDH ECDSA aECDSA RC4 MEDIUM TLSv1 SSLv3 SHA SHA1 ", 128, true},
	{tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA, "ECDHE-RSA-RC4-SHA", " ECDHE EECDH kECDHE kEECDH aRSA RC4 MEDIUM TLSv1 SSLv3 SHA SHA1 ", 128, true},
	{tls.TLS_RSA_WITH_RC4_128_SHA, "RC4-SHA", " RSA kRSA aRSA RC4 MEDIUM TLSv1 SSLv3 SHA SHA1 ", 128, true},
}

// suites13 are the suites of TLSv1.3.
var suites13 = [...]suite{
	{tls.TLS_AES_256_GCM_SHA384, "TLS_AES_256_GCM_SHA384", "", 256, false},
	{tls.TLS_CHACHA20_POLY1305_SHA256, "TLS_CHACHA20_POLY1305_SHA256", "", 256, false},
	{tls.TLS_AES_128_GCM_SHA256, "TLS_AES_128_GCM_SHA256", "", 128, false},
}

// lacking13 are the suites of TLSv1.3 that OpenSSL knows and crypto/tls lacks.
const lacking13 = " TLS_AES_128_CCM_SHA256 TLS_AES_128_CCM_8_SHA256 "

// answers reports whether the suite has a name or all words that are joined by '+'.
func (s *suite) answers(word string) bool {
	if s.name == word {
		return true
	}
	for part := range strings.SplitSeq(word, "+") {
		switch part {
		case "ALL", "COMPLEMENTOFDEFAULT":
			continue
		case "DEFAULT":
			if s.off {
				return false
			}
			continue
		}
		if !strings.Contains(s.words, " "+part+" ") {
			return false
		}
	}
	return true
}

// parseCiphers reads a list of ciphers up to TLSv1.2 in the form of ciphers(1). Like OpenSSL it passes over words that
// it does not know, and fails when nothing is left. Without a list it is OpenSSL's default, which has suites without
// forward secrecy for old clients that crypto/tls has to be asked for.
func parseCiphers(list string) (ids []uint16, ok bool) {
	if list == "" {
		list = "DEFAULT"
	}
	list = strings.ReplaceAll(list, "@", ":@") // a command may hang on a word: ALL@SECLEVEL=0
	var killed []uint16
	for word := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ':' || r == ',' || r == ' ' || r == ';' }) {
		op := word[0]
		switch op {
		case '@': // an order of strength, a level of security: the order is that of crypto/tls
			continue
		case '!', '-', '+':
			word = word[1:]
		default:
			op = 0
		}
		for i := range suites {
			s := &suites[i]
			if !s.answers(word) {
				continue
			}
			switch op {
			case '!':
				killed = append(killed, s.id)
				fallthrough
			case '-':
				ids = slices.DeleteFunc(ids, func(id uint16) bool { return id == s.id })
			case 0:
				if !slices.Contains(killed, s.id) && !slices.Contains(ids, s.id) {
					ids = append(ids, s.id)
				}
			}
		}
	}
	return ids, len(ids) > 0
}

// parseSuites reads a list of suites of TLSv1.3, and passes over those that crypto/tls lacks. ids is nil for no list.
func parseSuites(list string) (ids []uint16, ok bool) {
	for name := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ':' || r == ',' }) {
		i := slices.IndexFunc(suites13[:], func(s suite) bool { return s.name == name })
		switch {
		case i < 0 && CipherID(name) == 0 && !strings.Contains(lacking13, " "+name+" "):
			return nil, false
		case i >= 0 && !slices.Contains(ids, suites13[i].id):
			ids = append(ids, suites13[i].id)
		}
	}
	return ids, list == "" || len(ids) > 0
}

// is13 reports whether a suite is one of TLSv1.3.
func is13(id uint16) bool {
	return slices.ContainsFunc(suites13[:], func(s suite) bool { return s.id == id })
}

// CipherName returns OpenSSL's name of a cipher suite, or "" for one that crypto/tls lacks.
func CipherName(id uint16) string {
	if s := suiteOf(id); s != nil {
		return s.name
	}
	return ""
}

// CipherOf returns OpenSSL's name of the cipher of a connection.
func CipherOf(t *proxy.TLSState) string {
	f := t.Facts()
	if name := CipherName(f.CipherSuite); name != "" && (f.HandshakeComplete || f.Version == tls.VersionTLS13) {
		return name
	}
	return "(NONE)"
}

// CipherBits returns the length of the key of a cipher suite in bits.
func CipherBits(id uint16) int {
	if s := suiteOf(id); s != nil {
		return s.bits
	}
	return 0
}

// CipherID returns the number of a suite by OpenSSL's name, 0 when there is none.
func CipherID(name string) uint16 {
	for i := range suites {
		if suites[i].name == name {
			return suites[i].id
		}
	}
	return 0
}

func suiteOf(id uint16) *suite {
	for i := range suites13 {
		if suites13[i].id == id {
			return &suites13[i]
		}
	}
	for i := range suites {
		if suites[i].id == id {
			return &suites[i]
		}
	}
	return nil
}
