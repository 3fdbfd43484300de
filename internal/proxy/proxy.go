// Package proxy holds the nouns of the product and their invariants: proxy, bind, server, rule, session, stream,
// counters. What is read from the configuration is immutable once the snapshot is published; what changes while the
// process runs lives in the State types beside it, owned by identity, so that a new snapshot can take it over. The
// package parses nothing and does no I/O. What runs is seen through interfaces of one or two methods (run.go).
package proxy

import (
	"sync/atomic"

	"sluice/internal/sticktable"
	"sluice/internal/value"
)

// Caps says in which roles a proxy acts.
type Caps uint8

// The roles. A listen section has both.
const (
	CapFrontend Caps = 1 << iota
	CapBackend
	CapDefaults // a defaults section: carries settings only
	CapInternal // made by the process itself (stats socket, peers): not listed
	CapListen   = CapFrontend | CapBackend
)

// Mode is the protocol a proxy works on (configuration.txt 4.2, mode).
type Mode uint8

// The modes.
const (
	ModeTCP Mode = iota
	ModeHTTP
	ModeLog
	ModeSPOP
	ModeCLI
)

// String returns the mode as the configuration spells it.
func (m Mode) String() string { return [...]string{"tcp", "http", "log", "spop", "cli"}[m] }

// Proxy is a frontend, backend, listen or defaults section. It is immutable once its snapshot is published; State is
// set before that.
type Proxy struct {
	Name string
	GUID string
	ID   int // numeric id, unique per proxy; explicit by `id` or attributed
	// ForcedID says that the configuration gives the number.
	ForcedID bool
	Desc     string
	Pos      Pos
	Caps     Caps
	// From is the defaults section the settings came from, nil when none.
	From *Proxy

	Settings

	// CountRates says that some expression asks for the rates of the proxy, so that all loops count together.
	CountRates bool

	Disabled    bool // `disabled`: parsed, never started
	Unpublished bool // `be-unpublished`: how the backend starts
	Pinned      bool // something else of the configuration names the backend
	Binds       []*Bind
	Servers     []*Server // in order of declaration; templates are expanded
	ByName      map[string]*Server
	roster      atomic.Pointer[roster] // what is there instead, once that changed

	DefaultServer *Server // what `default-server` lines say, a template for the next server line

	// Table is the stick table of the section, nil without.
	Table *sticktable.Table

	State *State // running state; nil in a defaults section
	// Balancer picks a server of this backend; nil for a pure frontend.
	Balancer Balancer
	Snapshot *Snapshot
}

// IsFront and IsBack tell the roles.
func (p *Proxy) IsFront() bool { return p.Caps&CapFrontend != 0 }

// IsBack reports whether the proxy has a backend side.
func (p *Proxy) IsBack() bool { return p.Caps&CapBackend != 0 }

// TypeWord returns "frontend", "backend", "listen" or "defaults", for messages.
func (p *Proxy) TypeWord() string {
	switch {
	case p.Caps&CapDefaults != 0:
		return "defaults"
	case p.Caps&CapListen == CapListen:
		return "listen"
	case p.IsFront():
		return "frontend"
	}
	return "backend"
}

// Settings are what a proxy may inherit from a defaults section. Copy with Clone.
type Settings struct {
	Mode    Mode
	Options Options
	Timeout Timeouts

	MaxConn     int // frontend limit of connections, 0: the process's limit
	Backlog     int
	FullConn    int // 0: automatic, 10% of what may come
	RateLimit   int // sessions per second, 0: none
	Retries     int // connection retries
	RetryOn     RetryOn
	Redispatch  int // `option redispatch <n>`: 0 off; n > 0: from the n-th retry on; n < 0: counted from the last one
	MaxKAQueue  int // max-keep-alive-queue, -1: none
	HTTPReuse   Reuse
	ConnMode    ConnMode
	Balance     Balance
	HashBalance int // hash-balance-factor in percent, 0: off
	HashKeep    HashPreserve
	LoadFile    LoadStateFrom
	StateFile   string // server-state-file-name, "" for the name of the backend

	Dispatch *Addr // `dispatch`
	Source   *Source
	// ServerKA and ClientKA are the TCP keep-alive parameters; 0 means the system's.
	ClientKA, ServerKA KeepAlive

	DefaultBackend     string // name as written
	DefaultBackendPtr  *Proxy // resolved when the snapshot is built
	DefaultBackendRule Pos

	ForwardFor *ForwardFor
	OriginalTo *ForwardFor
	Forwarded  *Forwarded

	UniqueIDFormat Format
	UniqueIDHeader string // lower case

	Grace int64 // `grace`: how long the frontend listens after a soft stop, ns

	MonitorURI   string
	MonitorFail  []Cond
	ErrorFiles   map[int]*ErrorFile // by status
	NoHTTPErrors bool

	Capture Captures
	// Compression is nil without `compression` lines.
	Compression *Compression
	Cookie      *Cookie
	DynKey      string // dynamic-cookie-key
	// RDPCookie is the name of `persist rdp-cookie`, nil without.
	RDPCookie []byte
	LogTag    string
	Loggers   []*Logger
	LogSD     Format // structured data, nil for "-"
	LogFmt    Format // nil: no traffic log of its own
	LogErr    Format // error-log-format
	LogKind   LogKind
	LogWait   LogWait // what the traffic log must wait for
	LogSteps  LogSteps
	LogOwn    bool // a log line may show the own address towards the server, even after that connection

	RestrictNames RestrictNames // option http-restrict-req-hdr-names
	Stats         *StatsPage

	Check    *HealthCheck // nil: connections alone
	External ExternalCheck

	Rules Rules
}

// Clone returns a copy whose slices and maps may be extended without touching s.
func (s *Settings) Clone() Settings {
	c := *s
	c.Loggers = append([]*Logger(nil), s.Loggers...)
	c.MonitorFail = append([]Cond(nil), s.MonitorFail...)
	c.Rules = s.Rules.clone()
	c.Capture = s.Capture.clone()
	c.Compression = s.Compression.clone()
	return c
}

// Timeouts are in nanoseconds; 0 is "not set", which means no limit unless the manual names a fallback.
type Timeouts struct {
	Check, Client, ClientFin, ClientHS, Connect, HTTPKeepAlive, HTTPRequest int64
	Queue, Server, ServerFin, Tarpit, Tunnel                                int64
}

// KeepAlive are TCP keep-alive parameters: probes before giving up, seconds idle before the first, seconds between.
type KeepAlive struct{ Count, Idle, Interval int }

// RetryOn is the set of failures after which a request may be sent again (retry-on).
type RetryOn uint32

// The failures; statuses have a bit each.
const (
	RetryConnFailure RetryOn = 1 << iota
	RetryEmptyResponse
	RetryJunkResponse
	RetryResponseTimeout
	Retry0RTTRejected
	Retry401
	Retry403
	Retry404
	Retry408
	Retry421
	Retry425
	Retry429
	Retry500
	Retry501
	Retry502
	Retry503
	Retry504
)

// RetryStatus returns the bit of a status code, 0 when it has none.
func RetryStatus(code int) RetryOn {
	switch code {
	case 401:
		return Retry401
	case 403:
		return Retry403
	case 404:
		return Retry404
	case 408:
		return Retry408
	case 421:
		return Retry421
	case 425:
		return Retry425
	case 429:
		return Retry429
	case 500:
		return Retry500
	case 501:
		return Retry501
	case 502:
		return Retry502
	case 503:
		return Retry503
	case 504:
		return Retry504
	}
	return 0
}

// Reuse is http-reuse.
type Reuse uint8

// The policies, in order of courage.
const (
	ReuseNever Reuse = iota
	ReuseSafe
	ReuseAggressive
	ReuseAlways
)

// ConnMode is what the last of `option http-keep-alive`, `http-server-close`, `httpclose` asked for.
type ConnMode uint8

// The modes; keep-alive is the default.
const (
	ConnKeepAlive ConnMode = iota
	ConnServerClose
	ConnClose
)

// RestrictNames is option http-restrict-req-hdr-names.
type RestrictNames uint8

// The policies.
const (
	RestrictPreserve RestrictNames = iota
	RestrictDelete
	RestrictReject
)

// HashPreserve is hash-preserve-affinity: when a full server keeps its keys.
type HashPreserve uint8

// The policies.
const (
	HashPreserveAlways HashPreserve = iota
	HashPreserveMaxConn
	HashPreserveMaxQueue
)

// LoadStateFrom is load-server-state-from-file.
type LoadStateFrom uint8

// The sources.
const (
	LoadNone LoadStateFrom = iota
	LoadGlobal
	LoadLocal
)

// ForwardFor is `option forwardfor` and `option originalto`.
type ForwardFor struct {
	Header  []byte // lower case
	Except  *Net   // addresses to leave alone, nil: none
	Except6 *Net
	IfNone  bool
	Pos     Pos
}

// Forwarded is `option forwarded` (RFC 7239): which parameters to emit, in this order: proto, host, by, by_port, for,
// for_port. A nil expression with the flag set means the connection's own value.
type Forwarded struct {
	Proto, Host, By, ByPort, For, ForPort              bool
	HostExpr, ByExpr, ByPortExpr, ForExpr, ForPortExpr Expr
	Pos                                                Pos
}

// ErrorFile is one raw HTTP message, or a location to redirect to (errorloc).
type ErrorFile struct {
	Status int
	Raw    []byte       // complete message, head and body
	Reply  *StaticReply // http-error: what the message is made of, nil else
	Loc    string       // errorloc: the Location, else ""
	Code   int          // 302 or 303 for errorloc
	File   string
	Pos    Pos
}

// Captures are the header and cookie captures declared for logs (configuration.txt 8.7, 8.8).
type Captures struct {
	Request, Response []CaptureHeader
	// Cookie is how the text of the cookie to capture begins, "name" or "name=" for that name alone; nil: none.
	Cookie    []byte
	CookieLen int
}

// CaptureHeader is one `capture request|response header` slot, or a declared one with an empty name.
type CaptureHeader struct {
	Name []byte // lower case
	Len  int
}

func (c Captures) clone() Captures {
	c.Request = append([]CaptureHeader(nil), c.Request...)
	c.Response = append([]CaptureHeader(nil), c.Response...)
	return c
}

// LogKind remembers which stock format a proxy chose, for the messages and for what else depends on it.
type LogKind uint8

// The kinds.
const (
	LogNone LogKind = iota
	LogDefault
	LogTCP
	LogHTTP
	LogHTTPS
	LogCustom
)

// LogWait is the set of facts a traffic log needs before it can be written; option logasap forgives the last ones.
type LogWait uint8

// The facts.
const (
	WaitRequest LogWait = 1 << iota
	WaitResponse
	WaitBytes // totals: the end of the stream
	WaitServer
)

// LogSteps is the set of moments at which log-steps asks for a line (configuration.txt 4.2); 0 is the default, one line
// when all is known that it shows.
type LogSteps uint32

// Has reports whether a line is asked for at o.
func (l LogSteps) Has(o LogOrigin) bool { return l&(1<<o) != 0 }

// StatsPage is what the `stats` keywords of a proxy say.
type StatsPage struct {
	URI         string
	Prefix      []byte   // how the targets of the page begin: URI
	Refresh     int      // seconds, 0: none
	Scope       []string // names of proxies; "." is the section of the page
	ShowVersion bool
	ShowDesc    string
	ShowLegends bool
	ShowNode    bool
	Node        string // "": that of the process
	ShowModules bool
	Admin       []Cond
	Rules       []*Rule
	Pos         Pos
}

// Cookie is the `cookie` line (persistence).
type Cookie struct {
	Name                                           []byte
	Rewrite, Insert, Prefix                        bool // at most one of them
	Indirect, NoCache, PostOnly, Preserve, Dynamic bool
	MaxIdle, MaxLife                               int64 // seconds
	// Attrs is what follows the path in an inserted cookie: domains, flags, attributes.
	Attrs string
	Pos   Pos
}

// Reported reports whether logs tell what happened to the cookie (configuration.txt 8.5).
func (c *Cookie) Reported() bool {
	return c != nil && (c.Rewrite || c.Insert || c.Prefix || c.Indirect)
}

// Algorithm is the word after `balance`.
type Algorithm uint8

// The algorithms.
const (
	AlgoNone Algorithm = iota // not set: random(2) in a backend, as HAProxy 3.3 and later do where the manual says so
	AlgoRoundRobin
	AlgoStaticRR
	AlgoLeastConn
	AlgoFirst
	AlgoSource
	AlgoURI
	AlgoURLParam
	AlgoHdr
	AlgoRDPCookie
	AlgoRandom
	AlgoHash
	AlgoSticky
	AlgoLogHash
)

// Balance is the `balance` and `hash-type` lines.
type Balance struct {
	Algo       Algorithm
	Len        int    // uri len
	Depth      int    // uri depth
	Whole      bool   // uri whole
	PathOnly   bool   // uri path-only
	CheckPost  bool   // url_param check_post
	CheckMax   int    // url_param check_post <max>
	Param      []byte // url_param, hdr or rdp-cookie name
	DomainOnly bool   // hdr use_domain_only
	Draws      int    // random(n)
	Expr       Expr   // hash, log-hash
	ExprText   string

	Type      HashType
	Func      HashFunc
	Avalanche bool
	Pos       Pos
}

// HashType is the method of hash-type.
type HashType uint8

// The methods.
const (
	HashMapBased HashType = iota
	HashConsistent
)

// HashFunc is the function of hash-type.
type HashFunc uint8

// The functions.
const (
	HashSDBM HashFunc = iota
	HashDJB2
	HashWT6
	HashCRC32
	HashNone
)

// Method re-exports the method number, so that rows need not import value for it alone.
type Method = value.Method

// String returns the algorithm as the configuration spells it.
func (a Algorithm) String() string {
	return [...]string{"random", "roundrobin", "static-rr", "leastconn", "first", "source", "uri", "url_param", "hdr",
		"rdp-cookie", "random", "hash", "sticky", "log-hash"}[a]
}
