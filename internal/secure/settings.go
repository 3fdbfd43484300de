package secure

import (
	"strings"

	"sluice/internal/proxy"
)

// Verify says what is asked of the peer's certificate (configuration.txt 5.1, verify).
type Verify uint8

// The demands; the zero value is that nothing was said.
const (
	VerifyUnsaid Verify = iota
	VerifyNone
	VerifyOptional
	VerifyRequired
)

// Switch is on, off, or neither was said.
type Switch uint8

// The positions.
const (
	Unsaid Switch = iota
	On
	Off
)

// Settings is what a bind line, a line of a list of certificates or a server line says about TLS. What it leaves unsaid
// is zero. Lists of ciphers and their like are as written: they are read when the policy is made.
type Settings struct {
	Versions
	Ciphers, Suites     string // up to TLSv1.2, of TLSv1.3
	Curves, ECDHE       string
	SigAlgs, ClientSig  string
	ALPN                []string
	HasALPN             bool // alpn or no-alpn was given
	Verify              Verify
	CA, VerifyCA        *Authorities // ca-file, ca-verify-file
	CRL                 *Authorities // crl-file
	NoCANames           bool
	IgnoreCA, IgnoreCrt ErrorSet
	PreferClient        bool
	Tickets, Strict     Switch
	TicketKeys          *TicketKeys
	Records             Records
	Wants               *proxy.TLSWants // nil: nothing
}

// Over returns s with what it leaves unsaid taken from base.
func (s Settings) Over(base *Settings) Settings {
	if s.Min == 0 && s.Max == 0 {
		s.Versions.Min, s.Versions.Max = base.Min, base.Max
	}
	for v, refused := range base.Refused {
		s.Refused[v] = s.Refused[v] || refused
	}
	for _, f := range [...][2]*string{{&s.Ciphers, &base.Ciphers}, {&s.Suites, &base.Suites}, {&s.Curves, &base.Curves},
		{&s.ECDHE, &base.ECDHE}, {&s.SigAlgs, &base.SigAlgs}, {&s.ClientSig, &base.ClientSig}} {
		if *f[0] == "" {
			*f[0] = *f[1]
		}
	}
	if !s.HasALPN {
		s.ALPN, s.HasALPN = base.ALPN, base.HasALPN
	}
	if s.Verify == VerifyUnsaid {
		s.Verify = base.Verify
	}
	for _, f := range [...][2]**Authorities{{&s.CA, &base.CA}, {&s.VerifyCA, &base.VerifyCA}, {&s.CRL, &base.CRL}} {
		if *f[0] == nil {
			*f[0] = *f[1]
		}
	}
	s.NoCANames = s.NoCANames || base.NoCANames
	s.IgnoreCA.join(&base.IgnoreCA)
	s.IgnoreCrt.join(&base.IgnoreCrt)
	if s.Tickets == Unsaid {
		s.Tickets = base.Tickets
	}
	if s.Strict == Unsaid {
		s.Strict = base.Strict
	}
	s.PreferClient = s.PreferClient || base.PreferClient
	if s.TicketKeys == nil {
		s.TicketKeys = base.TicketKeys
	}
	if s.Wants == nil {
		s.Wants = base.Wants
	}
	return s
}

// ParseALPN reads a comma-delimited list of protocols. Empty ones are left out.
func ParseALPN(list string) []string {
	var out []string
	for name := range strings.SplitSeq(list, ",") {
		if name != "" {
			out = append(out, name)
		}
	}
	return out
}
