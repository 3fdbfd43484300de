package proxy

import (
	"sync/atomic"
)

// Server is one `server` line, immutable once published.
type Server struct {
	TLS  Securer // what TLS is made by, nil: never
	SNI  Expr    // the name to ask the server for (sni), nil: none
	Name string
	GUID string
	ID   int // `id` or attributed, from 1
	// ForcedID says that the configuration gives the number.
	ForcedID bool
	Index    int // place in Proxy.Servers
	Pos      Pos
	Addr     Addr
	Proxy    *Proxy

	Backup        bool
	Pinned        bool // something else of the configuration names it
	Disabled      bool // starts in maintenance
	Weight        int  // 0 to 256
	MinConn       int
	MaxConn       int // 0: no limit
	MaxQueue      int // 0: no limit
	StrictMaxConn bool
	SlowStart     int64 // ns
	HashKey       HashKey
	InitState     InitState
	NoAddress     bool        // the name has no address yet: starts in maintenance (RMAINT)
	Resolution    *Resolution // how the name is resolved at run time; nil: not at all
	Track         string      // the server whose state this one follows, as written
	Tracked       *Server     // the same, resolved
	Trackers      []*Server   // the servers of the configuration that follow this one
	Cookie        string
	Redir         string
	NonStick      bool
	Proto         string
	WS            string // ws auto|h1|h2
	Namespace     string // "*": that of the client
	NoTLS         bool   // `no-ssl`: TLS is not used until the runtime API says so

	// Checks: filled by the directives of health checks.
	Check CheckConf

	OnMarkedDownShutdown bool // on-marked-down shutdown-sessions
	OnMarkedUpShutdown   bool // on-marked-up shutdown-backup-sessions

	Source    *Source
	Socks4    *Addr
	SendProxy ProxyVersion
	ProxyOpts ProxyV2Options
	ProxyTLVs []ProxyTLV
	TFO       bool
	TCPUserTO int64
	CC        string
	TCPMD5Sig string

	PoolMaxConn    int // -1: no limit
	PoolLowConn    int
	PoolPurgeDelay int64 // ns
	PoolConnName   Expr
	PoolNameText   string
	MaxReuse       int // -1: no limit

	// CountRates says that some expression asks for the rate of the server's sessions.
	CountRates bool

	LogBufSize int
	LogProto   string

	Template *Template // server-template this one was made of

	State *ServerState
}

// Template is a server-template line.
type Template struct {
	Prefix    string
	Low, High int
}

// HashKey is the `hash-key` of a server.
type HashKey uint8

// The keys.
const (
	HashKeyID HashKey = iota
	HashKeyID32
	HashKeyAddr
	HashKeyAddrPort
	HashKeyGUID
)

// InitState is the `init-state` of a server.
type InitState uint8

// The states.
const (
	InitUp InitState = iota // as well without the option, and with none
	InitFullyUp
	InitDown
	InitFullyDown
)

// ProxyVersion is which PROXY protocol header a server gets.
type ProxyVersion uint8

// The versions.
const (
	SendProxyNone ProxyVersion = iota
	SendProxyV1
	SendProxyV2
)

// ProxyV2Options is the set of proxy-v2-options.
type ProxyV2Options uint16

// The options.
const (
	PP2SSL ProxyV2Options = 1 << iota
	PP2CertCN
	PP2SSLCipher
	PP2CertSig
	PP2CertKey
	PP2Authority
	PP2CRC32C
	PP2UniqueID
)

// ProxyTLV is one set-proxy-v2-tlv-fmt.
type ProxyTLV struct {
	Type   uint8
	Format Format
}

// Admin is the set of administrative states of a server (management.txt 9.3, show servers state).
type Admin uint32

// The bits, with the values of the state file.
const (
	AdminForcedMaint  Admin = 0x01 // by the CLI
	AdminInheritMaint Admin = 0x02 // from a tracked server
	AdminConfigMaint  Admin = 0x04 // `disabled`
	AdminForcedDrain  Admin = 0x08
	AdminInheritDrain Admin = 0x10
	AdminRMaint       Admin = 0x20 // the name does not resolve
	AdminNamed        Admin = 0x40 // the name comes from the runtime API or an SRV record
	AdminMaint              = AdminForcedMaint | AdminInheritMaint | AdminConfigMaint | AdminRMaint
	AdminDrain              = AdminForcedDrain | AdminInheritDrain
)

// Oper is the operational state of a server.
type Oper uint32

// The states, with the values of the state file.
const (
	OperStopped Oper = iota
	OperStarting
	OperRunning
	OperStopping
)

// ServerState is the running state of a server, shared by all loops: read without locks, written by atomics.
type ServerState struct {
	Admin atomic.Uint32 // Admin
	Oper  atomic.Uint32 // Oper

	// UserWeight is the weight in force, 0 to 256 (configuration or CLI). Effective is the weight the balancer uses:
	// UserWeight times WeightScale, less during slow start; 0 when the server takes no new load.
	UserWeight atomic.Int32
	Effective  atomic.Int32

	MaxConn atomic.Int32 // current limit, 0: none
	Addr    atomic.Pointer[Addr]
	// UseTLS says whether connections have TLS: 1 yes, 0 no, -1 as `no-ssl` says (the values of the state file).
	UseTLS atomic.Int32

	name      atomic.Pointer[string]    // by the runtime API, nil: as configured
	followers atomic.Pointer[[]*Server] // who follows the server now, nil: those of the configuration

	Cur    atomic.Int32 // streams assigned to the server: they hold a slot
	CurMax atomic.Int32
	QMax   atomic.Int32
	Queue  Queue // streams that wait for this very server
	// Ramp is the percentage that slow start allows of weight and maxconn, 0 when there is none.
	Ramp atomic.Int32

	Idle     atomic.Int32 // idle connections over all loops
	IdleSafe atomic.Int32
	// IdlePrivate are the idle connections that only their own session may use.
	IdlePrivate atomic.Int32
	Used        atomic.Int32 // connections in use over all loops
	MaxUsed     atomic.Int32

	LastChange atomic.Int64 // wall seconds of the last change of state
	DownSince  atomic.Int64
	DownTotal  atomic.Int64 // seconds
	Downs      atomic.Int64 // transitions to DOWN
	Check      CheckState
	Agent      CheckState
	Observed   Observed
	SlowSince  atomic.Int64 // monotonic ns at which slow start began, 0: none
	LastUse    atomic.Int64 // wall seconds of the last session

	// Generation changes when everything connected to the server must go (on-marked-down shutdown-sessions).
	Generation atomic.Uint32

	// Cookie is the value of the persistence cookie, nil for none. A dynamic one follows address and key.
	Cookie atomic.Pointer[[]byte]

	Sessions GlobalRate // of sessions, counted only where an expression asks for it; by the wall clock

	Loops []ServerLoop // by loop number
}

// CookieValue returns the value of the server's persistence cookie, nil when it has none.
func (s *ServerState) CookieValue() []byte {
	if v := s.Cookie.Load(); v != nil {
		return *v
	}
	return nil
}

// ServerLoop is what one loop keeps about a server; only that loop touches it, but for Pool.
type ServerLoop struct {
	C    *Counters // nil until the loop first used the server
	Pool IdlePool
	_    [64]byte // each loop has cache lines of its own
}

// WeightScale is what weights are multiplied with so that slow start has fine steps.
const WeightScale = 16

// Usable reports whether the server takes new load: running or starting, not in maintenance, a weight above 0.
func (s *ServerState) Usable() bool {
	return Oper(s.Oper.Load()) != OperStopped && Oper(s.Oper.Load()) != OperStopping &&
		Admin(s.Admin.Load())&AdminMaint == 0 && s.Effective.Load() > 0
}

// Up reports whether the server may serve streams that persist on it, whatever its weight.
func (s *ServerState) Up() bool {
	return Oper(s.Oper.Load()) != OperStopped && Admin(s.Admin.Load())&AdminMaint == 0
}

// Limit returns how many streams the server may hold now, 0 for any number. It follows the backend's load between
// minconn and maxconn (configuration.txt 5.2, minconn; 4.2, fullconn), and the ramp of a slow start.
func (srv *Server) Limit() int32 {
	s := srv.State
	limit := s.MaxConn.Load()
	if limit == 0 {
		return 0
	}
	if low := int32(srv.MinConn); low > 0 && low < limit {
		if load, full := int64(srv.Proxy.State.Back.Cur.Load()), int64(srv.Proxy.FullConn); load < full {
			limit = max(low, int32(int64(limit)*load/full))
		}
	}
	if ramp := s.Ramp.Load(); ramp > 0 {
		limit = max(1, int32(int64(limit)*int64(ramp)/100))
	}
	return limit
}

// Full reports whether a stream that comes now would have to wait: others wait already or all slots are taken.
func (srv *Server) Full() bool {
	if srv.State.MaxConn.Load() == 0 {
		return false
	}
	return srv.State.Queue.Len() > 0 || srv.State.Cur.Load() >= srv.Limit()
}

// Take takes a slot of the server unless all are taken.
func (srv *Server) Take() bool {
	s := srv.State
	for {
		n := s.Cur.Load()
		if limit := srv.Limit(); limit > 0 && n >= limit {
			return false
		}
		if s.Cur.CompareAndSwap(n, n+1) {
			raise(&s.CurMax, n+1)
			return true
		}
	}
}
