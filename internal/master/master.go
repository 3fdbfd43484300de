package master

import (
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"

	"sluice/internal/config"
	"sluice/internal/netx"
	"sluice/internal/process"
	"sluice/internal/proxy"
)

// Master supervises workers. Its fields below events are touched by the goroutine of Run only; others send it functions.
type Master struct {
	Console *process.Console
	Version string
	Branch  string                         // of HAProxy
	Load    func() ([]*config.File, error) // reads the configuration again
	Fetch   string                         // -x: /dev/null for workers that do not get each other's sockets
	PidFile string                         // -p
	CLI     *proxy.Bind                    // -S; nil: none
	Notify  bool                           // -Ws
	Birth   *process.Birth                 // of a master in the background; nil otherwise

	// Old are the processes of -sf and -st, which are told by the first worker.

	events  chan func()
	cli     *server
	pid     *process.PIDFile
	began   time.Time
	files   []*config.File
	workers []*worker
	current *worker
	loading *worker
	reloads int
	failed  int
	broken  bool // the last reload failed
	again   bool // another reload was asked for while one ran
	hard    bool // the worker before is to be stopped at once
	most    int  // mworker-max-reloads
	mend    bool // master-worker no-exit-on-failure

	kept *netx.Heritage // the listening sockets of the current worker

	programs []*program
	served   int // how many workers have come to serve

	waiting []chan string
	logs    []byte // of the last start or reload
	code    int
	over    bool // all are to leave
}

// defaultReloads is how many reloads a worker survives.
const defaultReloads = 50

// Run is the life of a master; it returns its exit status.
func (m *Master) Run(files []*config.File) int {
	m.events, m.began, m.files, m.most = make(chan func(), 16), time.Now(), files, defaultReloads
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGHUP, syscall.SIGQUIT,
		syscall.SIGTTIN, syscall.SIGTTOU)
	signal.Ignore(syscall.SIGPIPE)
	if m.CLI != nil {
		var err error
		if m.cli, err = m.serve(m.CLI); err != nil {
			m.Console.Alertf("[%s.main()] Can't create the master's CLI: %v.", m.Console.Path, err)
			return m.leave(1)
		}
	}
	if m.PidFile != "" {
		var err error
		if m.pid, err = process.OpenPID(m.PidFile); err != nil {
			m.Console.Alertf("[%s.main()] Cannot create pidfile %s : %s", m.Console.Path, m.PidFile, process.Reason(err))
			return m.leave(1)
		}
	}
	if !m.begin() {
		return m.leave(1)
	}
	for len(m.workers)+len(m.programs) > 0 || !m.over {
		select {
		case s := <-signals:
			m.signalled(s.(syscall.Signal))
		case fn := <-m.events:
			fn()
		}
		if m.current != nil {
			m.pid.Write(os.Getpid())
		}
	}
	return m.leave(m.code)
}

// leave ends the master.
func (m *Master) leave(code int) int {
	if m.cli != nil {
		m.cli.close()
	}
	m.pid.Abandon()
	m.Birth.Tell(&process.Report{Logs: m.Console.Printed()})
	if code != 0 && m.code != 0 {
		m.Console.Warnf("All workers exited. Exiting... (%d)", code)
	}
	return code
}

// say prints a message that belongs to the last start or reload as well.
func (m *Master) say(print func(string, ...any), format string, args ...any) {
	before := len(m.Console.Printed())
	print(format, args...)
	m.logs = append(m.logs, m.Console.Printed()[before:]...)
}

func (m *Master) signalled(s syscall.Signal) {
	switch s {
	case syscall.SIGUSR2, syscall.SIGHUP:
		m.reload(false, nil)
	case syscall.SIGINT, syscall.SIGTERM:
		m.tell(daemon.SdNotifyStopping)
		m.stop(s, 128+int(s))
	case syscall.SIGUSR1:
		m.tell(daemon.SdNotifyStopping)
		m.stop(s, 0)
	default:
		for _, w := range m.workers {
			w.child.Process.Signal(s)
		}
	}
}

// stop has all workers leave, and the master behind them.
func (m *Master) stop(s syscall.Signal, code int) {
	if m.code == 0 {
		m.code = code
	}
	m.over = true
	m.kept.Close()
	for _, w := range m.workers {
		w.finish(s)
	}
	for _, p := range m.programs {
		p.finish(s)
	}
}

// tell sends a message to systemd (sd_notify(3)).
func (m *Master) tell(state string) {
	if m.Notify {
		daemon.SdNotify(false, state)
	}
}

// reload starts a worker from the configuration as it is now. done, when not nil, gets the answer for the CLI.
func (m *Master) reload(hard bool, done chan string) {
	if done != nil {
		m.waiting = append(m.waiting, done)
	}
	m.hard = m.hard || hard
	if m.loading != nil || m.over {
		m.again = !m.over
		return
	}
	m.logs = nil
	m.say(m.Console.Noticef, "Reloading HAProxy")
	var now unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	m.tell(fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d\nSTATUS=Reloading Configuration.\n", now.Nano()/1000))
	m.reloads++
	files, err := m.Load()
	if err != nil {
		m.say(m.Console.Alertf, "%v", err)
		m.refused()
		return
	}
	m.files = files
	if !m.begin() {
		m.refused()
	}
}

// begin starts the worker that is to become the current one.
func (m *Master) begin() bool {
	w, err := m.spawn()
	if err != nil {
		m.say(m.Console.Alertf, "Cannot start a worker: %s.", process.Reason(err))
		return false
	}
	m.loading = w
	return true
}

// reported takes what a worker said at the end of its start.
func (m *Master) reported(w *worker, r *process.Report) {
	if w != m.loading {
		return
	}
	m.loading = nil
	m.logs = append(m.logs, r.Logs...)
	if !r.Serves {
		w.leaving = true
		if m.over {
			return
		}
		if m.current == nil {
			m.code, m.over = 1, true
			m.say(m.Console.Warnf, "Loading failure!")
			return
		}
		m.refused()
		return
	}
	w.served = time.Now()
	m.mend = r.KeepOthers
	if m.most = r.MaxReloads; m.most == 0 {
		m.most = defaultReloads
	}
	m.keep(w)
	m.retire(m.current)
	m.current, m.broken = w, false
	m.programsFor(r.Programs)
	m.say(m.Console.Noticef, "Loading success.")
	m.tell(fmt.Sprintf("READY=1\nMAINPID=%d\nSTATUS=Ready.\n", os.Getpid()))
	m.Birth.Tell(&process.Report{Serves: true})
	m.answer("Success=1\n--\n" + string(m.logs))
}

// retire asks the worker before to finish, and one that has outlived too many reloads to stop.
func (m *Master) retire(old *worker) {
	if old == nil {
		return
	}
	s := syscall.SIGUSR1
	if m.hard {
		s = syscall.SIGTERM
	}
	m.hard = false
	old.finish(s)
	for _, w := range m.workers {
		if w.leaving {
			if w.reloads++; w.reloads > m.most {
				w.child.Process.Signal(syscall.SIGTERM)
			}
		}
	}
}

// refused goes on with the worker there is after a reload that failed.
func (m *Master) refused() {
	m.failed++
	m.broken, m.hard = true, false
	m.say(m.Console.Warnf, "Loading failure!")
	m.tell(fmt.Sprintf("READY=1\nMAINPID=%d\nSTATUS=Reload failed!\n", os.Getpid()))
	m.answer("Success=0\n--\n" + string(m.logs))
}

// answer tells those who wait for a reload, and starts the next one if somebody asked meanwhile.
func (m *Master) answer(text string) {
	for _, c := range m.waiting {
		c <- text
	}
	m.waiting = nil
	if m.again {
		m.again = false
		m.reload(m.hard, nil)
	}
}

// livedMin is how long a worker must have served for its unexpected end to be mended by another one: a worker that dies
// at once would be started for ever.
const livedMin = time.Second

// ended takes the end of a worker. One that was to serve is replaced.
func (m *Master) ended(w *worker) {
	m.workers = slices.DeleteFunc(m.workers, func(x *worker) bool { return x == w })
	unix.Close(w.control)
	code, how := w.said()
	switch {
	case w.leaving || m.over || w.served.IsZero():
		if w.leaving && !w.served.IsZero() {
			m.Console.Warnf("Former worker (%d) exited with code %s", w.pid, how)
		}
		if w == m.current {
			m.current = nil
		}
		return
	}
	m.current = nil
	m.Console.Alertf("Current worker (%d) exited with code %s", w.pid, how)
	if (m.mend || time.Since(w.served) >= livedMin) && (m.loading != nil || m.begin()) {
		return
	}
	m.Console.Alertf("exit-on-failure: killing every processes with SIGTERM")
	m.stop(syscall.SIGTERM, code)
}
