// Package check holds what health checks are made of (configuration.txt 4.2, option httpchk, option tcp-check and their
// kin; 5.2, check): the steps of a check, the bytes that protocols want to see, the words of agents, and what a result
// means for a server. It makes no connections and keeps no time: internal/checker does.
//
//	steps      connect.go send.go expect.go http.go http_expect.go vars.go
//	protocols  pgsql.go mysql.go redis.go smtp.go ldap.go hello.go spop.go
//	results    conclude.go interval.go observe.go agent.go
//	reading    parse.go parse_tcp.go parse_http.go
package check
