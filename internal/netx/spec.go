package netx

import (
	"net/netip"
	"time"
)

// ListenSpec is what a bind line says about its socket (configuration.txt 5.1), for one address. The zero value of a
// field leaves the system's default. Accepted connections inherit the TCP options from their listener, so nothing has
// to be set on them.
type ListenSpec struct {
	Addr      Addr
	Kind      Kind
	Namespace *Namespace // nil: the process's own
	Backlog   int        // 0: the system's largest

	NoReusePort bool   // noreuseport: nobody else may bind the same address
	Transparent bool   // transparent: the address need not be one of the system's
	V6Only      bool   // v6only; an IPv6 socket takes IPv4 as well otherwise (v4v6)
	Interface   string // interface

	Mode     uint32 // permissions of a UNIX socket, 0: what the umask leaves
	UID, GID int    // its owner, -1: unchanged. Zero is root: set both to -1 for a line that says nothing.

	MSS         int           // mss: 536 to 65535, or negative: see the manual
	CC          string        // cc
	MD5Key      string        // tcp-md5sig, MaxMD5Key bytes at most
	SaveSYN     int           // tcp-ss: 0, 1 or 2
	UserTimeout time.Duration // tcp-ut, in whole milliseconds
	DeferAccept bool          // defer-accept
	FastOpen    bool          // tfo
	NoQuickAck  bool          // option tcp-smart-accept: do not acknowledge at once
	NoLinger    bool          // option nolinger: reset instead of an orderly end
	KeepAlive   KeepAlive     // option clitcpka
	Buffers     Buffers       // tune.rcvbuf.client and the like
	Marks       Marks
}

// KeepAlive holds the parameters of TCP keep-alive probes; zeros leave the system's.
type KeepAlive struct {
	On       bool
	Count    int           // probes that may go unanswered
	Idle     time.Duration // silence before the first one, in whole seconds
	Interval time.Duration // between probes, in whole seconds
}

// Buffers holds sizes in bytes; zeros leave the system's, which grow and shrink as needed.
type Buffers struct {
	Recv, Send int
	NotSentLow int // TCP_NOTSENT_LOWAT: how much may wait unsent
}

// Marks are values that the system attaches to packets; zeros leave them alone.
type Marks struct {
	Mark     uint32 // fwmark
	Priority int    // SO_PRIORITY
	TOS      int    // TOS, or traffic class for IPv6
}

// DialSpec is what a server line and its source line say about a connection (configuration.txt 5.2). The zero value of
// a field leaves the system's default. A DialSpec is only read, so connections may share one.
type DialSpec struct {
	Addr      Addr
	Kind      Kind
	Namespace *Namespace // nil: the process's own

	Source      netip.AddrPort // source <addr>[:<port>]: no address, no binding; port 0, the system chooses
	Ports       *PortRange     // source <addr>:<low>-<high>: overrides the port of Source
	Transparent netip.AddrPort // usesrc: a foreign address to come from, overrides Source and Ports; port 0, any
	Interface   string         // source ... interface

	MSS         int
	CC          string        // cc
	MD5Key      string        // tcp-md5sig, MaxMD5Key bytes at most
	UserTimeout time.Duration // tcp-ut, in whole milliseconds
	// FastOpen is tfo: the connection is reported as established at once, and the first write opens it and carries
	// payload. Only for a caller who has something to send.
	FastOpen   bool
	OneWrite   bool      // all that is going to be sent fits one write: NoDelay is to be called before another
	NoQuickAck bool      // option tcp-smart-connect: the first payload acknowledges the handshake
	KeepAlive  KeepAlive // option srvtcpka
	Buffers    Buffers   // tune.rcvbuf.server and the like
	Marks      Marks
}

// Dialed is a connection that Dial has begun.
type Dialed struct {
	FD int
	// Port is the source port that was taken from DialSpec.Ports, 0 without. Give it back with Put after closing FD.
	Port uint16
	// Connected says that there is nothing to wait for: a UNIX socket, a datagram socket, TCP fast open. Otherwise the
	// descriptor becomes writable when the handshake is over, and SocketError says how it ended.
	Connected bool
}
