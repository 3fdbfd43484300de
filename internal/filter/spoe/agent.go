package spoe

import (
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sync/atomic"
)

// Agent is a `spoe-agent` section (SPOE.txt 2.2).
type Agent struct {
	proxy.Agent
	Pos        proxy.Pos
	Backend    *proxy.Proxy // resolved when everything is read
	Processing int64        // timeout processing, in nanoseconds
	Prefix     string       // of variables

	ContinueOnError bool
	ForceSetVar     bool
	DontLogNormal   bool
	// OnError, ProcessTime and TotalTime are the variables of the options of these names; nil: none.
	OnError, ProcessTime, TotalTime *proxy.VarRef

	Loggers []*proxy.Logger
	// Names are the variables that the agent may set, without prefix, and their numbers.
	Names map[string]uint32
	All   *proxy.Names

	processed, failed atomic.Uint64
	forced            atomic.Int32 // names that the agent made
}

// maxForced bounds the names that an agent may make up with `option force-set-var`: they stay for the process's life.
const maxForced = 1 << 16

// Message is a `spoe-message` section (SPOE.txt 2.3).
type Message struct {
	Name string
	Args []Arg
	Cond proxy.Cond // nil: always
}

// Arg is an argument of a message.
type Arg struct {
	Name string // "": none
	Expr *sample.Expr
}

// Group is a `spoe-group` section (SPOE.txt 2.4).
type Group struct {
	Name     string
	Messages []*Message
}
