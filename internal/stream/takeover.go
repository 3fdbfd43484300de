package stream

import (
	"math"

	"sluice/internal/loop"
	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// takeOver takes an idle connection to srv out of the pool of another loop (configuration.txt 3.2,
// tune.idle-pool.shared), unless so few are idle that each loop should keep its own (5.2, pool-low-conn); nil when there
// is none. The loop that had it is not waited for: the thief works on a duplicate of the descriptor.
func (h *Home) takeOver(srv *proxy.Server, key uint64, wantSafe bool) *proxy.IdleConn {
	st := srv.State
	if !h.shares || int(st.Idle.Load()) <= srv.PoolLowConn {
		return nil
	}
	n := len(st.Loops)
	for i := 1; i < n; i++ {
		from := (h.id + i) % n
		for {
			c, mine, fd := st.Loops[from].Pool.Steal(key, wantSafe, netx.Dup)
			if c == nil {
				break
			}
			countIdle(mine, -1)
			h.eng.homes[from].loop.PostRunner(c)
			if h.adopt(mine, fd) {
				return mine
			}
		}
	}
	return nil
}

// adopt opens a stolen connection on this loop; false when it is of no use any more.
func (h *Home) adopt(c *proxy.IdleConn, fd int) bool {
	if !netx.Quiet(fd) || c.Addr != c.Server.State.Addr.Load() || h.loop.Open(&c.Conn, fd) != nil {
		loop.Socket{FD: fd}.Close()
		c.Close()
		return false
	}
	c.Gone = h
	proxy.Raise(&c.Server.State.MaxUsed, c.Server.State.Used.Add(1))
	return true
}

// evict closes the connection to srv that has been idle longest, of this loop or another; false when there is none.
func (h *Home) evict(srv *proxy.Server) bool {
	pools := srv.State.Loops
	if c := pools[h.id].Pool.TakeOldest(math.MaxInt64); c != nil {
		h.closeIdle(c)
		return true
	}
	if h.loop.Group().Form() != loop.Epoll {
		return false
	}
	for i := range pools {
		if c := pools[i].Pool.StealOldest(netx.Shut); c != nil {
			countIdle(c, -1)
			h.eng.homes[i].loop.PostRunner(c)
			return true
		}
	}
	return false
}
