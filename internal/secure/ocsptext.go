package secure

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"

	"golang.org/x/crypto/ocsp"
)

// AppendResponse appends what an answer of an authority says, as OpenSSL prints it, without the bytes of signatures and
// without the text of the certificate that signed it.
func AppendResponse(b, der []byte) ([]byte, error) {
	r, err := ocsp.ParseResponse(der, nil)
	if err != nil {
		return b, errOCSPForm
	}
	id, err := parseID(der)
	if err != nil {
		return b, err
	}
	b = append(b, "OCSP Response Data:\n    OCSP Response Status: successful (0x0)\n    Response Type: Basic OCSP Response\n    Version: 1 (0x0)\n"...)
	responder := strings.ToUpper(hex.EncodeToString(r.ResponderKeyHash))
	if len(r.RawResponderName) > 0 {
		responder = nameLine(r.RawResponderName)
	}
	b = fmt.Appendf(b, "    Responder Id: %s\n    Produced At: %s\n    Responses:\n", responder, DateText(r.ProducedAt))
	b = fmt.Appendf(b, "    Certificate ID:\n      Hash Algorithm: sha1\n      Issuer Name Hash: %X\n      Issuer Key Hash: %X\n      Serial Number: %X\n", id.Name, id.Key, id.Serial.Bytes())
	switch r.Status {
	case ocsp.Good:
		b = append(b, "    Cert Status: good\n"...)
	case ocsp.Revoked:
		b = fmt.Appendf(b, "    Cert Status: revoked\n    Revocation Time: %s\n", DateText(r.RevokedAt))
	default:
		b = append(b, "    Cert Status: unknown\n"...)
	}
	b = fmt.Appendf(b, "    This Update: %s\n", DateText(r.ThisUpdate))
	if !r.NextUpdate.IsZero() {
		b = fmt.Appendf(b, "    Next Update: %s\n", DateText(r.NextUpdate))
	}
	b = fmt.Appendf(b, " \n    Signature Algorithm: %v\n", r.SignatureAlgorithm)
	if r.Certificate != nil {
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate.Raw})...)
	}
	return b, nil
}

// AppendID appends the parts of the number of a staple.
func (st *Staple) AppendID(b []byte) []byte {
	der, err := hex.DecodeString(st.ID)
	var id certificateID
	if err != nil {
		return b
	}
	if _, err := asn1.Unmarshal(der, &id); err != nil {
		return b
	}
	return fmt.Appendf(b, " Certificate ID:\n   Issuer Name Hash: %X\n   Issuer Key Hash: %X\n   Serial Number: %X\n", id.Name, id.Key, id.Serial.Bytes())
}

// parseID returns the number that an answer is about.
func parseID(der []byte) (id certificateID, err error) {
	text, err := idOf(der)
	if err != nil {
		return id, err
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return id, err
	}
	if _, err := asn1.Unmarshal(raw, &id); err != nil {
		return id, errOCSPForm
	}
	return id, nil
}

// nameLine writes a distinguished name as OpenSSL does today: C = FR, O = x.
func nameLine(der []byte) string {
	n, _ := ParseName(der)
	var parts []string
	n.each(func(a pkix.AttributeTypeAndValue) bool {
		v, ok := attributeValue(&a)
		parts = append(parts, attributeName(a.Type)+" = "+v)
		return ok
	})
	return strings.Join(parts, ", ")
}
