package proxy

import (
	"net/netip"

	"sluice/internal/loop"
)

// Session is the life of one client connection. While the client is idle this struct and its socket are all that it
// costs, so what few connections need is behind Extra. It belongs to one loop.
type Session struct {
	Conn  loop.Conn
	Timer loop.Timer // deadline of an idle client

	ID    uint64 // unique in the process, for `show sess`
	Front *Proxy
	Bind  *Bind
	Snap  *Snapshot
	// LookupDst asks the kernel for the local address of a descriptor; set by the listener, shared.
	LookupDst func(fd int) netip.AddrPort

	Src, Dst netip.AddrPort // as the kernel or the PROXY protocol says; zero for UNIX clients
	Accepted int64          // wall clock, ns
	Start    int64          // monotonic ns: accept, or the end of the previous request
	Requests uint32         // requests served so far
	Flags    SessionFlags
	Extra    *SessionExtra
}

// SessionFlags are facts about a session.
type SessionFlags uint16

// The flags.
const (
	SessUnix       SessionFlags = 1 << iota // the client came over a UNIX socket
	SessPrivate                             // its server connections must not be shared (NTLM, send-proxy)
	SessDstKnown                            // Dst was looked up
	SessProxied                             // Src and Dst come from a PROXY header
	SessHandshaken                          // handshakes are over
	SessCounted                             // counted in the frontend's connections
	SessExpect                              // expect-proxy: a PROXY header must come
	SessExpectCIP                           // expect-netscaler-cip
	SessHTTP                                // a TCP connection that was switched to HTTP
)

// SessionExtra is what only some sessions have.
type SessionExtra struct {
	HandshakeNs int64 // time from accept to the end of the handshakes
	// PeerSrc and PeerDst are the addresses of the connection itself when a header replaced them (SessProxied).
	PeerSrc, PeerDst netip.AddrPort
	SetSrc, SetDst   netip.AddrPort // of tcp-request session rules
	TLVs             []TLV          // of a PROXY v2 header
	TLS              *TLSState      // nil on plain connections
	PPVersion        int
	Err              ConnError // what its handshakes ended in
	Vars             Vars
	ReqCapture       [][]byte
	NamespaceName    string      // PP2 NETNS
	EngineID         string      // of the agent that the connection is for (SPOE.txt 3.2.4)
	Track            Trackers    // of tcp-request connection and session rules
	Private          []*IdleConn // idle connections that only this session may use, the latest last
}

// TLV is one type-length-value of a PROXY v2 header.
type TLV struct {
	Type  uint8
	Value []byte
}

// More returns s.Extra, made at the first use.
func (s *Session) More() *SessionExtra {
	if s.Extra == nil {
		s.Extra = new(SessionExtra)
	}
	return s.Extra
}

// ConnSrc returns the source of the connection itself: what the system says, or a tcp-request connection rule, but no
// header that came over it.
func (s *Session) ConnSrc() netip.AddrPort {
	if s.Flags&SessProxied != 0 {
		return s.Extra.PeerSrc
	}
	return s.Src
}

// ConnDst returns the destination of the connection itself.
func (s *Session) ConnDst() netip.AddrPort {
	if s.Flags&SessProxied != 0 {
		return s.Extra.PeerDst
	}
	return s.Destination()
}

// Destination returns the address the client connected to. The kernel is asked once, at the first use: many
// configurations never need it.
func (s *Session) Destination() netip.AddrPort {
	if s.Flags&SessDstKnown == 0 {
		s.Flags |= SessDstKnown
		if s.Flags&SessUnix == 0 && s.LookupDst != nil {
			s.Dst = s.LookupDst(s.Conn.FD())
		}
	}
	return s.Dst
}
