// Package demo is what `sluice demo` starts beside the proxy: three small servers that tell what reached them and can
// be asked to misbehave, and the configuration that balances them. The configuration is complete in itself: without
// these servers it answers from three frontends of its own, so it also runs with -f, and with HAProxy.
//
// The servers are no part of the data path and use net/http.
package demo

import (
	_ "embed"
	"errors"
	"fmt"
	"net"
	"strings"
)

//go:embed demo.cfg
var config string

//go:embed welcome.txt
var welcome string

// names are the servers of the configuration, in its order.
var names = [...]string{"red", "green", "blue"}

// Config returns the text of the demonstration configuration.
func Config() string { return config }

// Welcome returns what a person who started the demonstration wants to read: what to open and what to try.
func Welcome() string { return welcome }

// Servers are the running demonstration servers.
type Servers struct {
	list []*server
}

// Start starts the three servers, each on the address given for it ("127.0.0.1:8081") or, without addresses, on a port
// of the loopback interface that the kernel chooses. They run until Close.
func Start(addresses ...string) (*Servers, error) {
	if len(addresses) == 0 {
		for range names {
			addresses = append(addresses, "127.0.0.1:0")
		}
	}
	if len(addresses) != len(names) {
		return nil, fmt.Errorf("the demonstration has %d servers: %d addresses given", len(names), len(addresses))
	}
	all := &Servers{}
	for i, address := range addresses {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("demonstration server %s: %w", names[i], err), all.Close())
		}
		all.list = append(all.list, serve(names[i], l))
	}
	return all, nil
}

// Addresses returns where the servers listen, in the order of the configuration.
func (s *Servers) Addresses() []string {
	var out []string
	for _, one := range s.list {
		out = append(out, one.listener.Addr().String())
	}
	return out
}

// Environ returns the variables ("DEMO_RED=127.0.0.1:41234") by which the configuration finds the servers. Defined,
// they also keep the configuration from answering by itself.
func (s *Servers) Environ() []string {
	var out []string
	for i, address := range s.Addresses() {
		out = append(out, "DEMO_"+strings.ToUpper(names[i])+"="+address)
	}
	return out
}

// Close ends the servers and every connection to them, also those that stall on purpose.
func (s *Servers) Close() error {
	var errs []error
	for _, one := range s.list {
		errs = append(errs, one.close())
	}
	return errors.Join(errs...)
}
