package secure

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"reflect"
	"strings"

	"sluice/internal/proxy"
)

// sslLibrary is what OpenSSL puts before the reasons of its TLS part in the number of an error.
const sslLibrary = 20 << 23

// The reasons that handshakes fail for, in OpenSSL's numbers. An alert that came is alertBase and its own number.
const (
	reasonSignature   = 118
	reasonVerify      = 134
	reasonHTTPRequest = 156
	reasonNoCipher    = 193
	reasonNoPeerCert  = 199
	reasonCallback    = 226
	reasonNoALPN      = 235
	reasonProtocol    = 258
	reasonVersion     = 267
	reasonInternal    = 68
	reasonCurve       = 378
	alertBase         = 1000
)

// reasons are the words for them.
var reasons = map[uint32]string{
	reasonSignature: "no suitable signature algorithm", reasonVerify: "certificate verify failed", reasonHTTPRequest: "http request",
	reasonNoCipher: "no shared cipher", reasonNoPeerCert: "peer did not return a certificate", reasonCallback: "callback failed",
	reasonNoALPN: "no application protocol", reasonProtocol: "unsupported protocol", reasonVersion: "wrong version number",
	reasonInternal: "internal error",
	reasonCurve:    "wrong curve",
}

// alerts are the words for alerts that came (RFC 8446 6.2).
var alerts = map[uint32]string{
	10: "ssl/tls alert unexpected message", 20: "ssl/tls alert bad record mac", 40: "ssl/tls alert handshake failure",
	42: "ssl/tls alert bad certificate", 43: "ssl/tls alert unsupported certificate", 44: "ssl/tls alert certificate revoked",
	45: "ssl/tls alert certificate expired", 46: "ssl/tls alert certificate unknown", 47: "ssl/tls alert illegal parameter",
	48: "tlsv1 alert unknown ca", 49: "tlsv1 alert access denied", 50: "tlsv1 alert decode error", 51: "tlsv1 alert decrypt error",
	70: "tlsv1 alert protocol version", 71: "tlsv1 alert insufficient security", 80: "tlsv1 alert internal error",
	90: "tlsv1 alert user cancelled", 109: "tlsv13 alert missing extension", 110: "tlsv1 unsupported extension",
	112: "tlsv1 unrecognized name", 116: "tlsv13 alert certificate required", 120: "tlsv1 alert no application protocol",
}

// ErrorText is OpenSSL's line for the number of an error, "" for 0.
func ErrorText(code uint32) string {
	if code == 0 {
		return ""
	}
	reason := code &^ sslLibrary
	text := reasons[reason]
	if text == "" && reason > alertBase {
		text = alerts[reason-alertBase]
	}
	const digits = "0123456789ABCDEF"
	var number [8]byte
	for i := range number {
		number[i] = digits[code>>(28-4*i)&15]
	}
	return "error:" + string(number[:]) + ":SSL routines::" + text
}

// fail notes why a handshake failed: with the words of HAProxy for the connection (configuration.txt 7.3.3, fc_err_str), and
// OpenSSL's number for the library. server says that the peer is one.
func fail(t *proxy.TLSState, err error, server bool) {
	var bad *VerifyError
	var record tls.RecordHeaderError
	var remote *net.OpError
	reason := uint32(0)
	t.Error = proxy.ConnSSLHandshake
	switch {
	case errors.As(err, &bad):
		reason = reasonVerify
		t.Error = verifyError(bad, server)
		if t.Failed == 0 {
			var w verdict
			w.note(bad.Code, bad.Depth)
			w.tell(t)
		}
	case errors.Is(err, errWrongCurve):
		reason = reasonCurve
	case errors.Is(err, os.ErrDeadlineExceeded):
		t.Error = proxy.ConnSSLTimeout
	case errors.As(err, &record):
		reason = reasonVersion
		if looksLikeHTTP(record.RecordHeader[:]) {
			reason = reasonHTTPRequest
		}
	case errors.As(err, &remote) && remote.Op == "remote error":
		reason = alertBase + alertNumber(remote.Err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		t.Error = proxy.ConnSSLEmpty
	default:
		if reason = reasonOf(err.Error()); reason == 0 {
			t.Error = proxy.ConnSSLAbort
			if strings.Contains(err.Error(), "tls: ") {
				t.Error, reason = proxy.ConnSSLHandshake, reasonInternal
			}
		}
	}
	if reason != 0 {
		t.Code = sslLibrary | reason
	}
}

// verifyError tells the failures of certificates apart.
func verifyError(e *VerifyError, server bool) proxy.ConnError {
	switch {
	case server && e.Code == errHostname:
		return proxy.ConnSSLMismatchSNI
	case server:
		return proxy.ConnSSLHandshake
	case e.Depth > 0:
		return proxy.ConnSSLCAFail
	}
	return proxy.ConnSSLCrtFail
}

// alertNumber is the number of an alert, whose type crypto/tls keeps to itself.
func alertNumber(err error) uint32 {
	if v := reflect.ValueOf(err); v.Kind() == reflect.Uint8 {
		return uint32(v.Uint())
	}
	return 0
}

// looksLikeHTTP reports whether the first bytes of a client are those of a request.
func looksLikeHTTP(b []byte) bool {
	for _, method := range []string{"GET ", "POST ", "HEAD ", "PUT ", "OPTIO", "DELET", "CONNE", "TRACE", "PATCH"} {
		if strings.HasPrefix(string(b), method) {
			return true
		}
	}
	return false
}

// reasonOf recognizes errors that crypto/tls makes of words alone.
func reasonOf(text string) uint32 {
	for _, r := range [...]struct {
		part   string
		reason uint32
	}{
		{"no cipher suite supported", reasonNoCipher}, {"unsupported versions", reasonProtocol}, {"protocol version", reasonProtocol},
		{"didn't provide a certificate", reasonNoPeerCert}, {"unsupported application protocols", reasonNoALPN},
		{"signature algorithm", reasonSignature}, {"no certificates configured", reasonCallback},
	} {
		if strings.Contains(text, r.part) {
			return r.reason
		}
	}
	return 0
}
