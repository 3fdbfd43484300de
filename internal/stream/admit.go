package stream

import "sluice/internal/proxy"

// admit counts a connection to srv that is about to be made. Where it would be one too many, for strict-maxconn
// (configuration.txt 5.2) or for the share of descriptors that may be in use (3.2, tune.pool-high-fd-ratio), an idle one
// goes first; false when strict-maxconn leaves no room.
func (w *worker) admit(srv *proxy.Server) bool {
	st := srv.State
	used := st.Used.Add(1)
	if limit := st.MaxConn.Load(); srv.StrictMaxConn && limit > 0 {
		for used+st.Idle.Load() > limit {
			if !w.home.evict(srv) {
				st.Used.Add(-1)
				return false
			}
		}
	}
	proxy.Raise(&st.MaxUsed, used)
	if w.home.crowded(w.home.snap.Global.Tune.PoolHighFDRatio) {
		w.home.evict(srv)
	}
	return true
}

// crowded reports whether connections take more than a share of the descriptors, in percent, taking this loop for an
// average one.
func (h *Home) crowded(percent int) bool {
	proc := h.eng.Proc
	return percent > 0 && proc.MaxFD > 0 && int64(h.loop.Conns()*proc.Loops)*100 > int64(percent)*proc.MaxFD
}
