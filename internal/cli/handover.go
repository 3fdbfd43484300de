package cli

import (
	"errors"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// getSockets passes the listening sockets to the process at the other end (configuration.txt 5.1, expose-fd). Those of the
// runtime API are among them. The connection ends with it.
func getSockets(s *Session, _ []string) {
	conn, ok := s.conn.(syscall.Conn)
	if !s.bind.ExposeFD || !ok || s.conn.LocalAddr().Network() != "unix" {
		s.unknown([]string{"_getsocks"})
		return
	}
	s.over = true
	if s.out.Flush() != nil {
		return
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	list := s.srv.handedOver()
	defer func() {
		for i := range list {
			unix.Close(list[i].FD)
		}
	}()
	if s.srv.Proc.Stopping.Load() { // there is another one to ask, who has them all
		return
	}
	raw.Control(func(fd uintptr) { netx.HandOver(int(fd), list) })
}

// handedOver lists the sockets of the process, by descriptors of their own: a listener may be closed meanwhile.
func (s *Server) handedOver() []netx.HandedOver {
	list := s.Listeners.Sockets(nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.socks {
		list = append(list, k.made.HandedOver())
	}
	kept := list[:0]
	for _, h := range list {
		var err error
		if h.FD, err = netx.Dup(h.FD); err == nil {
			kept = append(kept, h)
		}
	}
	return kept
}

// StopListening closes the sockets for a process that is about to leave; conversations go on until Close.
func (s *Server) StopListening() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.socks {
		k.close()
	}
	s.socks = nil
}

// ServePair takes connections that a master passes over a socket pair, one with each byte, until Close or until the master
// is gone: then Orphaned is called. The byte says what the connection may do.
func (s *Server) ServePair(fd int) {
	unix.SetNonblock(fd, false)
	go func() {
		for {
			made, may, err := netx.AcceptPairByte(fd)
			switch {
			case errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, syscall.EINTR):
				continue
			case err != nil:
				if s.Orphaned != nil {
					s.Orphaned()
				}
				return
			}
			f := os.NewFile(uintptr(made), "master")
			c, err := net.FileConn(f)
			f.Close()
			if err != nil {
				continue
			}
			if !s.admit(c) {
				return
			}
			go s.passed(c, may)
		}
	}()
}

// passed is the life of a connection that came over a socket pair. The limit of connections is not for the master.
func (s *Server) passed(c net.Conn, may byte) {
	defer s.wait.Done()
	defer s.forget(c)
	levels := [4]proxy.Level{proxy.LevelUser, proxy.LevelOperator, proxy.LevelAdmin, proxy.LevelAdmin}
	x := newSession(s, &proxy.Bind{Level: levels[may&3], ExposeFD: true}, c)
	x.expert, x.experimental = may&PairExpert != 0, may&PairExperimental != 0
	x.run()
}

// forget closes a connection.
func (s *Server) forget(c net.Conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	c.Close()
}

// PairByte is what comes with a connection over a socket pair: the level and the modes that are on.
func PairByte(level Access, expert, experimental bool) byte {
	b := byte(0x40) | byte(level)
	if expert {
		b |= PairExpert
	}
	if experimental {
		b |= PairExperimental
	}
	return b
}

// The bits of PairByte beside the level.
const (
	PairExpert       = 4
	PairExperimental = 8
)
