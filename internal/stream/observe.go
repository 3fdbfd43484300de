package stream

import (
	"sluice/internal/check"
	"sluice/internal/proxy"
)

// observe tells the checks of srv what a stream saw of it, good or bad (configuration.txt 5.2, observe). A connection
// that could not be made counts for layer 7 as well.
func observe(srv *proxy.Server, layer proxy.Observe, good bool, what string) {
	if srv.Check.Observe == layer || !good && srv.Check.Observe > layer {
		check.Seen(srv, good, what)
	}
}

// observeStatus is observe for the status of a response. Of the 5xx, those that refuse one request say nothing bad of
// the server.
func observeStatus(srv *proxy.Server, status int) {
	observe(srv, proxy.ObserveLayer7, status < 500 || status == 501 || status == 505, "Wrong http response")
}
