package config

import (
	"slices"
	"strings"
)

// Facts are what conditions can ask about the program.
type Facts struct {
	Version        string   // as `haproxy -v` shows it: "3.5-dev5"
	Features       []string // names of the features present
	Enabled        []string // what `enabled()` is true for: "EPOLL", "SPLICE"...
	SSLLibrary     string   // name of the TLS library: "OpenSSL ..."
	OpenSSLVersion string   // the OpenSSL release that the library amounts to: "3.0.0"
	AWSLCAPI       int      // API number of AWS-LC, 0 when it is another library
	FIPS           bool     // the library runs in FIPS mode
}

// predicate is a row: a function that conditions can call. ok is false for an argument that makes no sense.
type predicate struct {
	Name string
	Doc  string
	Args int
	Test func(c *condition, args [2]string) (yes, ok bool)
}

// predicates are sorted by name.
var predicates = [...]predicate{
	{Name: "awslc_api_atleast", Doc: "Whether the API number of AWS-LC is at least the argument.", Args: 1, Test: func(c *condition, args [2]string) (bool, bool) {
		n, ok := awslcAPI(c, args[0])
		return c.facts.AWSLCAPI >= n, ok
	}},
	{Name: "awslc_api_before", Doc: "Whether the API number of AWS-LC is below the argument.", Args: 1, Test: func(c *condition, args [2]string) (bool, bool) {
		n, ok := awslcAPI(c, args[0])
		return c.facts.AWSLCAPI < n, ok
	}},
	{Name: "defined", Doc: "Whether an environment variable exists.", Args: 1, Test: func(c *condition, args [2]string) (bool, bool) {
		_, set := c.env.Lookup(args[0])
		return set, true
	}},
	{Name: "enabled", Doc: "Whether something that can be switched off is on.", Args: 1, Test: func(c *condition, args [2]string) (bool, bool) {
		return slices.Contains(c.facts.Enabled, args[0]), true
	}},
	{Name: "feature", Doc: "Whether the program has a feature.", Args: 1, Test: func(c *condition, args [2]string) (bool, bool) {
		return slices.Contains(c.facts.Features, args[0]), true
	}},
	{Name: "fips_mode", Doc: "Whether the TLS library runs in FIPS mode.", Args: 0, Test: func(c *condition, _ [2]string) (bool, bool) { return c.facts.FIPS, true }},
	{Name: "openssl_version_atleast", Doc: "Whether the OpenSSL release is the argument or later.", Args: 1, Test: func(c *condition, args [2]string) (bool, bool) {
		order, ok := compareOpenSSL(c.facts.OpenSSLVersion, args[0])
		return order >= 0, ok
	}},
	{Name: "openssl_version_before", Doc: "Whether the OpenSSL release is older than the argument.", Args: 1, Test: func(c *condition, args [2]string) (bool, bool) {
		order, ok := compareOpenSSL(c.facts.OpenSSLVersion, args[0])
		return order < 0, ok
	}},
	{Name: "ssllib_name_startswith", Doc: "Whether the name of the TLS library begins with the argument.", Args: 1, Test: func(c *condition, args [2]string) (bool, bool) {
		return strings.HasPrefix(c.facts.SSLLibrary, args[0]), true
	}},
	{Name: "streq", Doc: "Whether two strings are equal.", Args: 2, Test: func(_ *condition, args [2]string) (bool, bool) { return args[0] == args[1], true }},
	{Name: "strneq", Doc: "Whether two strings differ.", Args: 2, Test: func(_ *condition, args [2]string) (bool, bool) { return args[0] != args[1], true }},
	{Name: "strstr", Doc: "Whether the first string contains the second.", Args: 2, Test: func(_ *condition, args [2]string) (bool, bool) { return strings.Contains(args[0], args[1]), true }},
	{Name: "version_atleast", Doc: "Whether the version is the argument or later.", Args: 1, Test: func(c *condition, args [2]string) (bool, bool) {
		return compareVersions(c.facts.Version, args[0]) >= 0, true
	}},
	{Name: "version_before", Doc: "Whether the version is older than the argument.", Args: 1, Test: func(c *condition, args [2]string) (bool, bool) {
		return compareVersions(c.facts.Version, args[0]) < 0, true
	}},
}

func findPredicate(name string) (predicate, bool) {
	i, found := slices.BinarySearchFunc(predicates[:], name, func(p predicate, name string) int {
		return strings.Compare(p.Name, name)
	})
	if !found {
		return predicate{}, false
	}
	return predicates[i], true
}

// awslcAPI reads an API number; no number makes sense where the library is not AWS-LC.
func awslcAPI(c *condition, s string) (int, bool) {
	n, ok := digits(s)
	return n, ok && n > 0 && c.facts.AWSLCAPI > 0
}
