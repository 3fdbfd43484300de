package process

import (
	"errors"
	"os"
	"syscall"
	"time"

	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// inherit fetches the listening sockets of an earlier process (management.txt 3, -x): the one that the command line or the
// master names; for -sf and -st without -x, the one that answers on our own stats socket, so that nobody who connects
// meanwhile is refused.
func (r *run) inherit() bool {
	var err error
	switch {
	case r.Birth != nil && r.Birth.Heritage > 0:
		fd := r.Birth.Heritage
		r.heritage, err = netx.Fetch(fd)
		os.NewFile(uintptr(fd), "").Close()
		if err != nil {
			r.Console.Warnf("Failed to get the sockets from the old process: %s.", Reason(err))
		}
	case r.Fetch == "/dev/null":
	case r.Fetch != "":
		if r.heritage, err = netx.FetchPath(r.Fetch); err != nil {
			r.Console.Warnf("Failed to get the sockets from the old process!")
		}
	case len(r.Old) > 0:
		for _, b := range r.Snapshot.Global.StatsSockets {
			if b.ExposeFD && b.Addr.Family == proxy.FamUnix && r.heritage == nil {
				r.heritage, _ = netx.FetchPath(b.Addr.Path)
			}
		}
	}
	return true
}

// How often, and how long in all, ports that an old process has are tried again once that was asked to let go of them.
const (
	retryEvery = 10 * time.Millisecond
	retryMost  = 200
)

// retry binds again after the old processes were asked to pause; when that does not do they go on as before.
func (r *run) retry(bind func() error) error {
	err := bind()
	if !errors.Is(err, syscall.EADDRINUSE) || len(r.Old) == 0 {
		return err
	}
	r.paused = true
	r.tellOld(syscall.SIGTTOU)
	for ; r.retried < retryMost && errors.Is(err, syscall.EADDRINUSE) && !r.calledOff(); r.retried++ {
		time.Sleep(retryEvery)
		err = bind()
	}
	return err
}

// tellOld sends a signal to the processes of -sf and -st. Those that are gone are no matter.
func (r *run) tellOld(s syscall.Signal) {
	for _, pid := range r.Old {
		syscall.Kill(pid, s)
	}
}

// pauseAll and resumeAll answer SIGTTOU and SIGTTIN: the ports are free for another process meanwhile.
func (r *run) pauseAll() {
	r.eachFront(func(p *proxy.Proxy) {
		if err := r.listeners.Pause(p); err != nil {
			r.Console.Warnf("Failed to pause frontend %s.", p.Name)
			return
		}
		r.Console.Warnf("Paused frontend %s.", p.Name)
	})
}

func (r *run) resumeAll() {
	r.eachFront(func(p *proxy.Proxy) {
		if err := r.listeners.Resume(p); err != nil {
			r.Console.Warnf("Failed to resume frontend %s (%v).", p.Name, err)
			return
		}
		r.Console.Warnf("Resumed frontend %s.", p.Name)
	})
}

func (r *run) eachFront(fn func(*proxy.Proxy)) {
	for _, p := range r.Snapshot.Proxies {
		if p.IsFront() && !p.Disabled && !p.State.Stopped.Load() {
			fn(p)
		}
	}
}
