package process

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// restore gives servers the states that files tell of (configuration.txt 4.2, load-server-state-from-file).
func (r *run) restore() bool {
	r.proc.Tell = r.Console.tellLater()
	g := r.Snapshot.Global
	var all []stateLine
	global := false
	for _, p := range r.Snapshot.Proxies {
		if p.Disabled || !p.IsBack() {
			continue
		}
		switch p.LoadFile {
		case proxy.LoadGlobal:
			if !global && g.ServerStateFile != "" {
				global = true
				all = r.stateFile(stateTexts{before: "config: ", kind: "global server state file"}, statePath(g, g.ServerStateFile))
			}
			restoreServers(p, all)
		case proxy.LoadLocal:
			name := p.StateFile
			if name == "" {
				name = p.Name
			}
			texts := stateTexts{before: "Proxy '" + p.Name + "': ", kind: "server state file"}
			restoreServers(p, r.stateFile(texts, statePath(g, name)))
		}
	}
	return true
}

func statePath(g *proxy.Global, name string) string {
	if g.ServerStateBase == "" || strings.HasPrefix(name, "/") {
		return name
	}
	return filepath.Join(g.ServerStateBase, name)
}

// stateTexts is how messages about a file begin.
type stateTexts struct{ before, kind string }

// stateFile reads a file. What is wrong with it is a warning: the servers begin as without it.
func (r *run) stateFile(t stateTexts, path string) []stateLine {
	file, err := os.ReadFile(path)
	if err != nil {
		r.Console.Noticef("%sCan't open %s '%s': %s", t.before, t.kind, path, Reason(err))
		return nil
	}
	text := strings.Split(string(file), "\n")
	if strings.TrimSpace(text[0]) != "1" {
		r.Console.Warnf("%sCan't get version of the %s '%s'.", t.before, t.kind, path)
		return nil
	}
	var lines []stateLine
	for i, line := range text[1:] {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		s, err := parseState(line)
		var bad badState
		switch {
		case errors.As(err, &bad):
			r.Console.Warnf("server-state application failed for server '%s/%s', %s", s.backend, s.server, bad)
		case err != nil:
			r.Console.Warnf("%scorrupted %s '%s' at line %d.", t.before, t.kind, path, i+1)
			return nil
		default:
			lines = append(lines, s)
		}
	}
	return lines
}

func restoreServers(p *proxy.Proxy, lines []stateLine) {
	now := balance.Moment{Wall: time.Now().Unix()}
	for i := range lines {
		if s := &lines[i]; s.backend == p.Name {
			if srv := p.ByName[s.server]; srv != nil {
				balance.Restore(srv, &s.Restored, now)
			}
		}
	}
}

// stateLine is a line of a state file.
type stateLine struct {
	backend, server string
	balance.Restored
}

// badState is what is wrong with one value; the other lines of the file count.
type badState string

func (b badState) Error() string { return string(b) }

var errShortLine = errors.New("too few fields")

// Fields of a line (management.txt 9.3, show servers state). Older versions wrote fewer.
const (
	stateBackend  = 1
	stateServer   = 3
	stateAddr     = 4
	stateOper     = 5
	stateAdmin    = 6
	stateWeight   = 7
	stateInitial  = 8
	stateSince    = 9
	stateStatus   = 10
	stateHealth   = 12
	stateCheck    = 13
	stateAgent    = 14
	stateFQDN     = 17
	statePort     = 18
	stateTLS      = 20
	stateChkPort  = 21
	stateChkAddr  = 22
	stateAgtAddr  = 23
	stateAgtPort  = 24
	fewestOfState = 19
)

// parseState reads a line.
func parseState(line string) (s stateLine, err error) {
	const configured, enabled = 2, 4
	f := strings.Fields(line)
	if len(f) < fewestOfState {
		return s, errShortLine
	}
	s.backend, s.server = f[stateBackend], f[stateServer]
	number := func(i int, name string, most int) int {
		if i >= len(f) {
			return 0
		}
		n, e := strconv.Atoi(f[i])
		if (e != nil || n < 0 || n > most) && err == nil {
			err = badState("invalid " + name + " value '" + f[i] + "'")
		}
		return n
	}
	const anything = 1<<31 - 1
	s.Oper = proxy.Oper(number(stateOper, "srv_op_state", int(proxy.OperStopping)))
	s.Admin = proxy.Admin(number(stateAdmin, "srv_admin_state", anything))
	s.Weight = number(stateWeight, "srv_uweight", balance.MaxWeight)
	s.Initial = number(stateInitial, "srv_iweight", balance.MaxWeight)
	s.Since = int64(number(stateSince, "srv_last_time_change", anything))
	s.Outcome = proxy.Outcome(number(stateStatus, "srv_check_status", int(proxy.OutcomeProcOK)))
	s.Health = number(stateHealth, "srv_check_health", anything)
	check, agent := number(stateCheck, "srv_check_state", anything), number(stateAgent, "srv_agent_state", anything)
	s.NoCheck = check&(configured|enabled) == configured
	s.NoAgent = agent&(configured|enabled) == configured
	s.Port = number(statePort, "srv_port", 1<<16-1)
	s.CheckPort = number(stateChkPort, "srv_check_port", 1<<16-1)
	s.AgentPort = number(stateAgtPort, "srv_agent_port", 1<<16-1)
	if f[stateFQDN] != "-" {
		s.Host = f[stateFQDN]
	}
	if s.TLS = -1; len(f) > stateTLS && (f[stateTLS] == "0" || f[stateTLS] == "1") {
		s.TLS = int(f[stateTLS][0] - '0')
	}
	address := func(i int) (a netip.Addr) {
		if i < len(f) {
			a, _ = netip.ParseAddr(f[i]) // "-" is none
		}
		return a.Unmap()
	}
	s.Addr, s.CheckAddr, s.AgentAddr = address(stateAddr), address(stateChkAddr), address(stateAgtAddr)
	return s, err
}
