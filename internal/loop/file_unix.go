//go:build unix

package loop

import (
	"net"
	"os"
	"syscall"
)

// openFile makes a net.Conn of a connected socket for the goroutine form.
func (l *Loop) openFile(c *Conn, fd int) error {
	f, err := duplicate(fd)
	if err != nil {
		return err
	}
	nc, err := net.FileConn(f)
	f.Close()
	if err != nil {
		return err
	}
	if err := l.OpenNet(c, nc); err != nil {
		nc.Close()
		return err
	}
	return syscall.Close(fd)
}

// listenFile makes a net.Listener of a listening socket for the goroutine form.
func (l *Loop) listenFile(a *Acceptor, fd int, h AcceptHandler) error {
	f, err := duplicate(fd)
	if err != nil {
		return err
	}
	nl, err := net.FileListener(f)
	f.Close()
	if err != nil {
		return err
	}
	l.ListenNet(a, nl, h)
	return nil
}

func duplicate(fd int) (*os.File, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	second, err := syscall.Dup(fd)
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	syscall.CloseOnExec(second)
	return os.NewFile(uintptr(second), "socket"), nil
}
