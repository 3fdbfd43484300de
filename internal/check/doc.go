// Package check holds what health checks are made of (configuration.txt 5.2, check): the steps of a check, the words of
// agents, and what a result means for a server. It makes no connections and keeps no time: internal/checker does.
//
//	steps    connect.go external.go read.go write.go
//	results  conclude.go interval.go observe.go agent.go
package check
