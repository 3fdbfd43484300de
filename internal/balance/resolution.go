package balance

import "sluice/internal/proxy"

// SetResolution tells whether the name of a server has an address: why says why it has none, "" that it has one.
func SetResolution(srv *proxy.Server, why string, now Moment) {
	lost := why != ""
	if (proxy.Admin(srv.State.Admin.Load())&proxy.AdminRMaint != 0) == lost {
		return
	}
	change(srv, Why{Resolution: why}, now, func(st *proxy.ServerState) { setAdmin(st, proxy.AdminRMaint, lost) })
	if !lost {
		Tell(srv.Proxy, proxy.LogNotice, now, []byte("Server "+srv.Proxy.Name+"/"+srv.NameNow()+" administratively READY thanks to valid DNS answer."))
	}
}
