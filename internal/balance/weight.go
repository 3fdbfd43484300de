package balance

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"sluice/internal/proxy"
)

// MaxWeight is the highest weight of a server.
const MaxWeight = 256

// second is the step of a slow start.
const second = int64(1e9)

// Dynamic reports whether the weights of p's servers may change while they run (configuration.txt 4.2, balance).
func Dynamic(p *proxy.Proxy) bool {
	switch p.Balance.Algo {
	case proxy.AlgoNone, proxy.AlgoRandom, proxy.AlgoRoundRobin, proxy.AlgoLeastConn:
		return true
	case proxy.AlgoStaticRR, proxy.AlgoFirst, proxy.AlgoSticky, proxy.AlgoLogHash:
		return false
	}
	return p.Balance.Type == proxy.HashConsistent
}

// ParseWeight reads a weight as `set weight` takes it: a number from 0 to 256, or a percentage of the configured weight.
func ParseWeight(srv *proxy.Server, text string) (int, error) {
	digits := strings.TrimLeft(text, "+-")
	end := 0
	for end < len(digits) && digits[end] >= '0' && digits[end] <= '9' {
		end++
	}
	if end == 0 || len(text)-len(digits) > 1 {
		return 0, errors.New("Empty weight string empty or preceded by garbage")
	}
	n, err := strconv.Atoi(digits[:end])
	if err != nil || strings.HasPrefix(text, "-") {
		n = -1
	}
	switch digits[end:] {
	case "":
		if n < 0 || n > MaxWeight {
			return 0, errors.New("Absolute weight can only be between 0 and 256 inclusive.")
		}
	case "%":
		if n < 0 {
			return 0, errors.New("Relative weight must be positive.")
		}
		n = min(min(n, 100*MaxWeight)*srv.Weight/100, MaxWeight)
	default:
		return 0, errors.New("Trailing garbage in weight string")
	}
	if n != 0 && n != srv.Weight && !Dynamic(srv.Proxy) {
		return 0, errors.New("Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.")
	}
	return n, nil
}

// SetWeight gives the server another weight than the configured one, until it is set again.
func SetWeight(srv *proxy.Server, weight int, now Moment) {
	p := srv.Proxy
	p.State.Changes.Lock()
	defer p.State.Changes.Unlock()
	srv.State.UserWeight.Store(int32(weight))
	weigh(srv, now.Mono)
	settle(srv, now, nil)
}

// startSlowly begins the slow start of srv (configuration.txt 5.2, slowstart): its weight and limit rise every second
// until they are whole or the server goes down.
func startSlowly(srv *proxy.Server, now Moment) {
	st := srv.State
	setOper(st, proxy.OperStarting)
	st.SlowSince.Store(now.Mono)
	began := time.Now()
	var step func()
	step = func() {
		passed := time.Since(began)
		at := Moment{Mono: now.Mono + int64(passed), Wall: now.Wall + int64(passed.Seconds())}
		if climb(srv, now.Mono, at) {
			time.AfterFunc(time.Second-passed%time.Second, step)
		}
	}
	time.AfterFunc(time.Second, step)
}

// climb works out the weight of a server whose slow start began at since, and reports whether it goes on.
func climb(srv *proxy.Server, since int64, now Moment) bool {
	p, st := srv.Proxy, srv.State
	p.State.Changes.Lock()
	defer p.State.Changes.Unlock()
	if st.SlowSince.Load() != since {
		return false // it went down, or began anew
	}
	weigh(srv, now.Mono)
	settle(srv, now, nil)
	return st.SlowSince.Load() != 0
}

// weigh works out the weight the balancer uses and the part of the limit that a slow start allows.
func weigh(srv *proxy.Server, now int64) {
	st := srv.State
	share, ramp := int32(proxy.WeightScale), int32(0)
	if since := st.SlowSince.Load(); since != 0 {
		total, passed := srv.SlowStart/second, (now-since)/second
		if now-since < srv.SlowStart && total > 0 {
			if Dynamic(srv.Proxy) {
				share = int32((proxy.WeightScale*passed + total) / total)
			}
			ramp = int32(max(1, 100*(now-since)/srv.SlowStart))
		} else {
			st.SlowSince.Store(0)
			st.Oper.CompareAndSwap(uint32(proxy.OperStarting), uint32(proxy.OperRunning))
		}
	}
	st.Ramp.Store(ramp)
	weight := st.UserWeight.Load() * share
	if proxy.Admin(st.Admin.Load())&proxy.AdminDrain != 0 {
		weight = 0
	}
	st.Effective.Store(weight)
}

// ShownWeight returns the weight that statistics print: the effective one in the units of the configuration.
func ShownWeight(srv *proxy.Server) int {
	st := srv.State
	if proxy.Admin(st.Admin.Load())&proxy.AdminDrain != 0 {
		return int(st.UserWeight.Load())
	}
	return int((st.Effective.Load() + proxy.WeightScale - 1) / proxy.WeightScale)
}
