package proxy

// Level is the access level of a CLI listener (configuration.txt 3.1, stats socket).
type Level uint8

// The levels.
const (
	LevelOperator Level = iota // the default
	LevelUser
	LevelAdmin
)

// Bind is one address of one `bind` line. A line with several addresses or a port range makes several.
type Bind struct {
	Name string // `name`, or "" (shown as sock-<n>)
	GUID string
	ID   int
	Pos  Pos
	Addr Addr

	TLS         Securer // nil: plain
	AcceptProxy bool
	CIPMagic    uint32 // accept-netscaler-cip, 0: off
	Backlog     int
	CC          string // congestion control
	DeferAccept bool
	UID, GID    int    // -1: unchanged
	Mode        uint32 // permissions of a UNIX socket, 0: unchanged
	Interface   string
	Label       string
	Level       Level
	LevelSet    bool // the line names the level
	ExposeFD    bool
	MaxConn     int
	MSS         int // negative: subtracted by the kernel's rule of the manual
	Namespace   string
	NbConn      int
	Nice        int
	Proto       string // forced mux, "" none
	SeverityOut string // none, number, string
	Shards      Shards
	SaveSYN     int   // tcp-ss
	TCPUserTO   int64 // tcp-ut, ns
	TCPMD5Sig   string
	TFO         bool
	Threads     []ThreadSet // `thread`, empty: all
	Transparent bool
	V4V6        bool
	V6Only      bool

	Proxy *Proxy
	State *State
}

// Shards is the `shards` option: N > 0 a count; ByThread and ByGroup as named.
type Shards int

// The named values.
const (
	ShardsDefault Shards = 0
	ByThread      Shards = -1
	ByGroup       Shards = -2
)

// ThreadSet is a range of threads of one group, from 1; Group 0 means any.
type ThreadSet struct{ Group, Low, High int }
