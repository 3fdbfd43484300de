//go:build linux

package examples

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// load is a handful of clients that ask without a pause.
type load struct {
	asked  atomic.Int64
	wrong  atomic.Pointer[string]
	ending chan struct{}
	done   sync.WaitGroup
}

// press begins to ask a port with clients that keep their connections. POST is never repeated, neither by the client
// nor by the proxy once it is sent: an error is seen.
func (k *kitchen) press(port string, clients int) *load {
	l := &load{ending: make(chan struct{})}
	for range clients {
		l.done.Go(func() {
			way := &http.Transport{}
			defer way.CloseIdleConnections()
			for {
				select {
				case <-l.ending:
					return
				default:
				}
				r, err := fetch(way, "POST", "http://127.0.0.1:"+port+"/")
				if err != nil || r.status != 200 {
					text := fmt.Sprintf("%v %d %s", err, r.status, r.body)
					l.wrong.CompareAndSwap(nil, &text)
				}
				l.asked.Add(1)
			}
		})
	}
	k.Cleanup(l.end)
	return l
}

// more waits for n further answers.
func (l *load) more(k *kitchen, n int64) {
	k.Helper()
	want := l.asked.Load() + n
	k.until("answers under load", func() error {
		if now := l.asked.Load(); now < want {
			return fmt.Errorf("%d answers, want %d", now, want)
		}
		return nil
	})
}

func (l *load) end() {
	select {
	case <-l.ending:
	default:
		close(l.ending)
	}
	l.done.Wait()
}

// finish ends the load, which must not have seen an error.
func (l *load) finish(k *kitchen) {
	k.Helper()
	l.end()
	if wrong := l.wrong.Load(); wrong != nil {
		k.Errorf("of %d requests under load at least one failed: %s", l.asked.Load(), *wrong)
	}
}

func blueGreen(k *kitchen) {
	// A request to /slow stays with its server until the test lets go.
	held, release := make(chan struct{}, 1), make(chan struct{})
	colour := func(name string) string {
		return k.serve(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				held <- struct{}{}
				<-release
			}
			tell(w, r, name)
		})
	}
	port, order := k.port(), k.port()
	p := k.start("haproxy.cfg", env{
		"HTTP_PORT": port, "ORDER_PORT": order, "BLUE1_PORT": colour("blue1"), "BLUE2_PORT": colour("blue2"),
		"GREEN1_PORT": colour("green1"), "GREEN2_PORT": colour("green2"),
	})
	is := func(port, colour string, headers ...string) {
		k.Helper()
		for range 4 {
			if r := k.expect(200, "", port, "/", headers...); !strings.HasPrefix(r.from(), colour) {
				k.Errorf("%s answered where %s should", r.from(), colour)
			}
		}
	}

	is(port, "blue")
	is(port, "green", "X-Colour: green")
	is(port, "blue", "X-Colour: red")
	l := k.press(port, 4)
	for range 3 {
		for _, colour := range []string{"green", "blue"} {
			l.more(k, 50)
			p.order("set map colours.map live " + colour)
			is(port, colour)
		}
	}
	slow := make(chan reply)
	go func() {
		r, err := fetch(http.DefaultTransport, "GET", "http://127.0.0.1:"+port+"/slow")
		if err != nil {
			r.body = err.Error()
		}
		slow <- r
	}()
	<-held
	p.order("set map colours.map live green")
	is(port, "green")
	close(release)
	if r := <-slow; r.status != 200 || !strings.HasPrefix(r.from(), "blue") {
		k.Errorf("a request under way while the colour changed: %d from %q: %s", r.status, r.from(), r.body)
	}
	l.finish(k)

	is(order, "blue")
	l = k.press(order, 4)
	l.more(k, 50)
	for _, line := range []string{"green1 state ready", "green2 state ready", "blue1 state drain", "blue2 state drain"} {
		p.order("set server both/" + line)
		l.more(k, 20)
	}
	is(order, "green")
	k.expect(200, "blue1", order, "/", "Cookie: SERVER=blue1")
	p.order("set server both/blue1 state maint")
	p.order("set server both/blue2 state maint")
	is(order, "green", "Cookie: SERVER=blue1")
	l.more(k, 50)
	l.finish(k)
	k.wants(p.ask("show stat both 4 -1"), "both,blue1,", "MAINT")
	k.wants(p.ask("set server both/blue1 state off"), "maint")
}
