package process

import (
	"fmt"

	"sluice/internal/cpu"
	"sluice/internal/loop"
)

// place ties the thread of a loop to its processors (configuration.txt 3.1, cpu-map). A processor that the machine does not
// have is no reason not to serve.
func (r *run) place(l *loop.Loop) {
	loops := r.Snapshot.Global.Layout.Loops
	if len(loops) == 0 || loops[l.ID()] == (cpu.Set{}) {
		return
	}
	if err := cpu.Bind(loops[l.ID()]); err != nil {
		r.Console.Warnf("Cannot bind thread %d to CPUs %v: %v.", l.ID()+1, loops[l.ID()].List(), err)
	}
}

// showCPUs prints where the loops run (-dc).
func (r *run) showCPUs() {
	for i, s := range r.Snapshot.Global.Layout.Loops {
		fmt.Fprintf(r.Out, "Thread %d: CPUs %v\n", i+1, s.List())
	}
}
