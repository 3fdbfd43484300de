package secure

import "errors"

// Version is a version of the protocol; the zero value is none.
type Version uint8

// The versions.
const (
	SSL30 Version = iota + 1
	TLS10
	TLS11
	TLS12
	TLS13
)

// versionNames are the names of the versions in the configuration.
var versionNames = [...]string{SSL30: "SSLv3", TLS10: "TLSv1.0", TLS11: "TLSv1.1", TLS12: "TLSv1.2", TLS13: "TLSv1.3"}

// ParseVersion reads a version as ssl-min-ver takes it.
func ParseVersion(name string) (Version, bool) {
	for v := SSL30; v <= TLS13; v++ {
		if versionNames[v] == name {
			return v, true
		}
	}
	return 0, false
}

// String returns the name of the version in the configuration.
func (v Version) String() string { return versionNames[v] }

// wire is the version's number in crypto/tls.
func (v Version) wire() uint16 { return 0x0300 + uint16(v-SSL30) }

// Versions is what a line says about the versions it wants.
type Versions struct {
	Min, Max Version
	Refused  [TLS13 + 1]bool // no-tlsv10 and its kin
}

// Refuse adds a version that no-tlsv1x names.
func (v *Versions) Refuse(which Version) { v.Refused[which] = true }

// ErrNoVersion says that nothing is left to speak.
var ErrNoVersion = errors.New("all SSL/TLS versions are disabled")

// settle returns the range that is left. SSLv3 is refused by crypto/tls, so a range that includes it begins at TLSv1.0.
// ignored means that refusals stood beside a range and do not count (configuration.txt 5.1, ssl-min-ver).
func (v *Versions) settle() (low, high Version, ignored bool, err error) {
	low, high = TLS12, TLS13
	refused := v.Refused != [TLS13 + 1]bool{}
	if v.Min != 0 || v.Max != 0 {
		if v.Max != 0 {
			high = v.Max
			low = min(low, high)
		}
		if v.Min != 0 {
			low = v.Min
		}
		ignored = refused
	} else if refused {
		for high >= low && v.Refused[high] {
			high--
		}
		first := high
		for first > low && !v.Refused[first-1] {
			first--
		}
		low = max(first, low)
	}
	low = max(low, TLS10)
	if low > high {
		return 0, 0, ignored, ErrNoVersion
	}
	return low, high, ignored, nil
}
