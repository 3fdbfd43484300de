package realchecks

import (
	"testing"

	"sluice/test/cellar"
)

// open makes a place for servers.
func open(t *testing.T) *place { return &place{cellar.Open(t)} }

func TestPostgreSQL(t *testing.T) {
	initdb := cellar.Tool(t, "initdb", "/usr/lib/postgresql/*/bin/initdb")
	postgres := cellar.Tool(t, "postgres", "/usr/lib/postgresql/*/bin/postgres")
	c := open(t)
	port := c.Port()
	c.Run(initdb, "-D", c.Path("data"), "-U", "watch", "-A", "trust", "-N", "--no-instructions")
	c.Write("data/pg_hba.conf", "host all watch 127.0.0.1/32 scram-sha-256\n") // asked for a password, but known
	d := c.Start(postgres, "-D", c.Path("data"), "-p", port, "-h", "127.0.0.1", "-k", c.Folder, "-F")
	c.tried(d, port, "pgsql-check user watch", finding{status: "L7OK", last: "PostgreSQL server is ok"},
		"pgsql-check user stranger", port, finding{status: "L7RSP", last: "FATAL"})
}

func TestMariaDB(t *testing.T) {
	server := cellar.Tool(t, "mariadbd", "/usr/sbin/mariadbd")
	install := cellar.Tool(t, "mariadb-install-db", "/usr/bin/mariadb-install-db")
	c := open(t)
	port := c.Port()
	c.Run(install, "--no-defaults", "--datadir="+c.Path("data"), "--auth-root-authentication-method=normal", "--skip-test-db")
	init := c.Write("init.sql", "CREATE USER watch@'%';\n")
	d := c.Start(server, "--no-defaults", "--datadir="+c.Path("data"), "--port="+port, "--bind-address=127.0.0.1",
		"--socket="+c.Path("sock"), "--pid-file="+c.Path("pid"), "--init-file="+init, "--skip-name-resolve",
		"--innodb-buffer-pool-size=8M", "--innodb-flush-log-at-trx-commit=0")
	c.tried(d, port, "mysql-check user watch", finding{status: "L7OK", last: "MariaDB"},
		"mysql-check user stranger", port, finding{status: "L7STS", code: "1045", last: "Access denied"})
}

// TestMariaDBOfOld logs in as clients before 4.1 did, and does not log in at all.
func TestMariaDBOfOld(t *testing.T) {
	server := cellar.Tool(t, "mariadbd", "/usr/sbin/mariadbd")
	install := cellar.Tool(t, "mariadb-install-db", "/usr/bin/mariadb-install-db")
	c := open(t)
	port := c.Port()
	c.Run(install, "--no-defaults", "--datadir="+c.Path("data"), "--auth-root-authentication-method=normal", "--skip-test-db")
	init := c.Write("init.sql", "CREATE USER watch@'%';\n")
	d := c.Start(server, "--no-defaults", "--datadir="+c.Path("data"), "--port="+port, "--bind-address=127.0.0.1",
		"--socket="+c.Path("sock"), "--pid-file="+c.Path("pid"), "--init-file="+init, "--skip-name-resolve",
		"--innodb-buffer-pool-size=8M", "--max-connect-errors=1000000")
	c.tried(d, port, "mysql-check user watch post-80", finding{status: "L7OK", last: "MariaDB"},
		"mysql-check", port, finding{status: "L7OK", last: "MariaDB"})
}

func TestRedis(t *testing.T) {
	server := cellar.Tool(t, "redis-server", "/usr/bin/redis-server")
	c := open(t)
	port, locked := c.Port(), c.Port()
	run := func(port string, more ...string) *cellar.Daemon {
		return c.Start(server, append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", c.Folder}, more...)...)
	}
	run(locked, "--requirepass", "secret")
	c.tried(run(port), port, "redis-check", finding{status: "L7OK", last: "Redis server is ok"},
		"redis-check", locked, finding{status: "L7STS", last: "-NOAUTH"})
}

func TestLDAP(t *testing.T) {
	server := cellar.Tool(t, "slapd", "/usr/sbin/slapd")
	c := open(t)
	port, locked := c.Port(), c.Port()
	run := func(name, port, more string) *cellar.Daemon {
		file := c.Write(name, "pidfile "+c.Path(name+".pid")+"\nargsfile "+c.Path(name+".args")+"\n"+more)
		return c.Start(server, "-f", file, "-h", "ldap://127.0.0.1:"+port, "-d", "0")
	}
	run("locked", locked, "disallow bind_anon\n")
	c.tried(run("open", port, ""), port, "ldap-check", finding{status: "L7OK", last: "Success"},
		"ldap-check", locked, finding{status: "L7STS", code: "48", last: "See RFC"})
}
