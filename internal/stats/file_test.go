package stats

import (
	"testing"

	"sluice/internal/proxy"
)

// guided is a listen section whose objects have guids.
func guided(t *testing.T) *proxy.Snapshot {
	p := sample(t)["F"].Proxy
	p.GUID, p.Servers[0].GUID = "g-px", "g-srv"
	p.Options |= proxy.OptSocketStats
	p.Binds = []*proxy.Bind{{GUID: "g-bind", ID: 1, Proxy: p, State: proxy.NewState(1)}}
	return &proxy.Snapshot{Proxies: []*proxy.Proxy{p}}
}

func TestPreload(t *testing.T) {
	snap := guided(t)
	Preload(snap, []byte("#fe guid,stot,\n\n// a comment\ng-px,10,\ng-px,abc,\ng-bind,20\nunknown,1,\ng-srv,99\n"+
		"#inval guid,stot,\ng-px,77\n#be guid,unknown,stot,econ\ng-px,5,30,4,6,7\ng-srv,5,40\n"))
	p := snap.Proxies[0]
	for name, x := range map[string][2]uint64{
		"frontend": {p.State.Front.On(0).SessTotal, 10},
		"listener": {p.Binds[0].State.Front.On(0).SessTotal, 20},
		"backend":  {p.State.Back.On(0).SessTotal, 30},
		"errors":   {p.State.Back.On(0).ErrConn, 4},
		"server":   {p.Servers[0].State.On(0).SessTotal, 40},
	} {
		if x[0] != x[1] {
			t.Errorf("%s: %d, want %d", name, x[0], x[1])
		}
	}
}

func FuzzPreload(f *testing.F) {
	f.Add([]byte("#fe guid,stot,\ng-px,10,\n"))
	f.Add([]byte("#be guid,,\n,,,\ng-srv"))
	f.Add([]byte("g-px,1\n#\n#fe guid"))
	f.Fuzz(func(t *testing.T, file []byte) { Preload(guided(t), file) })
}
