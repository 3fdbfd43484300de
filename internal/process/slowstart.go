package process

import (
	"time"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// slowStarts raises the weights of servers that start slowly (configuration.txt 5.2, slowstart), once a second, for as
// long as the process runs. Without any such server it does nothing.
func (r *run) slowStarts() {
	var slow []*proxy.Proxy
	for _, p := range r.Snapshot.Proxies {
		for _, srv := range p.Servers {
			if srv.SlowStart > 0 {
				slow = append(slow, p)
				break
			}
		}
	}
	if len(slow) == 0 {
		return
	}
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for now := range tick.C {
			for _, p := range slow {
				balance.Ramp(p, balance.Moment{Mono: r.group.Now(), Wall: now.Unix()})
			}
		}
	}()
}
