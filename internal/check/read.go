package check

import (
	"errors"
	"io"
	"os"
	"strconv"
	"syscall"

	"sluice/internal/loop"
	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// names are the system's own names of the errors that connections end with.
var names = map[syscall.Errno]string{
	syscall.ECONNREFUSED: "ECONNREFUSED", syscall.ECONNRESET: "ECONNRESET", syscall.EHOSTUNREACH: "EHOSTUNREACH",
	syscall.ENETUNREACH: "ENETUNREACH", syscall.ETIMEDOUT: "ETIMEDOUT", syscall.EPIPE: "EPIPE", syscall.ENOENT: "ENOENT",
	syscall.EADDRNOTAVAIL: "EADDRNOTAVAIL", syscall.EACCES: "EACCES", syscall.EPERM: "EPERM", syscall.EMFILE: "EMFILE",
	syscall.EAGAIN: "EAGAIN", syscall.ENOTCONN: "ENOTCONN", syscall.EINVAL: "EINVAL", syscall.EADDRINUSE: "EADDRINUSE",
}

// SystemError puts an error of the system into words: its name and, with text, its sentence.
func SystemError(err error, text bool) string {
	var n syscall.Errno
	if !errors.As(err, &n) {
		if err == nil || errors.Is(err, io.EOF) {
			return ""
		}
		return err.Error()
	}
	name := names[n]
	if name == "" {
		name = "errno=" + strconv.Itoa(int(n))
	}
	name += " returned by OS"
	if text {
		name += " (" + netx.Strerror(n) + ")"
	}
	return name
}

// WriteFailed ends a check whose bytes could not be sent.
func WriteFailed(x *proxy.CheckRun, err error) proxy.CheckVerdict {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return x.End(timedOut(x), 0, Where(x))
	case errors.Is(err, loop.ErrCancelled):
		return x.End(proxy.OutcomeUnknown, 0, "")
	}
	return x.End(proxy.OutcomeSockErr, 0, SystemError(err, true)+Where(x))
}

// timedOut is the outcome of a wait that was too long, once connected.
func timedOut(*proxy.CheckRun) proxy.Outcome { return proxy.OutcomeL7Tout }

// more waits for more bytes. At the end it sets x.EOF and returns CheckNext; other errors end the check, a deadline with
// the outcome late.
func more(x *proxy.CheckRun, late proxy.Outcome) proxy.CheckVerdict {
	if cap(x.In) == 0 {
		x.Dialer.Room(x)
	}
	if len(x.In) == cap(x.In) {
		x.EOF = true
		return proxy.CheckNext
	}
	n, err := x.Conn.Read(x.Task, x.In[len(x.In):cap(x.In)], x.Deadline)
	x.In = x.In[:len(x.In)+n]
	switch {
	case err == nil:
		return proxy.CheckNext
	case errors.Is(err, io.EOF):
		x.EOF = true
		return proxy.CheckNext
	case errors.Is(err, os.ErrDeadlineExceeded):
		return x.End(late, 0, Where(x))
	case errors.Is(err, loop.ErrCancelled):
		return x.End(proxy.OutcomeUnknown, 0, "")
	}
	if len(x.In) > 0 && !x.EOF { // the peer was hasty: what it sent counts
		x.EOF = true
		return proxy.CheckNext
	}
	return x.End(proxy.OutcomeSockErr, 0, SystemError(err, true)+Where(x))
}
