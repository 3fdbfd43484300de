package cli

import (
	"strconv"
	"strings"

	"sluice/internal/proxy"
)

func cutServer(word string) (backend, server string) {
	backend, server, _ = strings.Cut(word, "/")
	return backend, server
}

// server returns the server that the first argument names as <backend>/<server>; nil after it has said why not.
func (s *Session) server(args []string) *proxy.Server {
	if len(args) == 0 || !strings.Contains(args[0], "/") {
		s.Fail("Require 'backend/server'.")
		return nil
	}
	backend, name := cutServer(args[0])
	p := s.srv.snapshot().Back(backend)
	if p == nil {
		s.Fail("No such backend.")
		return nil
	}
	srv := p.Named(name)
	if srv == nil {
		s.Fail("No such server.")
	}
	return srv
}

// frontend returns the frontend that the first argument names; nil after it has said why not.
func (s *Session) frontend(args []string) *proxy.Proxy {
	if len(args) == 0 {
		s.Fail("A frontend name is expected.")
		return nil
	}
	p := s.srv.snapshot().Front(args[0])
	if p == nil {
		s.Fail("No such frontend.")
	}
	return p
}

// backends returns the backend that the first argument names or numbers, all without one; nil after it has said why
// not.
func (s *Session) backends(args []string) (list []*proxy.Proxy, ok bool) {
	id := -1
	if len(args) > 0 {
		id, _ = strconv.Atoi(args[0])
	}
	for _, p := range s.srv.snapshot().All() {
		if !p.IsBack() || p.Caps&proxy.CapInternal != 0 {
			continue
		}
		if len(args) == 0 || p.Name == args[0] || p.ID == id {
			list = append(list, p)
		}
	}
	if len(args) > 0 && len(list) == 0 {
		s.Fail("Can't find backend.")
		return nil, false
	}
	return list, true
}
