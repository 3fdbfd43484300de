package config

// A Place is a set of kinds of sections: the ones where a keyword is legal.
type Place uint32

// The sections of the language (configuration.txt 2.1, 3, 4, 11, 12).
const (
	InAcme Place = 1 << iota
	InBackend
	InCache
	InCrtStore
	InDefaults
	InFCGIApp
	InFrontend
	InGlobal
	InHealthcheck
	InHTTPErrors
	InListen
	InLogForward
	InLogProfile
	InMailers
	InNamespaceList
	InPeers
	InResolvers
	InRing
	InTraces
	InUserlist
	InProgram

	// InProxy is every section that describes proxies.
	InProxy = InDefaults | InFrontend | InListen | InBackend
	// InFront is where a frontend's keywords are legal, InBack a backend's; a defaults section takes both.
	InFront = InDefaults | InFrontend | InListen
	InBack  = InDefaults | InListen | InBackend
)

// sectionNames are the words that open the sections of HAProxy, whether this program has them or not.
var sectionNames = [...]string{
	"acme", "backend", "cache", "crt-store", "defaults", "fcgi-app", "frontend", "global", "healthcheck", "http-errors", "listen",
	"log-forward", "log-profile", "mailers", "namespace_list", "peers", "program", "resolvers", "ring", "traces", "userlist",
}
