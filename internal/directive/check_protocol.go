package directive

import (
	"sluice/internal/check"
	"sluice/internal/config"
)

// protocolOptions are the options that check servers by the words of their protocol (configuration.txt 4.2).
var protocolOptions = []Keyword{
	{Name: "ldap-check", Doc: "Servers are checked by an anonymous bind of LDAP.", In: inBack, Max: -1, Leaf: true, Parse: parseProtocol("ldap-check")},
	{Name: "mysql-check", Doc: "Servers are checked by the greeting of MySQL, and by the login of a user.", In: inBack, Max: -1, Leaf: true, Parse: parseProtocol("mysql-check")},
	{Name: "pgsql-check", Doc: "Servers are checked by the beginning of a session of PostgreSQL.", In: inBack, Max: -1, Leaf: true, Parse: parseProtocol("pgsql-check")},
	{Name: "redis-check", Doc: "Servers are checked by a PING of Redis.", In: inBack, Max: -1, Leaf: true, Parse: parseProtocol("redis-check")},
	{Name: "smtpchk", Doc: "Servers are checked by a greeting of SMTP.", In: inBack, Max: -1, Leaf: true, Parse: parseProtocol("smtpchk")},
	{Name: "spop-check", Doc: "Servers are checked by the HELLO of SPOP.", In: inBack, Max: -1, Leaf: true, Parse: parseProtocol("spop-check")},
	{Name: "ssl-hello-chk", Doc: "Servers are checked by the beginning of a handshake.", In: inBack, Max: -1, Leaf: true, Parse: parseProtocol("ssl-hello-chk")},
}

func parseProtocol(name string) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		health, err := check.ByProtocol(name, config.Values(l.Args))
		if err != nil {
			b.checkError(l, err)
			return
		}
		b.setCheck(l, health)
	}
}
