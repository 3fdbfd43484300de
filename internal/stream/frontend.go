package stream

import "sluice/internal/proxy"

// Frontend returns where the session came in, for those who look at its connection from outside.
func (x *session) Frontend() *proxy.Proxy { return x.Front }
