package msg

// Known names a header field that the proxy itself looks at, so that the path of a request compares a byte instead
// of strings. Unknown is every other name.
type Known uint8

// The known fields, in alphabetical order.
const (
	Unknown Known = iota
	AcceptEncoding
	Authorization
	CacheControl
	Connection
	ContentEncoding
	ContentLength
	ContentType
	Cookie
	Date
	ETag
	Expect
	Forwarded
	Host
	KeepAlive
	Location
	ProxyAuthenticate
	ProxyAuthorization
	ProxyConnection
	SecWebSocketAccept
	SecWebSocketKey
	Server
	SetCookie
	TE
	Trailer
	TransferEncoding
	Upgrade
	UserAgent
	Via
	WWWAuthenticate
	XForwardedFor
	XOriginalTo
	knownCount
)

var knownNames = [knownCount]string{
	AcceptEncoding: "accept-encoding", Authorization: "authorization", CacheControl: "cache-control",
	Connection: "connection", ContentEncoding: "content-encoding", ContentLength: "content-length",
	ContentType: "content-type", Cookie: "cookie", Date: "date", ETag: "etag", Expect: "expect",
	Forwarded: "forwarded", Host: "host", KeepAlive: "keep-alive", Location: "location",
	ProxyAuthenticate: "proxy-authenticate", ProxyAuthorization: "proxy-authorization",
	ProxyConnection: "proxy-connection", SecWebSocketAccept: "sec-websocket-accept",
	SecWebSocketKey: "sec-websocket-key", Server: "server", SetCookie: "set-cookie", TE: "te", Trailer: "trailer",
	TransferEncoding: "transfer-encoding", Upgrade: "upgrade", UserAgent: "user-agent", Via: "via",
	WWWAuthenticate: "www-authenticate", XForwardedFor: "x-forwarded-for", XOriginalTo: "x-original-to",
}

// knownTexts are the names as bytes, which nobody changes.
var knownTexts = texts()

func texts() (t [knownCount][]byte) {
	for k := range t {
		t[k] = []byte(knownNames[k])
	}
	return t
}

// String returns the field's name in lower case, "" for Unknown.
func (k Known) String() string { return knownNames[k] }

// Lookup returns what a lower-case name is. It is a switch on strings, which the compiler turns into a search by
// length and content without allocation.
// size: one line for each header field that the proxy looks at.
func Lookup(name []byte) Known {
	switch string(name) {
	case "accept-encoding":
		return AcceptEncoding
	case "authorization":
		return Authorization
	case "cache-control":
		return CacheControl
	case "connection":
		return Connection
	case "content-encoding":
		return ContentEncoding
	case "content-length":
		return ContentLength
	case "content-type":
		return ContentType
	case "cookie":
		return Cookie
	case "date":
		return Date
	case "etag":
		return ETag
	case "expect":
		return Expect
	case "forwarded":
		return Forwarded
	case "host":
		return Host
	case "keep-alive":
		return KeepAlive
	case "location":
		return Location
	case "proxy-authenticate":
		return ProxyAuthenticate
	case "proxy-authorization":
		return ProxyAuthorization
	case "proxy-connection":
		return ProxyConnection
	case "sec-websocket-accept":
		return SecWebSocketAccept
	case "sec-websocket-key":
		return SecWebSocketKey
	case "server":
		return Server
	case "set-cookie":
		return SetCookie
	case "te":
		return TE
	case "trailer":
		return Trailer
	case "transfer-encoding":
		return TransferEncoding
	case "upgrade":
		return Upgrade
	case "user-agent":
		return UserAgent
	case "via":
		return Via
	case "www-authenticate":
		return WWWAuthenticate
	case "x-forwarded-for":
		return XForwardedFor
	case "x-original-to":
		return XOriginalTo
	}
	return Unknown
}

// Set is a set of known fields, one bit each.
type Set uint64

// SetOf returns the set of ks.
func SetOf(ks ...Known) Set {
	var s Set
	for _, k := range ks {
		s |= 1 << k
	}
	return s
}

// Has says whether k is in s.
func (s Set) Has(k Known) bool { return s>>k&1 != 0 }
