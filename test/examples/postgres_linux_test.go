package examples

import (
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"sluice/test/cellar"
)

// cluster is PostgreSQL servers: the first begins as the primary, the others follow it.
type cluster struct {
	*cellar.Cellar
	k      *kitchen
	bin    string // where the programs are
	follow string // the port at which standbys look for the primary
	ports  map[string]string
	runs   map[string]*cellar.Daemon
}

const settings = `
wal_level = replica
max_wal_senders = 10
wal_keep_size = 128
shared_buffers = 8MB
max_connections = 60
fsync = off
full_page_writes = off
wal_retrieve_retry_interval = 200ms
max_standby_streaming_delay = 30s
log_min_messages = fatal
`

// access lets the checks in without a password, as they may only ask; all others need theirs.
const access = `local all all trust
host all check 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
host replication copy 127.0.0.1/32 scram-sha-256
`

// cluster makes the primary; its name is one.
func (k *kitchen) cluster(follow string) *cluster {
	k.Helper()
	initdb := cellar.Tool(k.T, "initdb", "/usr/lib/postgresql/*/bin/initdb")
	if real, err := filepath.EvalSymlinks(initdb); err == nil {
		initdb = real
	}
	c := &cluster{Cellar: cellar.Open(k.T), k: k, bin: filepath.Dir(initdb), follow: follow, ports: map[string]string{}, runs: map[string]*cellar.Daemon{}}
	for _, program := range []string{"postgres", "psql", "pgbench", "pg_basebackup", "pg_ctl"} {
		if _, err := os.Stat(filepath.Join(c.bin, program)); err != nil {
			k.Skipf("%s is not installed", program)
		}
	}
	for _, name := range []string{"one", "two", "three", "four"} {
		c.ports[name] = c.Port()
	}
	c.tool("initdb", "-D", c.Path("one"), "-U", "root", "-A", "trust", "-N", "--no-instructions", "-E", "UTF8", "--locale=C")
	conf, err := os.ReadFile(c.Path("one/postgresql.conf"))
	k.must(err)
	c.Write("one/postgresql.conf", string(conf)+settings)
	c.Write("one/pg_hba.conf", access)
	c.run("one")
	c.direct("one", "postgres", `create user "check"; create user copy replication password 'copy'; create user shop password 'shop'`)
	c.direct("one", "postgres", "create database shop owner shop")
	return c
}

// tool runs one of PostgreSQL's programs to its end.
func (c *cluster) tool(name string, args ...string) {
	c.Helper()
	c.Run(filepath.Join(c.bin, name), args...)
}

// run starts a server and waits until it answers.
func (c *cluster) run(name string) {
	c.Helper()
	c.runs[name] = c.Start(filepath.Join(c.bin, "postgres"), "-D", c.Path(name), "-p", c.ports[name], "-h", "127.0.0.1", "-k", c.Folder)
	c.k.until(name+" to start", func() error {
		_, err := c.ask(c.Folder, c.ports[name], "root", "postgres", "select 1")
		return err
	})
}

// join makes a standby that copies from and then follows what is at the port to follow, and starts it.
func (c *cluster) join(name string) {
	c.Helper()
	os.RemoveAll(c.Path(name))
	c.tool("pg_basebackup", "-d", c.address(c.follow, "copy", "postgres"), "-D", c.Path(name), "-X", "stream", "-c", "fast", "-R")
	c.run(name)
}

func (c *cluster) address(port, user, database string) string {
	return fmt.Sprintf("host=127.0.0.1 port=%s user=%s password=%s dbname=%s connect_timeout=5", port, user, user, database)
}

// ask says a statement and gives what comes back.
func (c *cluster) ask(host, port, user, database, statement string) (string, error) {
	address := strings.Replace(c.address(port, user, database), "127.0.0.1", host, 1)
	out, err := c.Command(filepath.Join(c.bin, "psql"), "-XAtq", "-d", address, "-c", statement).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", statement, err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// direct asks a server past the proxy.
func (c *cluster) direct(name, database, statement string) string {
	c.Helper()
	out, err := c.ask(c.Folder, c.ports[name], "root", database, statement)
	c.Must(err)
	return out
}

// through asks at a port of the proxy, as a client.
func (c *cluster) through(port, statement string) string {
	c.Helper()
	out, err := c.ask("127.0.0.1", port, "shop", "shop", statement)
	c.Must(err)
	return out
}

// pools waits until a backend has the servers of a list up, separated by blanks.
func (p *proxy) pools(backend, want string) {
	p.k.Helper()
	p.k.until(backend+": "+want, func() error {
		rows, err := csv.NewReader(strings.NewReader(p.ask("show stat " + backend + " 4 -1"))).ReadAll()
		if err != nil {
			return err
		}
		var up []string
		for _, row := range rows[1:] {
			if strings.HasPrefix(row[17], "UP") {
				up = append(up, row[1])
			}
		}
		if got := strings.Join(up, " "); got != want {
			return fmt.Errorf("%q is up", got)
		}
		return nil
	})
}

// bench is pgbench, run again and again: it gives up at the first connection that fails, and so does no client that has to go on.
type bench struct {
	c    *cluster
	name string
	lock sync.Mutex
	good int
	bad  []string
	stop chan struct{}
	done sync.WaitGroup
}

// bench begins; words choose what each transaction is.
func (c *cluster) bench(name, port string, words ...string) *bench {
	b := &bench{c: c, name: name, stop: make(chan struct{})}
	words = append(words, "-n", "-C", "-c", "2", "-t", "5", "-d", c.address(port, "shop", "shop"))
	b.done.Go(func() {
		for {
			select {
			case <-b.stop:
				return
			default:
			}
			out, err := c.Command(filepath.Join(c.bin, "pgbench"), words...).CombinedOutput()
			b.lock.Lock()
			if err == nil {
				b.good++
			} else {
				b.bad = append(b.bad, string(out))
			}
			b.lock.Unlock()
		}
	})
	c.Cleanup(b.end)
	return b
}

func (b *bench) end() {
	select {
	case <-b.stop:
	default:
		close(b.stop)
	}
	b.done.Wait()
}

func (b *bench) outcome() (good int, bad []string) {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.good, b.bad
}

// more waits for further runs without an error.
func (b *bench) more(n int) {
	b.c.Helper()
	from, _ := b.outcome()
	b.c.k.until("pgbench at "+b.name, func() error {
		if good, bad := b.outcome(); good < from+n {
			return fmt.Errorf("%d runs were good, %d bad: %s", good, len(bad), strings.Join(bad[max(0, len(bad)-1):], ""))
		}
		return nil
	})
}

// unhurt wants all runs to have been good.
func (b *bench) unhurt() {
	b.c.Helper()
	if good, bad := b.outcome(); len(bad) > 0 {
		b.c.Errorf("%d runs of pgbench at %s were good, and %d failed: %s", good, b.name, len(bad), bad[0])
	}
}

// doublePostgres kills the primary under load. Standbys find it by the pool of writers, before and after.
func doublePostgres(k *kitchen) {
	values := env{"INTERVAL": "500ms", "PORT": k.port(), "WRITE_PORT": k.port(), "READ_PORT": k.port(), "ROLE": filepath.Join(k.folder, "role")}
	c := k.cluster(values["WRITE_PORT"])
	for name, port := range c.ports {
		values[strings.ToUpper(name)+"_PORT"] = port
	}
	values["TOOLS"] = c.bin + ":/usr/bin:/bin"
	bytes := k.start("bytes.cfg", values)
	bytes.pools("writers", "one")
	for _, name := range []string{"two", "three", "four"} {
		c.join(name)
	}
	backup := k.start("backup.cfg", values)
	other := env{}
	for name, value := range values {
		other[name] = value
	}
	other["WRITE_PORT"], other["READ_PORT"] = k.port(), k.port()
	command := k.start("command.cfg", other)
	for _, p := range []*proxy{bytes, command} {
		p.pools("writers", "one")
		p.pools("readers", "two three four")
	}
	backup.pools("postgres", "primary standby")

	c.tool("pgbench", "-i", "-q", "-s", "1", "-d", c.address(values["PORT"], "shop", "shop"))
	c.copied("three")
	for _, port := range []string{values["PORT"], values["WRITE_PORT"], other["WRITE_PORT"]} {
		k.wants(c.through(port, "select inet_server_port()"), c.ports["one"])
	}
	for _, port := range []string{values["READ_PORT"], other["READ_PORT"]} {
		k.wants(c.through(port, "select pg_is_in_recovery()"), "t")
	}

	writers := []*bench{c.bench("backup.cfg", values["PORT"]), c.bench("bytes.cfg", values["WRITE_PORT"], "-N"), c.bench("command.cfg", other["WRITE_PORT"], "-N")}
	readers := []*bench{c.bench("bytes.cfg, readers", values["READ_PORT"], "-S"), c.bench("command.cfg, readers", other["READ_PORT"], "-S")}
	all := append(append([]*bench{}, writers...), readers...)
	for _, b := range all {
		b.more(2)
		b.unhurt()
	}

	c.runs["one"].Kill()
	c.tool("pg_ctl", "promote", "-s", "-D", c.Path("two"))
	began := time.Now()
	for _, b := range all {
		b.more(2)
	}
	k.Logf("all clients went on %v after the promotion", time.Since(began).Round(time.Millisecond))
	for _, p := range []*proxy{bytes, command} {
		p.pools("writers", "two")
		p.pools("readers", "three four")
	}
	backup.pools("postgres", "standby")
	for _, b := range all {
		b.more(1)
		b.end()
	}
	for _, b := range readers {
		b.unhurt()
	}
	c.copied("three")

	// The old primary comes back as a standby.
	backup.Stop()
	c.join("one")
	bytes.pools("readers", "one three four")
	command.pools("readers", "one three four")
	c.through(values["WRITE_PORT"], "create table later (); insert into later default values")
	c.copied("one")

	// Without any standby the primary answers readers.
	for _, name := range []string{"one", "three", "four"} {
		c.runs[name].Kill()
	}
	bytes.pools("readers", "")
	k.wants(c.through(values["READ_PORT"], "select inet_server_port()"), c.ports["two"])
	k.wants(bytes.Said(), "writers/two", "backend readers has no server available!")
	k.wants(exitOf(filepath.Join(k.folder, "role"), "", "", "127.0.0.1", c.ports["one"]), "1")
}

// copied waits until a standby has what the primary has.
func (c *cluster) copied(standby string) {
	c.Helper()
	c.k.until(standby+" to follow", func() error {
		primary := "one"
		if c.direct(standby, "postgres", "select pg_is_in_recovery()") != "t" {
			return fmt.Errorf("%s is no standby", standby)
		}
		for name := range c.ports {
			if is, err := c.ask(c.Folder, c.ports[name], "root", "postgres", "select pg_is_in_recovery()"); err == nil && is == "f" {
				primary = name
			}
		}
		const tables = "select string_agg(relname, ' ' order by relname) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
		const rows = "select count(*) from pgbench_history"
		for _, question := range []string{tables, rows} {
			a, err := c.ask(c.Folder, c.ports[primary], "root", "shop", question)
			if err != nil {
				return err
			}
			b, err := c.ask(c.Folder, c.ports[standby], "root", "shop", question)
			if err != nil || a != b {
				return fmt.Errorf("%s has %q, %s %q, %v", primary, a, standby, b, err)
			}
		}
		return nil
	})
}

// exitOf runs a program and gives its exit status as a text.
func exitOf(path string, args ...string) string {
	cmd := exec.Command(path, args...)
	cmd.Run()
	return fmt.Sprint(cmd.ProcessState.ExitCode())
}
