package realchecks

import (
	"os/exec"
	"path/filepath"
	"testing"

	"sluice/test/program"
)

// tool finds a program on the PATH or where its package hides it.
func tool(t *testing.T, name, hidden string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if found, _ := filepath.Glob(hidden); len(found) > 0 {
		return found[len(found)-1]
	}
	return program.Tool(t, name) // which skips
}

func TestPostgreSQL(t *testing.T) {
	initdb := tool(t, "initdb", "/usr/lib/postgresql/*/bin/initdb")
	postgres := tool(t, "postgres", "/usr/lib/postgresql/*/bin/postgres")
	c := open(t)
	port := c.port()
	c.run(initdb, "-D", c.path("data"), "-U", "watch", "-A", "trust", "-N", "--no-instructions")
	c.write("data/pg_hba.conf", "host all watch 127.0.0.1/32 scram-sha-256\n") // asked for a password, but known
	d := c.start(postgres, "-D", c.path("data"), "-p", port, "-h", "127.0.0.1", "-k", c.folder, "-F")
	c.tried(d, port, "pgsql-check user watch", finding{status: "L7OK", last: "PostgreSQL server is ok"},
		"pgsql-check user stranger", port, finding{status: "L7RSP", last: "FATAL"})
}

func TestMariaDB(t *testing.T) {
	server := tool(t, "mariadbd", "/usr/sbin/mariadbd")
	install := tool(t, "mariadb-install-db", "/usr/bin/mariadb-install-db")
	c := open(t)
	port := c.port()
	c.run(install, "--no-defaults", "--datadir="+c.path("data"), "--auth-root-authentication-method=normal", "--skip-test-db")
	init := c.write("init.sql", "CREATE USER watch@'%';\n")
	d := c.start(server, "--no-defaults", "--datadir="+c.path("data"), "--port="+port, "--bind-address=127.0.0.1",
		"--socket="+c.path("sock"), "--pid-file="+c.path("pid"), "--init-file="+init, "--skip-name-resolve",
		"--innodb-buffer-pool-size=8M", "--innodb-flush-log-at-trx-commit=0")
	c.tried(d, port, "mysql-check user watch", finding{status: "L7OK", last: "MariaDB"},
		"mysql-check user stranger", port, finding{status: "L7STS", code: "1045", last: "Access denied"})
}

// TestMariaDBOfOld logs in as clients before 4.1 did, and does not log in at all.
func TestMariaDBOfOld(t *testing.T) {
	server := tool(t, "mariadbd", "/usr/sbin/mariadbd")
	install := tool(t, "mariadb-install-db", "/usr/bin/mariadb-install-db")
	c := open(t)
	port := c.port()
	c.run(install, "--no-defaults", "--datadir="+c.path("data"), "--auth-root-authentication-method=normal", "--skip-test-db")
	init := c.write("init.sql", "CREATE USER watch@'%';\n")
	d := c.start(server, "--no-defaults", "--datadir="+c.path("data"), "--port="+port, "--bind-address=127.0.0.1",
		"--socket="+c.path("sock"), "--pid-file="+c.path("pid"), "--init-file="+init, "--skip-name-resolve",
		"--innodb-buffer-pool-size=8M", "--max-connect-errors=1000000")
	c.tried(d, port, "mysql-check user watch post-80", finding{status: "L7OK", last: "MariaDB"},
		"mysql-check", port, finding{status: "L7OK", last: "MariaDB"})
}

func TestRedis(t *testing.T) {
	server := tool(t, "redis-server", "/usr/bin/redis-server")
	c := open(t)
	port, locked := c.port(), c.port()
	run := func(port string, more ...string) *daemon {
		return c.start(server, append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", c.folder}, more...)...)
	}
	run(locked, "--requirepass", "secret")
	c.tried(run(port), port, "redis-check", finding{status: "L7OK", last: "Redis server is ok"},
		"redis-check", locked, finding{status: "L7STS", last: "-NOAUTH"})
}

func TestLDAP(t *testing.T) {
	server := tool(t, "slapd", "/usr/sbin/slapd")
	c := open(t)
	port, locked := c.port(), c.port()
	run := func(name, port, more string) *daemon {
		file := c.write(name, "pidfile "+c.path(name+".pid")+"\nargsfile "+c.path(name+".args")+"\n"+more)
		return c.start(server, "-f", file, "-h", "ldap://127.0.0.1:"+port, "-d", "0")
	}
	run("locked", locked, "disallow bind_anon\n")
	c.tried(run("open", port, ""), port, "ldap-check", finding{status: "L7OK", last: "Success"},
		"ldap-check", locked, finding{status: "L7STS", code: "48", last: "See RFC"})
}
