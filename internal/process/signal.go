package process

import (
	"math"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// catchSignals begins to collect the signals that the process answers (management.txt 4). It is called before anything
// listens, so that none is lost.
func catchSignals() chan os.Signal {
	c := make(chan os.Signal, 16)
	signal.Notify(c, syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGHUP, syscall.SIGQUIT,
		syscall.SIGTTIN, syscall.SIGTTOU)
	signal.Ignore(syscall.SIGPIPE)
	return c
}

// calledOff reports whether a signal has asked the process to leave before it serves. The others mean nothing by then.
func (r *run) calledOff() bool {
	for {
		select {
		case s := <-r.signals:
			r.over = r.over || s == syscall.SIGINT || s == syscall.SIGTERM || s == syscall.SIGUSR1
		default:
			return r.over
		}
	}
}

// drainEvery is how often a soft stop looks whether the last connection is gone.
const drainEvery = 20 * time.Millisecond

// wait serves until a signal ends the process: SIGINT and SIGTERM at once, SIGUSR1 after the grace time when the last
// connection is over or hard-stop-after has passed.
func (r *run) wait(signals <-chan os.Signal) int {
	defer r.end()
	var grace, look, hard <-chan time.Time
	asked, stopped := false, int64(0)
	for {
		select {
		case s := <-signals:
			switch s {
			case syscall.SIGINT, syscall.SIGTERM:
				r.tell(daemon.SdNotifyStopping)
				return r.stopped(s.(syscall.Signal))
			case syscall.SIGUSR1:
				if !asked {
					asked = true
					r.proc.Stopping.Store(true)
					grace = time.After(time.Duration(r.Snapshot.Global.Grace))
				}
			case syscall.SIGTTOU:
				r.pauseAll()
			case syscall.SIGTTIN:
				r.resumeAll()
			case syscall.SIGHUP:
				r.report()
			case syscall.SIGQUIT:
				r.memory()
			}
		case <-grace:
			if later := r.stopFronts(&stopped); later > 0 {
				grace = time.After(later)
				continue
			}
			r.tell(daemon.SdNotifyStopping)
			r.softStop()
			ticker := time.NewTicker(drainEvery)
			defer ticker.Stop()
			look = ticker.C
			if d := r.Snapshot.Global.HardStopAfter; d > 0 {
				hard = time.After(time.Duration(d))
			}
		case <-look:
			if r.proc.Conns.Load() == 0 {
				return 0
			}
		case <-hard:
			r.Console.Warnf("soft-stop running for too long, performing a hard-stop.")
			return 0
		}
	}
}

// stopFronts stops the frontends whose own grace is over and returns how long it is to the next one, 0 when no other has
// one. past is how much of their grace there has been.
func (r *run) stopFronts(past *int64) time.Duration {
	next := int64(math.MaxInt64)
	for _, p := range r.Snapshot.Proxies {
		if p.IsFront() && p.Grace > *past {
			next = min(next, p.Grace)
		}
	}
	if next == math.MaxInt64 {
		return 0
	}
	over := func(b *proxy.Bind) bool { return b.Proxy != nil && b.Proxy.IsFront() && b.Proxy.Grace <= *past }
	r.listeners.Drain()
	r.listeners.Stop(over)
	wait := next - *past
	*past = next
	return time.Duration(wait)
}

// stopped is the exit status of a stop by a signal.
func (r *run) stopped(by syscall.Signal) int {
	if r.Master {
		return 128 + int(by)
	}
	return 0
}

// softStop stops listening and lets go of idle clients; requests that run go on.
func (r *run) softStop() {
	r.proc.Stopping.Store(true)
	r.cli.StopListening()
	r.listeners.Drain()
	r.listeners.Stop(nil)
	r.stopReceiving()
	r.farewell()
	r.group.Each(func(l *loop.Loop) { r.engine.Home(l.ID()).SoftStop() })
}

// end stops everything and sends what is left to log.
func (r *run) end() {
	r.cli.Close()
	if r.asked != nil {
		close(r.asked)
	}
	r.names.Stop()
	r.listeners.Stop(nil)
	r.group.Stop()
	r.group.Wait()
	r.stopReceiving()
	r.logs.Close()
}
