package balance

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sluice/internal/proxy"
)

// local plays scripts with this package.
type local struct {
	t       *testing.T
	p       *proxy.Proxy
	held    map[string]*holding
	waiting []*holding
	now     int64
	loop    sync.Mutex // stands for the thread of the one loop
}

// holding is a stream that stays.
type holding struct {
	id     string
	s      *proxy.Stream
	parked chan struct{} // it is in a queue
	done   chan Outcome
}

func (h *holding) name(out Outcome) string {
	if out != Served {
		return "503"
	}
	return h.s.Server.Name
}

// scripted parks a holding until it is woken.
type scripted struct {
	onLoop
	h *holding
}

func (p *scripted) Park(deadline int64) bool {
	p.loop.Unlock()
	defer p.loop.Lock()
	p.h.parked <- struct{}{}
	return p.parker.Park(deadline)
}

func (l *local) start(r request) *holding {
	h := &holding{s: newStream(l.p), parked: make(chan struct{}), done: make(chan Outcome)}
	r.fill(h.s)
	l.p.State.Back.Enter()
	w := newParker()
	l.now += 1e6
	at := l.now
	w.clock = func() int64 { return at }
	go func() {
		l.loop.Lock()
		out := Acquire(h.s, Request{Parker: &scripted{onLoop{w, &l.loop}, h}})
		l.loop.Unlock()
		h.done <- out
	}()
	return h
}

func (l *local) get(r request) string {
	h := l.start(r)
	select {
	case out := <-h.done:
		name := h.name(out)
		Release(h.s)
		l.p.State.Back.Leave()
		return name
	case <-h.parked:
		l.t.Fatal("a request of get had to wait")
		return ""
	}
}

func (l *local) hold(id string, r request) string {
	h := l.start(r)
	h.id = id
	select {
	case out := <-h.done:
		if out == Served {
			l.held[id] = h
		} else {
			l.p.State.Back.Leave()
		}
		return h.name(out)
	case <-h.parked:
		l.waiting = append(l.waiting, h)
		return "queue"
	}
}

func (l *local) free(id string) string {
	h := l.held[id]
	delete(l.held, id)
	Release(h.s)
	l.p.State.Back.Leave()
	return l.settled()
}

// settled collects who left the queues. One that had to choose again may have let another one in, so it looks until
// nothing moves any more.
func (l *local) settled() string {
	var names []string
	for moved := true; moved; {
		moved = false
		left := l.waiting[:0]
		for _, h := range l.waiting {
			if h.s.LB.Pending.State() == proxy.PendingWaiting {
				left = append(left, h)
				continue
			}
			moved = true
			select {
			case out := <-h.done:
				names = append(names, h.id+":"+h.name(out))
				if out == Served {
					l.held[h.id] = h
				} else {
					l.p.State.Back.Leave()
				}
			case <-h.parked: // it chose again, and waits again
				left = append(left, h)
			}
		}
		l.waiting = left
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "-"
	}
	return strings.Join(names, " ")
}

func (l *local) queued() string {
	out := strconv.Itoa(l.p.State.Queue.Len())
	for _, srv := range l.p.Servers {
		out += fmt.Sprint(" ", srv.State.Queue.Len())
	}
	return out
}

func (l *local) close() {}

func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/order/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			sc := readScript(t, file)
			d := &local{t: t, p: sc.proxy(t), held: map[string]*holding{}}
			sc.play(t, d, func(i int, answer string) {
				if want := sc.steps[i].answer; answer != want {
					t.Fatalf("step %d, %s:\n got %s\nwant %s", i+1, strings.Join(sc.steps[i].words, " "), answer, want)
				}
			})
		})
	}
}

func (l *local) set(words []string) {
	srv, now := l.p.ByName[words[1]], Moment{Mono: l.now, Wall: l.now / 1e9}
	switch words[0] {
	case "weight":
		n, err := ParseWeight(srv, words[2])
		if err != nil {
			l.t.Fatal(err)
		}
		SetWeight(srv, n, now)
	case "maxconn":
		n, _ := strconv.Atoi(words[2])
		SetMaxConn(srv, n)
	case "state":
		switch words[2] {
		case "maint":
			SetMaint(srv, now)
		case "drain":
			SetDrain(srv, now)
		case "ready":
			SetReady(srv, now)
		}
	default:
		l.t.Fatalf("step %v", words)
	}
}
