//go:build linux

package examples

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
)

// patient is a server of circuit-breaker that falls ill on demand.
type patient struct {
	name   string
	port   string
	ill    atomic.Bool // requests get 500
	dead   atomic.Bool // so does /health
	served atomic.Int64
}

func (k *kitchen) patient(name string) *patient {
	p := &patient{name: name}
	p.port = k.serve(func(w http.ResponseWriter, r *http.Request) {
		health := r.URL.Path == "/health"
		if !health {
			p.served.Add(1)
		}
		if health && p.dead.Load() || !health && p.ill.Load() {
			w.Header().Set("X-Server", name)
			w.WriteHeader(500)
			return
		}
		tell(w, r, name)
	})
	return p
}

// circuitBreaker has one server fall ill, then both, and then get well.
func circuitBreaker(k *kitchen) {
	one, two := k.patient("one"), k.patient("two")
	port := k.port()
	p := k.start("haproxy.cfg", env{"HTTP_PORT": port, "ONE_PORT": one.port, "TWO_PORT": two.port, "OPEN": "100ms", "RETURN": "1s"})
	// has waits until a column of a server begins with a word.
	has := func(server string, column int, word string) {
		k.Helper()
		k.until(server+" "+word, func() error {
			for line := range strings.Lines(p.ask("show stat orders 4 -1")) {
				if f := strings.Split(line, ","); len(f) > column && f[1] == server {
					if strings.HasPrefix(f[column], word) {
						return nil
					}
					return fmt.Errorf("it is %s", f[column])
				}
			}
			return fmt.Errorf("it is not there")
		})
	}
	const status, checkStatus = 17, 36
	is := func(server, state string) { has(server, status, state) }
	// The first checks come some time after the start. Later ones are far apart, and do not meet the requests below.
	has("one", checkStatus, "L7OK")
	has("two", checkStatus, "L7OK")
	turn := map[string]int{}
	for range 8 {
		turn[k.expect(200, "", port, "/").from()]++
	}
	if turn["one"] != 4 || turn["two"] != 4 {
		k.Errorf("the turn was %v", turn)
	}

	// Five errors of the first server, good answers of the other one between them, and it has no requests any more.
	one.ill.Store(true)
	one.dead.Store(true)
	wrong := 0
	for range 10 {
		if k.get(port, "/").status == 500 {
			wrong++
		}
	}
	is("one", "DOWN")
	for range 10 {
		k.expect(200, "two", port, "/")
	}
	if n := one.served.Load(); n != 4+5 || wrong != 5 {
		k.Errorf("the server that fails got %d requests, want 5 after the first 4; %d were seen", n, wrong)
	}
	// With the other one the circuit is open everywhere.
	two.ill.Store(true)
	two.dead.Store(true)
	for range 5 {
		k.expect(500, "two", port, "/")
	}
	is("two", "DOWN")
	before := one.served.Load() + two.served.Load()
	if r := k.expect(503, "", port, "/"); r.head.Get("Retry-After") != "5" || !strings.Contains(r.body, "try again") {
		k.Errorf("the apology: %v %q", r.head, r.body)
	}
	if n := one.served.Load() + two.served.Load() - before; n != 0 {
		k.Errorf("an open circuit let %d requests through", n)
	}

	// Good health closes the circuit; that requests still fail opens it again.
	one.dead.Store(false)
	is("one", "UP")
	for range 5 {
		k.expect(500, "one", port, "/")
	}
	is("one", "DOWN")
	one.ill.Store(false)
	two.ill.Store(false)
	two.dead.Store(false)
	is("one", "UP")
	is("two", "UP")
	k.until("both serve again", func() error {
		turn := map[string]bool{}
		for range 20 {
			turn[k.expect(200, "", port, "/").from()] = true
		}
		if len(turn) < 2 {
			return fmt.Errorf("%v", turn)
		}
		return nil
	})
	k.wants(p.Said(), `Health check for server orders/one failed, reason: Health analyze, info: "Detected 5 consecutive errors, last one was: Wrong http response"`, "Server orders/one is DOWN.", "Server orders/one is UP.")

	// By hand.
	p.order("set server orders/two health down")
	is("two", "DOWN")
}
