package directive

import (
	"errors"
	"path/filepath"

	"sluice/internal/config"
	"sluice/internal/secure"
)

// A tlsSetter applies one option about TLS that bind lines, lists of certificates and server lines share. It returns what
// is wrong with the argument, "" when nothing is.
type tlsSetter = func(x tlsPlace, s *secure.Settings, name, arg string) string

// tlsPlace is where an option about TLS stands.
type tlsPlace struct {
	b      *Builder
	file   string // the configuration file, where default-path starts from
	server bool
}

// base returns where a file is whose relative name starts from a folder that the global section chose.
func (x tlsPlace) base(dir, name string) string {
	if dir != "" && !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	return x.b.path(x.file, name)
}

func (x tlsPlace) authorities(name, arg string, kind secure.AuthorityKind, to **secure.Authorities) string {
	if arg != secure.SystemCA {
		arg = x.base(x.b.tls.caBase, arg)
	}
	a, err := x.b.tls.store.Authorities(arg, kind)
	switch {
	case errors.Is(err, secure.ErrSealed):
		return "'" + name + "' : unable to load " + arg
	case err != nil:
		return "'" + name + "' : unable to load " + arg + ": " + err.Error()
	}
	*to = a
	return ""
}

func setCA(x tlsPlace, s *secure.Settings, name, arg string) string {
	return x.authorities(name, arg, secure.CAFile, &s.CA)
}

func setVerifyCA(x tlsPlace, s *secure.Settings, name, arg string) string {
	return x.authorities(name, arg, secure.CAFile, &s.VerifyCA)
}

func setCRL(x tlsPlace, s *secure.Settings, name, arg string) string {
	return x.authorities(name, arg, secure.CRLFile, &s.CRL)
}

func setALPN(_ tlsPlace, s *secure.Settings, _, arg string) string {
	s.ALPN, s.HasALPN = secure.ParseALPN(arg), true
	return ""
}

func setNoALPN(_ tlsPlace, s *secure.Settings, _, _ string) string {
	s.ALPN, s.HasALPN = nil, true
	return ""
}

// setTLSText makes the setter of an option whose argument is read when the policy is made.
func setTLSText(field func(*secure.Settings) *string) tlsSetter {
	return func(_ tlsPlace, s *secure.Settings, _, arg string) string {
		*field(s) = arg
		return ""
	}
}

// setTLSFlag makes the setter of an option that switches something on or off.
func setTLSFlag(on bool, field func(*secure.Settings) *bool) tlsSetter {
	return func(_ tlsPlace, s *secure.Settings, _, _ string) string {
		*field(s) = on
		return ""
	}
}

func setMinVer(_ tlsPlace, s *secure.Settings, _, arg string) string {
	return setVersion(&s.Min, arg)
}

func setMaxVer(_ tlsPlace, s *secure.Settings, _, arg string) string {
	return setVersion(&s.Max, arg)
}

func setVersion(to *secure.Version, arg string) string {
	v, ok := secure.ParseVersion(arg)
	if !ok {
		return "'" + arg + "' : unknown ssl/tls version"
	}
	*to = v
	return ""
}

// refuseVersion makes the setter of no-tlsv10 and its kin.
func refuseVersion(v secure.Version) tlsSetter {
	return func(_ tlsPlace, s *secure.Settings, _, _ string) string {
		s.Refuse(v)
		return ""
	}
}

// forceVersion makes the setter of force-tlsv10 and its kin.
func forceVersion(v secure.Version) tlsSetter {
	return func(_ tlsPlace, s *secure.Settings, _, _ string) string {
		s.Min, s.Max = v, v
		return ""
	}
}

func setVerify(x tlsPlace, s *secure.Settings, name, arg string) string {
	switch {
	case arg == "none":
		s.Verify = secure.VerifyNone
	case arg == "required":
		s.Verify = secure.VerifyRequired
	case arg == "optional" && !x.server:
		s.Verify = secure.VerifyOptional
	case x.server:
		return "'" + name + "' : unknown verify method '" + arg + "', only 'none' and 'required' are supported"
	default:
		return "'" + name + "' : unknown verify method '" + arg + "', only 'none', 'optional', and 'required' are supported"
	}
	return ""
}

// ignoreErrors makes the setter of ca-ignore-err and crt-ignore-err.
func ignoreErrors(field func(*secure.Settings) *secure.ErrorSet) tlsSetter {
	return func(_ tlsPlace, s *secure.Settings, name, arg string) string {
		set, bad := secure.ParseErrorSet(arg)
		if bad != "" {
			return "'" + name + "' : error constant '" + bad + "' unknown in error IDs list '" + arg + "'"
		}
		*field(s) = set
		return ""
	}
}

// setTicketKeys reads the file of the keys that session tickets are sealed with: a key in base64 on each line, the last
// but one of which seals.
func setTicketKeys(x tlsPlace, s *secure.Settings, _, arg string) string {
	keys, err := x.b.tls.store.TicketKeys(x.b.path(x.file, arg))
	if err != nil {
		return err.Error()
	}
	s.TicketKeys = keys
	return ""
}

// tlsWord is the option's argument, "" for an option that has none.
func tlsWord(args []config.Word) string {
	if len(args) == 0 {
		return ""
	}
	return args[0].Value
}
