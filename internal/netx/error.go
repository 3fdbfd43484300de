package netx

import (
	"errors"
	"strings"
	"syscall"
)

// ErrUnsupported is what this package returns for everything that the system it runs on does not have.
var ErrUnsupported = errors.New("not supported on this system")

// Error says which step in making a socket failed. Its text is the sentence that HAProxy prints after
// "protocol tcpv4: ", without the full stop: cannot bind socket (Address already in use) for [127.0.0.1:80].
type Error struct {
	Step  Step
	What  string // what the step was about, when that is not the address: a device, a size
	Addr  Addr
	Errno syscall.Errno // 0 when it was not a system call that failed
}

// Step is one of the things that are done to make a socket.
type Step uint8

// The steps, roughly in the order in which they happen.
const (
	StepNamespace   Step = iota // enter the network namespace
	StepSocket                  // create the socket
	StepReuse                   // share the address
	StepTransparent             // allow foreign addresses
	StepDevice                  // bind to a device
	StepBind                    // bind to the address
	StepOwner                   // set owner and permissions of a UNIX socket
	StepReplace                 // put a UNIX socket in the place of an earlier one
	StepMSS
	StepCongestion
	StepMD5
	StepSaveSYN
	StepUserTimeout
	StepDeferAccept
	StepFastOpen
	StepListen
	StepPorts   // find a free port of a range
	StepConnect // begin to connect
	StepPass    // pass a connection over a socket pair
	StepInherit // look at an inherited descriptor
	StepType    // find an inherited descriptor of use
	nSteps
)

// steps holds the sentences: %e stands for the text of the error, %w for What.
var steps = [nSteps]string{
	StepNamespace:   "cannot enter network namespace '%w' (%e)",
	StepSocket:      "cannot create receiving socket (%e)",
	StepReuse:       "cannot do so_reuseaddr",
	StepTransparent: "cannot make receiving socket transparent",
	StepDevice:      "cannot bind receiver to device '%w' (%e)",
	StepBind:        "cannot bind socket (%e)",
	StepOwner:       "cannot change UNIX socket ownership (%e)",
	StepReplace:     "cannot switch final and temporary UNIX sockets (%e)",
	StepMSS:         "cannot set MSS to %w, (%e)",
	StepCongestion:  "cannot set TCP congestion control algorithm, (%e)",
	StepMD5:         "cannot set TCP MD5 signature, (%e)",
	StepSaveSYN:     "cannot set TCP Save SYN, (%e)",
	StepUserTimeout: "cannot set TCP User Timeout, (%e)",
	StepDeferAccept: "cannot enable DEFER_ACCEPT, (%e)",
	StepFastOpen:    "cannot enable TCP_FASTOPEN, (%e)",
	StepListen:      "cannot listen to socket: (%e)",
	StepPorts:       "no free port in the source port range",
	StepConnect:     "cannot connect (%e)",
	StepPass:        "cannot pass the connection over the socket pair (%e)",
	StepInherit:     "cannot use file descriptor '%w' : %e",
	StepType:        "socket on file descriptor '%w' is of the wrong type",
}

// Error returns the sentence.
func (e *Error) Error() string {
	sentence, join := steps[e.Step], " for ["
	if e.Addr.Family.isUnix() {
		join = " ["
		switch e.Step {
		case StepBind:
			sentence = "cannot bind UNIX socket (%e)"
		case StepListen:
			sentence, join = "cannot listen on UNIX socket (%e)", " for ["
		}
	}
	text := Strerror(e.Errno)
	if e.Step == StepBind && e.Errno == syscall.EADDRINUSE && e.Addr.Family.isUnix() {
		text = "already in use"
	}
	sentence = strings.NewReplacer("%e", text, "%w", e.What).Replace(sentence)
	if e.Step == StepInherit || e.Step == StepType {
		return sentence
	}
	return sentence + join + e.Addr.String() + "]"
}

// Unwrap returns the system's error, for errors.Is.
func (e *Error) Unwrap() error {
	if e.Errno == 0 {
		return nil
	}
	return e.Errno
}

// Strerror returns the text of an error as the C library prints it, which is what HAProxy's messages hold: "Address
// already in use". Go's own text of a system error is the same with a small first letter. Other errors give their own
// text.
func Strerror(err error) string {
	if err == nil {
		return "Success"
	}
	var n syscall.Errno
	if !errors.As(err, &n) {
		return err.Error()
	}
	if n == 0 {
		return "Success"
	}
	text := n.Error()
	if number, unknown := strings.CutPrefix(text, "errno "); unknown {
		return "Unknown error " + number
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// Reason is the class of a failed Dial that HAProxy counts and names (configuration.txt, fc_err_name).
type Reason uint8

// The reasons, with their names in fc_err_name.
const (
	NoReason     Reason = iota // -
	ProcFDLimit                // PROC_FDLIM
	SysFDLimit                 // SYS_FDLIM
	SysMemLimit                // SYS_MEMLIM
	NoProtocol                 // NOPROTO
	SockError                  // SOCK_ERR
	PortsInUse                 // PORT_RANGE
	CannotBind                 // CANT_BIND
	NoFreePorts                // FREE_PORTS
	AddrInUse                  // ADDR_INUSE
	Refused                    // EREFUSED
	Reset                      // ERESET
	Unreachable                // EUNREACH
	NotConnected               // ENCONN
	BrokenPipe                 // EPIPE
)

// ReasonOf returns the reason for an error of Dial, or for what SocketError answered about a connection.
func ReasonOf(err error) Reason {
	if err == nil {
		return NoReason
	}
	var e *Error
	if errors.As(err, &e) {
		switch e.Step {
		case StepBind, StepTransparent, StepDevice:
			return CannotBind
		case StepPorts:
			return PortsInUse
		}
	}
	var n syscall.Errno
	errors.As(err, &n)
	switch n {
	case syscall.EMFILE:
		return ProcFDLimit
	case syscall.ENFILE:
		return SysFDLimit
	case syscall.ENOBUFS, syscall.ENOMEM:
		return SysMemLimit
	case syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT:
		return NoProtocol
	case syscall.EAGAIN, syscall.EADDRNOTAVAIL:
		return NoFreePorts
	case syscall.EADDRINUSE:
		return AddrInUse
	}
	return reasonAfter(n)
}

// reasonAfter classifies what ends a connection that had begun.
func reasonAfter(n syscall.Errno) Reason {
	switch n {
	case syscall.ECONNREFUSED:
		return Refused
	case syscall.ECONNRESET:
		return Reset
	case syscall.ENETUNREACH:
		return Unreachable
	case syscall.ENOTCONN:
		return NotConnected
	case syscall.EPIPE:
		return BrokenPipe
	}
	return SockError
}
