package keyword

import (
	"slices"

	"sluice/internal/config"
)

// Version is the HAProxy release whose language and behaviour this program has: what version_atleast() compares with.
const Version = "3.5-dev5"

// SSLLibrary is what ssllib_name_startswith() looks at, and OpenSSLVersion what openssl_version_atleast() compares with.
// The library is Go's, but files that ask want to know which words they may write and which versions and numbers they
// get: those are OpenSSL's (docs/tls.md says what is not).
const (
	SSLLibrary     = "OpenSSL 3.0.0 by crypto/tls"
	OpenSSLVersion = "3.0.0"
)

// A Feature is something that a build of HAProxy may have or lack, under the name that scripts ask for. Have says
// whether this program has it. -vv prints the list and feature() answers from it, so it says what is true today.
type Feature struct {
	Name string
	Have bool
	Doc  string // one sentence
}

// Features returns the list, sorted by name.
func Features() []Feature { return slices.Clone(features[:]) }

var features = [...]Feature{
	{Name: "51DEGREES", Doc: "Device detection by 51Degrees."},
	{Name: "ACCEPT4", Have: true, Doc: "Connections are accepted with accept4()."},
	{Name: "ACME", Doc: "Certificates are obtained by ACME."},
	{Name: "CPU_AFFINITY", Doc: "Threads are bound to processors."},
	{Name: "CRYPT_H", Doc: "Passwords of userlists are compared by crypt()."},
	{Name: "DEVICEATLAS", Doc: "Device detection by DeviceAtlas."},
	{Name: "ECH", Doc: "TLS hides the client's hello."},
	{Name: "ENGINE", Doc: "OpenSSL's engines are loaded."},
	{Name: "EPOLL", Have: true, Doc: "Connections are waited for with epoll."},
	{Name: "FCGI", Doc: "Servers may speak FastCGI."},
	{Name: "GETADDRINFO", Have: true, Doc: "Names are resolved by the system when the process starts."},
	{Name: "H2", Doc: "Clients and servers may speak HTTP/2."},
	{Name: "HAVE_TCP_MD5SIG", Doc: "TCP segments are signed."},
	{Name: "KTLS", Doc: "The kernel does TLS."},
	{Name: "LINUX_CAP", Doc: "Capabilities are kept when the process changes its user."},
	{Name: "LINUX_SPLICE", Have: true, Doc: "Bytes are moved between sockets with splice()."},
	{Name: "LINUX_TPROXY", Have: true, Doc: "Addresses that are not the machine's are bound."},
	{Name: "LUA", Doc: "Lua scripts run."},
	{Name: "NETFILTER", Doc: "Packets carry marks."},
	{Name: "NS", Have: true, Doc: "Sockets are opened in network namespaces."},
	{Name: "OPENSSL", Have: true, Doc: "Clients and servers may speak TLS."},
	{Name: "OT", Doc: "OpenTracing."},
	{Name: "PCRE", Doc: "Regular expressions are those of PCRE."},
	{Name: "PCRE2", Have: true, Doc: "Regular expressions are those of PCRE2, but for recursion, conditions and verbs."},
	{Name: "PROMEX", Have: true, Doc: "The Prometheus exporter is a service."},
	{Name: "QUIC", Doc: "Clients and servers may speak QUIC."},
	{Name: "SHM_OPEN", Doc: "Statistics live in shared memory."},
	{Name: "SLZ", Have: true, Doc: "Responses are compressed without state."},
	{Name: "SPOE", Have: true, Doc: "Streams are offered to agents."},
	{Name: "SSL", Have: true, Doc: "Clients and servers may speak TLS."},
	{Name: "TFO", Have: true, Doc: "TCP connections open with data."},
	{Name: "THREAD", Have: true, Doc: "Several threads serve connections."},
	{Name: "TPROXY", Have: true, Doc: "Addresses that are not the machine's are bound."},
	{Name: "TRACE", Doc: "Traces are written."},
	{Name: "WURFL", Doc: "Device detection by WURFL."},
	{Name: "ZLIB", Doc: "Responses are compressed by zlib."},
}

// Facts returns what conditions may ask about the program.
func Facts() *config.Facts {
	f := &config.Facts{Version: Version, Enabled: []string{"GETADDRINFO", "SPLICE", "REUSEPORT", "FAST-FORWARD"},
		SSLLibrary: SSLLibrary, OpenSSLVersion: OpenSSLVersion}
	for _, x := range features {
		if x.Have {
			f.Features = append(f.Features, x.Name)
		}
	}
	return f
}

// A Mux is a protocol that a connection may carry, as -vv lists it and `proto` names it.
type Mux struct{ Name, Mode, Side, Mux, Flags string }

// Muxes returns the protocols in the order of HAProxy's list.
func Muxes() []Mux {
	return []Mux{
		{Name: "<default>", Mode: "HTTP", Side: "FE|BE", Mux: "H1", Flags: "HTX"},
		{Name: "h1", Mode: "HTTP", Side: "FE|BE", Mux: "H1", Flags: "HTX|NO_UPG"},
		{Name: "<default>", Mode: "TCP", Side: "FE|BE", Mux: "PASS"},
		{Name: "none", Mode: "TCP", Side: "FE|BE", Mux: "PASS", Flags: "NO_UPG"},
	}
}
