package process

import (
	"sluice/internal/check"
	"sluice/internal/netx"
)

// programs prepares for the programs that check servers (configuration.txt 4.2, external-check command). They are looked
// for where they will be run: as the user that the process has become, below its root.
func (r *run) programs() bool {
	some := false
	for _, p := range r.Snapshot.Proxies {
		if p.Disabled || !p.IsBack() || p.Check != check.External() {
			continue
		}
		some = true
		if _, err := netx.FindProgram(p.External.Command, p.External.Path); err != nil {
			r.Console.Warnf("Proxy '%s' : 'external-check command' : cannot run '%s': %s.", p.Name, p.External.Command, Reason(err))
		}
	}
	if some {
		if err := netx.KeepFromPrograms(); err != nil {
			r.Console.Warnf("programs that check servers inherit descriptors of the process: %s.", Reason(err))
		}
	}
	return true
}
