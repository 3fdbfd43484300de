package proxy

import "slices"

// What the runtime API changes of a server that runs, besides its state: its name, who follows it, whether it has TLS.
// Loops read it at any time, so each is one word that is replaced as a whole.

// NameNow returns the name that the server has now: the one of the configuration, unless the runtime API gave it another
// (management.txt 9.3, set server name).
func (srv *Server) NameNow() string {
	if st := srv.State; st != nil {
		if name := st.name.Load(); name != nil {
			return *name
		}
	}
	return srv.Name
}

// Secured reports whether connections to the server have TLS now.
func (srv *Server) Secured() bool { return srv.TLS != nil && srv.State.UseTLS.Load() > 0 }

// Followers returns the servers whose state is that of srv (configuration.txt 5.2, track): those of the configuration,
// with what the runtime API added and deleted. The list is not to be changed.
func (srv *Server) Followers() []*Server {
	if list := srv.State.followers.Load(); list != nil {
		return *list
	}
	return srv.Trackers
}

// Follow makes srv follow the server that it tracks. One goroutine at a time may call it or
// Unfollow.
func (srv *Server) Follow() {
	list := append(slices.Clip(srv.Tracked.Followers()), srv)
	srv.Tracked.State.followers.Store(&list)
}

// Unfollow ends that.
func (srv *Server) Unfollow() {
	list := slices.DeleteFunc(slices.Clone(srv.Tracked.Followers()), func(s *Server) bool { return s == srv })
	srv.Tracked.State.followers.Store(&list)
}
