package secure

import (
	"crypto/tls"
	"slices"
	"strings"
)

// curves are the groups of crypto/tls under OpenSSL's names for them; the first name of each is how it is shown.
var curves = [...]struct {
	id    tls.CurveID
	names []string
}{
	{tls.X25519, []string{"X25519"}},
	{tls.CurveP256, []string{"prime256v1", "P-256", "secp256r1"}},
	{tls.CurveP384, []string{"secp384r1", "P-384"}},
	{tls.CurveP521, []string{"secp521r1", "P-521"}},
	{tls.X25519MLKEM768, []string{"X25519MLKEM768"}},
	{tls.SecP256r1MLKEM768, []string{"SecP256r1MLKEM768"}},
	{tls.SecP384r1MLKEM1024, []string{"SecP384r1MLKEM1024"}},
}

// lackingCurves are groups that OpenSSL has and crypto/tls lacks: naming one beside others is no mistake.
const lackingCurves = " x448 ffdhe2048 ffdhe3072 ffdhe4096 ffdhe6144 ffdhe8192 secp224r1 p-224 secp256k1 brainpoolp256r1 brainpoolp384r1 brainpoolp512r1 "

// parseCurves reads a colon-delimited list of groups. lacking are those that crypto/tls does not have.
func parseCurves(list string) (ids []tls.CurveID, lacking []string, ok bool) {
	for name := range strings.SplitSeq(list, ":") {
		optional := strings.HasPrefix(name, "?")
		name = strings.TrimLeft(name, "?*")
		id := curveID(name)
		switch {
		case id != 0:
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		case optional || strings.Contains(lackingCurves, " "+strings.ToLower(name)+" "):
			lacking = append(lacking, name)
		default:
			return nil, nil, false
		}
	}
	return ids, lacking, len(ids) > 0
}

func curveID(name string) tls.CurveID {
	for i := range curves {
		if slices.ContainsFunc(curves[i].names, func(n string) bool { return strings.EqualFold(n, name) }) {
			return curves[i].id
		}
	}
	return 0
}

// CurveName returns OpenSSL's name of a group, "" for none.
func CurveName(id tls.CurveID) string {
	for i := range curves {
		if curves[i].id == id {
			return curves[i].names[0]
		}
	}
	return ""
}
