//go:build !linux

package program

import "net"

// Port is a free port, which another program could take before the one that it is for.
func Port() (port string, release func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	l.Close()
	_, port, err = net.SplitHostPort(l.Addr().String())
	return port, func() {}, err
}
