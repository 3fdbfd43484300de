package proxy

import (
	"runtime"
	"sync/atomic"

	"sluice/internal/cpu"
	"sluice/internal/loop"
)

// Global is the `global` section (configuration.txt 3): immutable once published. Sizes are in bytes, times in
// nanoseconds.
type Global struct {
	Pos Pos

	JWE JWEPolicy // what encrypted tokens may use (3.1, "jwt.decrypt_alg_list")

	// Process management (3.1).
	Chroot, PidFile, User, Group     string
	UID, GID                         int // -1: unchanged
	Daemon, Quiet                    bool
	Capabilities                     uint32 // setcap, as bits
	Dumpable                         bool   // set-dumpable
	MasterWorker                     bool
	NoExitOnFailure                  bool // master-worker no-exit-on-failure
	MaxReloads                       int  // mworker-max-reloads, 0: none set
	NbThread                         int
	Layout                           cpu.Plan // of the loops; empty where nothing is said of processors
	ThreadHardLimit                  int      // most threads without NbThread, 0: none
	Node, Description                string
	LocalPeer                        string
	LogTag                           string
	LogSendHostname                  string // as written; "*" for the system's
	Loggers                          []*Logger
	StatsSockets                     []*Bind
	StatsTimeout                     int64
	StatsMaxConn                     int
	StatsFile                        string
	ServerStateFile, ServerStateBase string
	HardStopAfter, Grace             int64
	CloseSpreadTime                  int64
	ExposeExperimental               bool
	ExposeDeprecated                 bool
	StrictLimits                     bool
	ZeroWarning                      bool
	DefaultPath                      string
	UlimitN                          int
	FDHardLimit                      int
	UnixBindPrefix                   string
	UnixBind                         Bind // mode, user, group defaults
	ExternalCheck, PreserveEnv       bool // external-check [preserve-env]
	InsecureForkWanted               bool
	InsecureSetuidWanted             bool
	Anonymize                        bool
	AnonKey                          uint32
	Profiling                        loop.Profiling // profiling.tasks
	ClusterSecret                    string
	PP2NeverSendLocal                bool
	CaseAdjust                       map[string]string // h1-case-adjust: lower case to adjusted
	AcceptPayloadAnyMethod           bool
	NoCloseOnInsecureTE              bool
	HTTPErrCodes, HTTPFailCodes      StatusSet
	SetVars                          []SetVar

	// Performance (3.2).
	MaxConn      int // 0: automatic
	MaxConnRate  int
	MaxSessRate  int
	MaxSSLConn   int
	MaxSSLRate   int
	MaxPipes     int
	MaxCompRate  int64 // bytes per second, 0: no limit
	MaxCompCPU   int   // percent, 100: no limit
	SpreadChecks int   // percent
	// MaxSpreadChecks bounds the time over which first checks are spread, 0: no bound.
	MaxSpreadChecks int64
	NoSplice        bool
	NoReusePort     bool
	ReniceRuntime   Nice
	// RejectPrivileged says that clients with a privileged port are not served.
	RejectPrivileged bool
	NoGetaddrinfo    bool
	DNS              DNSFamilies
	ServerCloseTO    int64
	Tune             Tune

	// Env is the environment after the configuration was read, for `show env`.
	Env []string
}

// Threads returns the number of loops that the section asks for: nbthread, else one for each processor that the process
// may use, but not more than thread-hard-limit. Where processors are chosen there is one for each of those.
func (g *Global) Threads() int {
	if n := len(g.Layout.Loops); n > 0 {
		return n
	}
	if g.NbThread > 0 {
		return g.NbThread
	}
	n := runtime.NumCPU()
	if g.ThreadHardLimit > 0 {
		n = min(n, g.ThreadHardLimit)
	}
	return n
}

// Nice is a priority of the process, from -20 to 19, where Set says that one is asked for.
type Nice struct {
	Set   bool
	Value int
}

// SetVar is one `set-var` or `set-var-fmt` of the global section.
type SetVar struct {
	Pos    Pos
	NameID uint32
	Expr   Expr
	Format Format
}

// StatusSet is a set of HTTP status codes from 100 to 599.
type StatusSet [8]uint64

// Add puts a code into the set.
func (s *StatusSet) Add(code int) { s[(code-100)/64] |= 1 << ((code - 100) % 64) }

// Del takes a code out of the set.
func (s *StatusSet) Del(code int) { s[(code-100)/64] &^= 1 << ((code - 100) % 64) }

// Has reports whether a code is in the set; codes out of range are not.
func (s *StatusSet) Has(code int) bool {
	return code >= 100 && code < 600 && s[(code-100)/64]&(1<<((code-100)%64)) != 0
}

// Tune are the `tune.*` settings.
type Tune struct {
	BufSize, MaxRewrite, MaxHdr, LogURILen, CookieLen int
	MaxAccept, MaxPollEvents, RunQueueDepth           int
	MaxRulesAtOnce                                    int
	MaxChecksPerThread                                int // 0: no bound
	IdlePoolShared                                    bool
	PoolLowFDRatio, PoolHighFDRatio                   int
	PipeSize                                          int
	RcvBufClient, SndBufClient                        int
	RcvBufServer, SndBufServer                        int
	// The buffers of sockets that carry the datagrams of many: those that log-forward receives, and those of log targets.
	RcvBufFront, SndBufFront, RcvBufBack, SndBufBack int
	NotSentLowatClient, NotSentLowatServer           int
	DefaultShards                                    Shards
	MultiQueue                                       string // tune.listener.multi-queue: on, off, fair
	VarsGlobalMax, VarsProcMax, VarsSessMax          int
	VarsTxnMax, VarsReqResMax                        int
	VarsCheckMax                                     int
	StickCounters                                    int
	CLIMaxPayload                                    int
	CompMaxLevel                                     int
	NoZeroCopy                                       bool
	NoFastForward                                    bool
	NoSpliceH1                                       bool // tune.h1.zero-copy-fwd-recv or -send off
}

// Sinks are the event sinks of a process: the rings, stdout and stderr.
type Sinks interface {
	// Emit writes a line, which ends in a line feed, to the sink of that name.
	Emit(name string, wallNs int64, line []byte)
}

// Process is what the whole process shares and every log line may show.
type Process struct {
	Name                     string // argv[0], the default log tag
	Tag                      string // log-tag of the global section, else the name
	PID                      int
	Host                     string // for log-send-hostname and %H
	Version                  string
	Release                  string // date of the release, 2026/11/20
	MaxFD                    int64  // limit of file descriptors
	HardMaxConn              int
	BootMs                   int64 // time to parse and prepare the configuration
	Warnings, MaxConnReached atomic.Uint64
	Node                     string
	Started                  int64 // wall ns
	Loops                    int
	// Offline says that requests are explained and not served: nothing outside is touched, and rules do not wait.
	Offline bool

	// Clock is the loops' clock, for those that belong to none.
	Clock func() int64

	Conns, ConnsMax    atomic.Int32 // client connections now
	ConnTotal          atomic.Uint64
	SSLConns           atomic.Int32 // client connections of TLS now
	ReqTotal           atomic.Uint64
	SessIDs            atomic.Uint64
	ReqCounter         atomic.Uint32 // %rt
	MaxConn            atomic.Int32
	MaxConnRate        atomic.Int32 // limits per second in force, 0: none
	MaxSessRate        atomic.Int32
	MaxSSLRate         atomic.Int32
	Stopping           atomic.Bool
	ConnRate, SessRate GlobalRate // counted only under a limit, as is SSLRate
	SSLRate            GlobalRate
	Panics             atomic.Uint64
	AcceptErrors       atomic.Uint64
	DroppedLogs        atomic.Uint64
	GivenUp            atomic.Uint64 // searches with regular expressions that took too long

	Sinks Sinks // where the debug converter writes, nil for nowhere
	// Tell prints a warning on the console of the process, from any goroutine; nil: nobody is there.
	Tell func(text string)

	Page     Page         // the statistics page, nil where nothing is served
	Exporter Service      // the metrics for Prometheus, likewise
	VarNames *Names       // the names of all variables ever mentioned
	Vars     ProcVars     // the variables of scope proc
	VarBytes atomic.Int64 // what all variables of streams and sessions take, under tune.vars.global-max-size
}
