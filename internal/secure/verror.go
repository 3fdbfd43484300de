package secure

import (
	"slices"
	"strconv"
	"strings"
)

// certErrors are the names of the errors of X509_STORE_CTX_get_error(3) by their numbers.
var certErrors = [...]string{"X509_V_OK",
	"X509_V_ERR_UNSPECIFIED", "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT", "X509_V_ERR_UNABLE_TO_GET_CRL",
	"X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE", "X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE",
	"X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY", "X509_V_ERR_CERT_SIGNATURE_FAILURE",
	"X509_V_ERR_CRL_SIGNATURE_FAILURE", "X509_V_ERR_CERT_NOT_YET_VALID", "X509_V_ERR_CERT_HAS_EXPIRED",
	"X509_V_ERR_CRL_NOT_YET_VALID", "X509_V_ERR_CRL_HAS_EXPIRED", "X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD",
	"X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD", "X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD",
	"X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD", "X509_V_ERR_OUT_OF_MEM", "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT",
	"X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN", "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
	"X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE", "X509_V_ERR_CERT_CHAIN_TOO_LONG", "X509_V_ERR_CERT_REVOKED",
	"X509_V_ERR_NO_ISSUER_PUBLIC_KEY", "X509_V_ERR_PATH_LENGTH_EXCEEDED", "X509_V_ERR_INVALID_PURPOSE",
	"X509_V_ERR_CERT_UNTRUSTED", "X509_V_ERR_CERT_REJECTED", "X509_V_ERR_SUBJECT_ISSUER_MISMATCH",
	"X509_V_ERR_AKID_SKID_MISMATCH", "X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH", "X509_V_ERR_KEYUSAGE_NO_CERTSIGN",
	"X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER", "X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION", "X509_V_ERR_KEYUSAGE_NO_CRL_SIGN",
	"X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION", "X509_V_ERR_INVALID_NON_CA", "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED",
	"X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE", "X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED",
	"X509_V_ERR_INVALID_EXTENSION", "X509_V_ERR_INVALID_POLICY_EXTENSION", "X509_V_ERR_NO_EXPLICIT_POLICY",
	"X509_V_ERR_DIFFERENT_CRL_SCOPE", "X509_V_ERR_UNSUPPORTED_EXTENSION_FEATURE", "X509_V_ERR_UNNESTED_RESOURCE",
	"X509_V_ERR_PERMITTED_VIOLATION", "X509_V_ERR_EXCLUDED_VIOLATION", "X509_V_ERR_SUBTREE_MINMAX",
	"X509_V_ERR_APPLICATION_VERIFICATION", "X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE",
	"X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX", "X509_V_ERR_UNSUPPORTED_NAME_SYNTAX",
	"X509_V_ERR_CRL_PATH_VALIDATION_ERROR", "X509_V_ERR_PATH_LOOP", "X509_V_ERR_SUITE_B_INVALID_VERSION",
	"X509_V_ERR_SUITE_B_INVALID_ALGORITHM", "X509_V_ERR_SUITE_B_INVALID_CURVE",
	"X509_V_ERR_SUITE_B_INVALID_SIGNATURE_ALGORITHM", "X509_V_ERR_SUITE_B_LOS_NOT_ALLOWED",
	"X509_V_ERR_SUITE_B_CANNOT_SIGN_P_384_WITH_P_256", "X509_V_ERR_HOSTNAME_MISMATCH", "X509_V_ERR_EMAIL_MISMATCH",
	"X509_V_ERR_IP_ADDRESS_MISMATCH", "X509_V_ERR_DANE_NO_MATCH", "X509_V_ERR_EE_KEY_TOO_SMALL",
	"X509_V_ERR_CA_KEY_TOO_SMALL", "X509_V_ERR_CA_MD_TOO_WEAK", "X509_V_ERR_INVALID_CALL", "X509_V_ERR_STORE_LOOKUP",
	"X509_V_ERR_NO_VALID_SCTS", "X509_V_ERR_PROXY_SUBJECT_NAME_VIOLATION", "X509_V_ERR_OCSP_VERIFY_NEEDED",
	"X509_V_ERR_OCSP_VERIFY_FAILED", "X509_V_ERR_OCSP_CERT_UNKNOWN", "X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM",
	"X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH", "X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY", "X509_V_ERR_INVALID_CA",
	"X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA", "X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN",
	"X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA", "X509_V_ERR_ISSUER_NAME_EMPTY", "X509_V_ERR_SUBJECT_NAME_EMPTY",
	"X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER", "X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER",
	"X509_V_ERR_EMPTY_SUBJECT_ALT_NAME", "X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL", "X509_V_ERR_CA_BCONS_NOT_CRITICAL",
	"X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL", "X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL",
	"X509_V_ERR_CA_CERT_MISSING_KEY_USAGE", "X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3",
	"X509_V_ERR_EC_KEY_EXPLICIT_PARAMS",
}

// The errors that are found here, by their numbers.
const (
	errUnspecified   = 1
	errNoIssuer      = 2
	errNoCRL         = 3
	errSignature     = 7
	errCRLSignature  = 8
	errNotYet        = 9
	errExpired       = 10
	errCRLNotYet     = 11
	errCRLExpired    = 12
	errSelfSigned    = 18
	errSelfInChain   = 19
	errNoLocalIssuer = 20
	errLeafUnproved  = 21
	errTooLong       = 22
	errRevoked       = 23
	errPathLength    = 25
	errPurpose       = 26
	errHostname      = 62
	errInvalidCA     = 79
)

// ErrorName returns the name of an error of verification, "X509_V_OK" for 0, and "" for a number that is none.
func ErrorName(n int64) string {
	if n < 0 || n >= int64(len(certErrors)) {
		return ""
	}
	return certErrors[n]
}

// An ErrorSet is a set of errors of verification (configuration.txt 5.1, crt-ignore-err).
type ErrorSet [2]uint64

// Add puts an error into the set.
func (s *ErrorSet) Add(n int) { s[n/64] |= 1 << (n % 64) }

// Has reports whether an error is in the set.
func (s *ErrorSet) Has(n int) bool { return n >= 0 && n < 128 && s[n/64]&(1<<(n%64)) != 0 }

func (s *ErrorSet) join(other *ErrorSet) {
	s[0] |= other[0]
	s[1] |= other[1]
}

// empty reports whether nothing is in the set.
func (s *ErrorSet) empty() bool { return *s == ErrorSet{} }

// ParseErrorSet reads a comma-delimited list of numbers and names, or "all". What it cannot read it returns.
func ParseErrorSet(list string) (set ErrorSet, bad string) {
	if list == "all" {
		return ErrorSet{^uint64(0), ^uint64(0)}, ""
	}
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(word)
		if err != nil {
			n = errorNumber(word)
		}
		if n <= 0 || n >= len(certErrors) {
			return set, word
		}
		set.Add(n)
	}
	return set, ""
}

func errorNumber(name string) int {
	return max(slices.Index(certErrors[:], name), 0)
}

// A VerifyError is why a peer's certificate was not accepted.
type VerifyError struct {
	Code  int // X509_V_ERR_*
	Depth int // 0 is the peer's own certificate
}

// Error names it as OpenSSL does.
func (e *VerifyError) Error() string {
	return "certificate verify failed: " + ErrorName(int64(e.Code)) + " at depth " + strconv.Itoa(e.Depth)
}
