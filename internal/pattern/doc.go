// Package pattern is what samples are matched against (configuration.txt 7.1, 7.2): matching methods, lists of patterns,
// named and anonymous ACLs, and the conditions that rules carry.
//
//	methods   Method                    method.go: what may be compared with what
//	indexes   Index, Entry              index.go: patterns in the form they are searched in
//	lists     Lists, List               list.go: named lists shared by several users
//	tests     Scope.Define, ACL         acl.go, predefined.go
//	clauses   Scope.ParseCond, Cond     cond.go
package pattern
