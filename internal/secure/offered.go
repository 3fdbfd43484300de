package secure

// offeredNames are OpenSSL's names of suites that clients offer and crypto/tls lacks.
var offeredNames = map[uint16]string{
	0x0016: "DHE-RSA-DES-CBC3-SHA", 0x0033: "DHE-RSA-AES128-SHA", 0x0039: "DHE-RSA-AES256-SHA", 0x003d: "AES256-SHA256",
	0x0067: "DHE-RSA-AES128-SHA256", 0x006b: "DHE-RSA-AES256-SHA256", 0x009e: "DHE-RSA-AES128-GCM-SHA256",
	0x009f: "DHE-RSA-AES256-GCM-SHA384", 0x00ff: "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", 0x1304: "TLS_AES_128_CCM_SHA256",
	0x1305: "TLS_AES_128_CCM_8_SHA256", 0x5600: "TLS_FALLBACK_SCSV", 0xc024: "ECDHE-ECDSA-AES256-SHA384", 0xc028: "ECDHE-RSA-AES256-SHA384",
	0xccaa: "DHE-RSA-CHACHA20-POLY1305",
}

// OfferedName returns OpenSSL's name of a suite that a client offers, "" for one that is not known.
func OfferedName(id uint16) string {
	if name := CipherName(id); name != "" {
		return name
	}
	return offeredNames[id]
}
