package conv

import (
	"bytes"
	"encoding/base64"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// jwtRows are the converters of JSON web tokens in their compact form (RFC 7515, RFC 7516).
func jwtRows() []sample.Conv {
	return []sample.Conv{
		{Name: "jwt_decrypt_cert", Doc: "Content of an encrypted token, by the key of a certificate.", Args: "string", In: value.Bin, Out: value.Bin, Bind: bindDecryptCert},
		{Name: "jwt_decrypt_jwk", Doc: "Content of an encrypted token, by a JSON web key.", Args: "string", In: value.Bin, Out: value.Bin, Bind: bindDecryptJWK},
		{Name: "jwt_decrypt_secret", Doc: "Content of an encrypted token, by a secret.", Args: "string", In: value.Bin, Out: value.Bin, Bind: bindDecryptSecret},
		{Name: "jwt_header_query", Doc: "Header of a token, or a value in it.", Args: "[string,string]", In: value.Bin, Out: value.Any, Bind: bindTokenQuery(0)},
		{Name: "jwt_payload_query", Doc: "Payload of a signed token, or a value in it.", Args: "[string,string]", In: value.Bin, Out: value.Any, Bind: bindTokenQuery(1)},
		{Name: "jwt_verify", Doc: "Whether the signature of a token is that of a key.", Args: "string,string", In: value.Bin, Out: value.Sint, Bind: bindVerify},
		{Name: "jwt_verify_cert", Doc: "Whether the signature of a token is that of a certificate.", Args: "string,string", In: value.Bin, Out: value.Sint, Bind: bindVerifyCert},
	}
}

// tokenParts is the largest number of parts that a token may have, and one more to see that there are too many.
const tokenParts = 6

// splitToken cuts a token at its dots and returns how many parts there are.
func splitToken(b []byte) (parts [tokenParts][]byte, n int) {
	for n < tokenParts {
		part, rest, found := bytes.Cut(b, dot)
		parts[n] = part
		n++
		if !found {
			break
		}
		b = rest
	}
	return parts, n
}

// decodePart decodes a part of a token into the arena.
func decodePart(s *proxy.Stream, b []byte) ([]byte, bool) {
	out := s.Arena.Alloc(base64.RawURLEncoding.DecodedLen(len(b)))
	n, err := base64.RawURLEncoding.Decode(out, b)
	return out[:n:n], err == nil
}

// bindTokenQuery makes the function that queries one part of a token.
func bindTokenQuery(part int) func(a sample.Args, e *sample.Env) (sample.Func, error) {
	return func(a sample.Args, _ *sample.Env) (sample.Func, error) {
		q, err := newJSONQuery(a)
		if err != nil {
			return nil, err
		}
		whole := len(a.Str(0)) == 0
		return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
			parts, n := splitToken(v.Bytes)
			if part >= n {
				return false
			}
			b, ok := decodePart(s, parts[part])
			if !ok || len(b) == 0 {
				return false
			}
			setOwn(v, value.Str, b)
			return whole || q.eval(s, v)
		}, nil
	}
}
