package logs

import (
	"os"

	"sluice/internal/proxy"
)

// firstRing is the ring that exists without a section: what the debug converter writes where nothing else is said.
const firstRing = "buf0"

// Emit writes one line to the ring of that name, to stdout or to stderr. It is for debugging: it does not hide from the
// caller how long that takes.
func (s *Set) Emit(name string, wallNs int64, line []byte) {
	switch name {
	case "stdout":
		os.Stdout.Write(line)
		return
	case "stderr":
		os.Stderr.Write(line)
		return
	}
	r := s.Ring(name)
	if r == nil {
		return
	}
	var h headers
	h.at(wallNs)
	switch r.Conf.Format {
	case proxy.LogTimed:
		line = append(append(h.stamp([]byte("<0>"), wallNs), ' '), line...)
	case proxy.LogISO:
		line = append(append(h.stamp(nil, wallNs), ' '), line...)
	case proxy.LogShort:
		line = append([]byte("<0>"), line...)
	}
	r.send([][]byte{line})
}
