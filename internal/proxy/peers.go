package proxy

import "sluice/internal/sticktable"

// Peers is a `peers` section (configuration.txt 11.2): tables of its own, and who would share tables. There is nobody but
// the process itself.
type Peers struct {
	Name     string
	Local    string // the name of this process in it
	Addr     string // where that would listen, as written
	Disabled bool
	Tables   []*sticktable.Table
	Shared   []*sticktable.Table // those of proxies that name the section
	Pos      Pos
}

// Tables returns all stick tables in order of declaration: those of peers sections, then those of the proxies.
func (s *Snapshot) Tables() (list []*sticktable.Table) {
	for _, p := range s.Peers {
		list = append(list, p.Tables...)
	}
	for _, p := range s.Proxies {
		if p.Table != nil {
			list = append(list, p.Table)
		}
	}
	return list
}
