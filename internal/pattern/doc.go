// Package pattern is what samples are matched against (configuration.txt 7.1, 7.2): matching methods, lists of patterns,
// named and anonymous ACLs, and the conditions that rules carry.
//
//	methods   Method, pat               method.go, pat.go, number.go, ip.go: what may be compared with what
//	lists     Lists, List               lists.go, list.go: shared by name, with versions; change.go: their changes
//	entries   store                     store.go: the texts, without a pointer for each
//	indexes   index                     index.go, find.go: how many patterns are searched at once, with
//	                                    table.go (hashes), automaton.go (parts of texts), segments.go (ranges)
//	maps      user                      mapping.go, probe.go
//	tests     Scope.Define, ACL         acl.go, predefined.go
//	clauses   Scope.ParseCond, Cond     cond.go
package pattern
