package master

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"sluice/internal/process"
	"sluice/internal/proxy"
)

// program is a command that runs beside the worker.
type program struct {
	name    string
	cmd     *exec.Cmd
	began   time.Time
	reloads int // that it survived
	leaving bool
}

// programsFor starts what a worker that serves now was configured with, and asks what ran before to leave. A program that no
// reload starts anew is asked as well, and may stay.
func (m *Master) programsFor(list []*proxy.Program) {
	first := m.served == 0
	m.served++
	for _, p := range m.programs {
		p.reloads++
		p.finish(syscall.SIGUSR1)
	}
	for _, conf := range list {
		if conf.Once && !first {
			continue
		}
		if err := m.launch(conf); err != nil {
			m.say(m.Console.Alertf, "Cannot start the program '%s' (%v): %s.", conf.Name, conf.Pos, process.Reason(err))
			m.programFailed(1)
		}
	}
}

// launch starts a program.
func (m *Master) launch(conf *proxy.Program) error {
	cmd := exec.Command(conf.Args[0], conf.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if conf.UID >= 0 || conf.GID >= 0 {
		who := &syscall.Credential{Uid: uint32(os.Geteuid()), Gid: uint32(os.Getegid())}
		if conf.UID >= 0 {
			who.Uid = uint32(conf.UID)
		}
		if conf.GID >= 0 {
			who.Gid = uint32(conf.GID)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &program{name: conf.Name, cmd: cmd, began: time.Now()}
	m.programs = append(m.programs, p)
	m.say(m.Console.Noticef, "New program '%s' (%d) forked", p.name, cmd.Process.Pid)
	go func() {
		cmd.Wait()
		m.events <- func() { m.programEnded(p) }
	}()
	return nil
}

// finish asks a program to leave.
func (p *program) finish(s syscall.Signal) {
	p.leaving = true
	p.cmd.Process.Signal(s)
}

// programEnded takes the end of a program. One that fails unasked ends everything, as a worker does in HAProxy, unless
// master-worker no-exit-on-failure is set.
func (m *Master) programEnded(p *program) {
	m.programs = slices.DeleteFunc(m.programs, func(x *program) bool { return x == p })
	code, how := said(p.cmd)
	if p.leaving || m.over {
		m.Console.Warnf("Former program '%s' (%d) exited with code %s", p.name, p.cmd.Process.Pid, how)
		return
	}
	m.Console.Alertf("Current program '%s' (%d) exited with code %s", p.name, p.cmd.Process.Pid, how)
	if code != 0 {
		m.programFailed(code)
	}
}

func (m *Master) programFailed(code int) {
	if m.mend {
		return
	}
	m.Console.Alertf("exit-on-failure: killing every processes with SIGTERM")
	m.stop(syscall.SIGTERM, code)
}

// listPrograms lists the programs for `show proc`.
func (m *Master) listPrograms(row func(pid, kind, reloads string, since time.Time), head func(string)) {
	for _, old := range [2]bool{false, true} {
		said := false
		for _, p := range m.programs {
			if p.leaving != old {
				continue
			}
			if !said {
				said = true
				head(map[bool]string{false: "# programs\n", true: "# old programs\n"}[old])
			}
			row(fmt.Sprint(p.cmd.Process.Pid), p.name, fmt.Sprint(p.reloads), p.began)
		}
	}
}
