package process

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"sluice/internal/loop"
)

// wait serves until a signal ends the process (management.txt 4): SIGINT and SIGTERM at once, SIGUSR1 when the last
// connection is over or hard-stop-after has passed.
func (r *run) wait() int {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGHUP, syscall.SIGPIPE)
	defer signal.Stop(signals)
	var hard, look <-chan time.Time
	for {
		select {
		case s := <-signals:
			switch s {
			case syscall.SIGINT, syscall.SIGTERM:
				r.end()
				return 0
			case syscall.SIGHUP:
				r.report()
			case syscall.SIGUSR1:
				if look != nil {
					continue
				}
				r.softStop()
				ticker := time.NewTicker(20 * time.Millisecond)
				defer ticker.Stop()
				look = ticker.C
				if d := r.Snapshot.Global.HardStopAfter; d > 0 {
					hard = time.After(time.Duration(d))
				}
			}
		case <-look:
			if r.proc.Conns.Load() == 0 {
				r.end()
				return 0
			}
		case <-hard:
			r.Console.Warnf("soft-stop running for too long, performing a hard-stop.")
			r.end()
			return 0
		}
	}
}

// softStop stops listening and lets go of idle clients; requests that run go on.
func (r *run) softStop() {
	r.proc.Stopping.Store(true)
	for _, p := range r.Snapshot.Proxies {
		p.State.Stopped.Store(true)
	}
	r.listeners.Stop(nil)
	r.group.Each(func(l *loop.Loop) { r.engine.Home(l.ID()).CloseIdle() })
}

// end stops everything and sends what is left to log.
func (r *run) end() {
	r.cli.Close()
	r.listeners.Stop(nil)
	r.group.Stop()
	r.group.Wait()
	r.logs.Close()
}

// report writes the state of the proxies to the log, as HAProxy does on SIGHUP.
func (r *run) report() {
	for _, p := range r.Snapshot.Proxies {
		r.Console.Noticef("Proxy %s: %d connections, %d streams.", p.Name, p.State.Front.Cur.Load(), p.State.Back.Cur.Load())
	}
}
