package process

import (
	"fmt"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// balancers gives every backend its balancer and works out the automatic fullconn.
func balancers(snap *proxy.Snapshot) (problems []error) {
	for _, p := range snap.Proxies {
		if !p.IsBack() {
			continue
		}
		if p.FullConn == 0 {
			p.FullConn = fullConn(snap, p)
		}
		b, err := balance.New(p)
		if err != nil {
			problems = append(problems, fmt.Errorf("config : %s '%s' : %v", p.TypeWord(), p.Name, err))
			continue
		}
		p.Balancer = b
	}
	return problems
}

// fullConn is a tenth of the connections of all frontends that may use the backend (configuration.txt 4.2, fullconn).
func fullConn(snap *proxy.Snapshot, back *proxy.Proxy) int {
	total := 0
	for _, f := range snap.Proxies {
		if f.IsFront() && reaches(f, back) {
			total += int(f.State.MaxConn.Load())
		}
	}
	return max(1, (total+9)/10)
}

// reaches reports whether a frontend may switch to a backend by a name that is known before it runs.
func reaches(f, back *proxy.Proxy) bool {
	if f.DefaultBackendPtr == back || f == back && f.DefaultBackendPtr == nil {
		return true
	}
	for _, rule := range f.Rules.Switching {
		if rule.Backend == back {
			return true
		}
	}
	return false
}
