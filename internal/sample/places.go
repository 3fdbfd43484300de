package sample

import "strings"

// Places is a set of places where expressions are written, one bit per column of the matrix that `-dKsmp` prints.
type Places uint32

// The places, in the order of the columns.
const (
	FrontTCPConn     Places = 1 << iota // frontend tcp-request connection rule
	FrontTCPSess                        // frontend tcp-request session rule
	FrontTCPReq                         // frontend tcp-request content rule
	FrontHTTPReq                        // frontend http-request header rule
	FrontHTTPReqBody                    // frontend http-request body rule
	FrontSwitch                         // frontend use-backend rule
	BackTCPReq                          // backend tcp-request content rule
	BackHTTPReq                         // backend http-request header rule
	BackHTTPReqBody                     // backend http-request body rule
	BackServer                          // backend use-server, balance or stick-match rule
	ServerSource                        // server source selection
	BackTCPRes                          // backend tcp-response content rule
	BackHTTPRes                         // backend http-response header rule
	BackHTTPResBody                     // backend http-response body rule
	BackStore                           // backend stick-store rule
	FrontTCPRes                         // frontend tcp-response content rule
	FrontHTTPRes                        // frontend http-response header rule
	FrontHTTPResBody                    // frontend http-response body rule
	Logs                                // logs
	TCPCheck                            // backend tcp-check rule
	ConfigParser                        // configuration parser
	CLI                                 // CLI parser
	NPlaces                 = 22

	Anywhere Places = 1<<NPlaces - 1
)

var placeNames = [NPlaces]string{
	"frontend tcp-request connection rule",
	"frontend tcp-request session rule",
	"frontend tcp-request content rule",
	"frontend http-request header rule",
	"frontend http-request body rule",
	"frontend use-backend rule",
	"backend tcp-request content rule",
	"backend http-request header rule",
	"backend http-request body rule",
	"backend use-server, balance or stick-match rule",
	"server source selection",
	"backend tcp-response content rule",
	"backend http-response header rule",
	"backend http-response body rule",
	"backend stick-store rule",
	"frontend tcp-response content rule",
	"frontend http-response header rule",
	"frontend http-response body rule",
	"logs",
	"backend tcp-check rule",
	"configuration parser",
	"CLI parser",
}

// String names the first place of the set as HAProxy's messages do.
func (p Places) String() string {
	for i, n := range placeNames {
		if p&(1<<i) != 0 {
			return n
		}
	}
	return "nowhere"
}

// Useful sets of places.
const (
	request  = FrontTCPReq | FrontHTTPReq | FrontHTTPReqBody | FrontSwitch | BackTCPReq | BackHTTPReq | BackHTTPReqBody | BackServer | ServerSource
	response = BackTCPRes | BackHTTPRes | BackHTTPResBody | BackStore | FrontTCPRes | FrontHTTPRes | FrontHTTPResBody
	traffic  = FrontTCPConn | FrontTCPSess | request | response | Logs
)

// Source is a set of kinds of data that a fetch draws on. Its places are those where at least one of them exists.
type Source uint32

// The sources, in the order in which messages name them.
const (
	Constant        Source = 1 << iota // always there, even while the configuration is read
	Internal                           // internal state of the process
	Listener                           // the listener that accepted
	Frontend                           // the frontend's settings and state
	ClientAddress                      // addresses and state of the client's connection, layer 4
	ClientConn                         // what the client's connection brought above layer 4
	Tracked                            // tracked counters
	RequestBuffer                      // bytes received from the client
	RequestLine                        // first line of the request, kept for the life of the stream
	RequestHeaders                     // headers of the request, only while it is processed
	RequestBody                        // body of the request
	Backend                            // the backend, once chosen
	Server                             // the server, once chosen
	ServerAddress                      // addresses and state of the connection to the server, layer 4
	ServerConn                         // what the server's connection brought above layer 4
	ResponseBuffer                     // bytes received from the server
	ResponseLine                       // first line of the response, kept for the life of the stream
	ResponseHeaders                    // headers of the response, only while it is processed
	ResponseBody                       // body of the response
	RequestTotals                      // counts and times of the request
	ResponseTotals                     // counts and times of the response
	StreamTotals                       // times of the whole stream
	SessionTotals                      // times of the session
)

// sources gives each source its places and the words of the messages, in the order of the constants.
var sources = [...]struct {
	places Places
	words  string
}{
	{traffic | TCPCheck | ConfigParser | CLI, "configuration"},
	{traffic | TCPCheck | CLI, "internal state"},
	{traffic, "listener"},
	{traffic, "frontend"},
	{traffic | TCPCheck, "client address"},
	{traffic &^ FrontTCPConn, "client-side connection"},
	{traffic | TCPCheck | CLI, "tracked session"},
	{request, "request buffer"},
	{request | response | Logs, "HTTP request"},
	{request, "HTTP request headers"},
	{request, "HTTP request body"},
	{BackTCPReq | BackHTTPReq | BackHTTPReqBody | BackServer | ServerSource | response | Logs | TCPCheck, "backend"},
	{ServerSource | response | Logs | TCPCheck, "server"},
	{response | Logs | TCPCheck, "server address"},
	{response | Logs | TCPCheck, "server-side connection"},
	{response | TCPCheck, "response buffer"},
	{response | Logs | TCPCheck, "HTTP response"},
	{response | TCPCheck, "HTTP response headers"},
	{response | TCPCheck, "HTTP response body"},
	{request | response | Logs, "request buffer statistics"},
	{BackServer | ServerSource | response | Logs, "response buffer statistics"},
	{request | response | Logs, "transaction statistics"},
	{traffic, "session statistics"},
}

// Places returns where data of at least one of the sources exists.
func (s Source) Places() Places {
	var p Places
	for i := range sources {
		if s&(1<<i) != 0 {
			p |= sources[i].places
		}
	}
	return p
}

// String names the sources as messages do, separated by commas.
func (s Source) String() string {
	var names []string
	for i := range sources {
		if s&(1<<i) != 0 {
			names = append(names, sources[i].words)
		}
	}
	return strings.Join(names, ",")
}

// matrix is the row of a fetch in the table of places.
func (p Places) matrix() string {
	var b strings.Builder
	b.WriteString("[ ")
	for i := range NPlaces {
		if p&(1<<i) != 0 {
			b.WriteString("Y ")
		} else {
			b.WriteString(". ")
		}
	}
	b.WriteString("]")
	return b.String()
}
