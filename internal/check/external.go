package check

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"sluice/internal/loop"
	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// External returns the check of option external-check (configuration.txt 4.2): a program says how the server is.
func External() *proxy.HealthCheck { return &external }

var external = proxy.HealthCheck{Kind: "external-check", Steps: []proxy.CheckStep{runProgram{}}}

// runProgram runs `external-check command` until the deadline. The program is started and waited for by an ordinary
// goroutine.
type runProgram struct{}

// Run runs the program.
func (runProgram) Run(x *proxy.CheckRun) proxy.CheckVerdict {
	g := x.Stream.Snap.Global
	if !g.InsecureForkWanted && os.Geteuid() != 0 {
		return x.End(proxy.OutcomeSockErr, 0, "'insecure-fork-wanted' is not enabled in the global section")
	}
	p := externalProgram(x.Server, g)
	var status int
	var err error
	switch x.Task.Offload(func() { status, err = p.Run() }, x.Deadline) {
	case loop.Expired:
		p.Kill()
		return x.End(proxy.OutcomeProcTout, 0, "")
	case loop.Cancelled:
		p.Kill()
		return x.End(proxy.OutcomeUnknown, 0, "")
	}
	switch {
	case err != nil:
		return x.End(proxy.OutcomeProcErr, notStarted, reason(err))
	case status != 0:
		return x.End(proxy.OutcomeProcErr, status, "")
	}
	return x.End(proxy.OutcomeProcOK, 0, "")
}

// notStarted is the status that stands for a program that could not be started.
const notStarted = 255

func reason(err error) string {
	var n syscall.Errno
	if errors.As(err, &n) {
		return netx.Strerror(n)
	}
	return err.Error()
}

// notUsed stands for an address or a port that there is not, among the arguments.
const notUsed = "NOT_USED"

// externalProgram makes what is run for a server: the arguments and the variables that configuration.txt names (4.2,
// external-check command). With preserve-env the variables of the process go before them.
func externalProgram(srv *proxy.Server, g *proxy.Global) *netx.Program {
	p := srv.Proxy
	front, frontPort := firstBind(p)
	addr, port := hostPort(srv.State.Addr.Load())
	ssl := "0"
	if srv.Secured() {
		ssl = "1"
	}
	run := &netx.Program{Path: p.External.Command,
		Args: []string{p.External.Command, orWord(front), orWord(frontPort), addr, orWord(port)}}
	if g.PreserveEnv {
		run.Env = append(run.Env, g.Env...)
	}
	run.Env = append(run.Env,
		"PATH="+p.External.Path,
		"HAPROXY_PROXY_ADDR="+front,
		"HAPROXY_PROXY_ID="+strconv.Itoa(p.ID),
		"HAPROXY_PROXY_NAME="+p.Name,
		"HAPROXY_PROXY_PORT="+frontPort,
		"HAPROXY_SERVER_ADDR="+addr,
		"HAPROXY_SERVER_CURCONN="+strconv.Itoa(int(srv.State.Cur.Load())),
		"HAPROXY_SERVER_ID="+strconv.Itoa(srv.ID),
		"HAPROXY_SERVER_MAXCONN="+strconv.Itoa(int(srv.State.MaxConn.Load())),
		"HAPROXY_SERVER_NAME="+srv.NameNow(),
		"HAPROXY_SERVER_PORT="+port,
		"HAPROXY_SERVER_PROTO="+speaks(srv),
		"HAPROXY_SERVER_SSL="+ssl)
	return run
}

func orWord(text string) string {
	if text == "" {
		return notUsed
	}
	return text
}

// firstBind returns the address of the first socket that has one; the port is empty for the path of a UNIX socket.
func firstBind(p *proxy.Proxy) (addr, port string) {
	for _, b := range p.Binds {
		switch b.Addr.Family {
		case proxy.FamIPv4, proxy.FamIPv6, proxy.FamUnix:
			return hostPort(&b.Addr)
		}
	}
	return "", ""
}

func hostPort(a *proxy.Addr) (host, port string) {
	if a.IsUnix() {
		return a.Path, ""
	}
	if !a.IP.IsValid() {
		return "0.0.0.0", strconv.Itoa(a.Port)
	}
	return a.IP.String(), strconv.Itoa(a.Port)
}

// speaks is the word for what a server speaks.
func speaks(srv *proxy.Server) string {
	switch {
	case srv.Proxy.Mode == proxy.ModeCLI:
		return "cli"
	case srv.Proxy.Mode == proxy.ModeLog:
		return "syslog"
	case srv.Proxy.Mode != proxy.ModeHTTP:
		return "tcp"
	case srv.Proto == "h2":
		return "h2"
	}
	return "h1"
}
