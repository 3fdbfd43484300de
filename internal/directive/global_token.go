package directive

import (
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// globalToken are the keywords of encrypted tokens (configuration.txt 3.1).
var globalToken = []Keyword{
	{Name: "jwt.decrypt_alg_list", Doc: "The algorithms by which encrypted tokens may carry their keys.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a list of algorithms", Parse: parseJWEAlgs},
	{Name: "jwt.decrypt_enc_list", Doc: "The ways in which the content of a token may be encrypted.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a list of algorithms", Parse: parseJWEEncs},
}

func parseJWEAlgs(b *Builder, l *config.Line) {
	if mask, ok := tokenList(l, uint32(proxy.NJWEAlgs), func(name string) (uint32, bool) {
		alg, ok := proxy.LookupJWEAlg([]byte(name))
		return uint32(alg), ok
	}); ok {
		b.global.JWE.NoAlgs = ^mask
	}
}

func parseJWEEncs(b *Builder, l *config.Line) {
	if mask, ok := tokenList(l, uint32(proxy.NJWEEncs), func(name string) (uint32, bool) {
		enc, ok := proxy.LookupJWEEnc([]byte(name))
		return uint32(enc), ok
	}); ok {
		b.global.JWE.NoEncs = ^mask
	}
}

// tokenList reads names between colons, as a set of bits. ALL stands for all n, a name behind an exclamation mark is taken
// out. Algorithms with passwords, which RFC 7518 has as well, are known but never there.
func tokenList(l *config.Line, n uint32, lookup func(name string) (uint32, bool)) (mask uint32, ok bool) {
	w := l.Arg(0)
	for item := range strings.SplitSeq(w.Value, ":") {
		name, out := strings.CutPrefix(item, "!")
		if name == "" {
			continue
		}
		bits := uint32(1)<<n - 1
		if name != "ALL" {
			bit, known := lookup(name)
			switch {
			case known:
				bits = 1 << bit
			case l.Keyword() == "jwt.decrypt_alg_list" && strings.HasPrefix(name, "PBES2-"):
				l.Warnf(w, "'%s' : tokens of %s are not decrypted.", l.Keyword(), name)
				continue
			default:
				l.Errorf(w, "Unknown algorithm/encoding %s", name)
				return 0, false
			}
		}
		if out {
			mask &^= bits
		} else {
			mask |= bits
		}
	}
	return mask, true
}
