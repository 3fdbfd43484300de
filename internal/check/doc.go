// Package check holds what health checks are made of (configuration.txt 5.2, check): the steps of a check, the words of
// agents, and what a result means for a server. It makes no connections and keeps no time: internal/checker does.
//
//	steps    step.go connect.go external.go send.go httpsend.go expect.go httpexpect.go response.go vars.go read.go write.go
//	rules    ruleset.go parse.go parseconnect.go parsesend.go parseexpect.go parsehttp.go
//	protocols protocol.go ldap.go mysql.go pgsql.go redis.go smtp.go spop.go sslhello.go
//	results  conclude.go interval.go observe.go agent.go
package check
