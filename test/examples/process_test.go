//go:build linux

package examples

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// softStop replaces a process by another one under load, as examples/soft-stop has it, and then tries with a broken file.
func softStop(k *kitchen) {
	values := env{"HTTP_PORT": k.port(), "ONE_PORT": k.origin("one")}
	first := k.start("haproxy.cfg", values)
	load := k.press(values["HTTP_PORT"], 4)
	load.more(k, 50)
	second := k.launch(k.command("haproxy.cfg", values, "-db", "-x", first.Socket, "-sf", strconv.Itoa(first.Cmd.Process.Pid)))
	if code := first.gone(); code != 0 {
		k.Errorf("the first process ended with %d", code)
	}
	load.more(k, 50)
	broken := filepath.Join(k.TempDir(), "broken.cfg")
	k.must(os.WriteFile(broken, []byte("global\n\tnonsense\n"), 0o644))
	third := k.command("haproxy.cfg", values, "-db", "-f", broken, "-x", second.Socket, "-sf", strconv.Itoa(second.Cmd.Process.Pid))
	if said, err := third.CombinedOutput(); err == nil || !strings.Contains(string(said), "unknown keyword 'nonsense'") {
		k.Errorf("a broken file: %v\n%s", err, said)
	}
	load.more(k, 50)
	load.finish(k)
	second.Cmd.Process.Signal(syscall.SIGUSR1)
	if code := second.gone(); code != 0 {
		k.Errorf("the second process ended with %d", code)
	}
}

// dockerCake runs what a container runs: the command beside the worker lives through a reload and ends with the master.
func dockerCake(k *kitchen) {
	mark := filepath.Join(k.TempDir(), "mark")
	script := filepath.Join(k.TempDir(), "baker")
	k.must(os.WriteFile(script, []byte("#!/bin/sh\ntrap '' USR1\ntrap 'echo ended >> \"$1\"; exit 0' TERM\necho begun >> \"$1\"\nwhile :; do sleep 0.05; done\n"), 0o755))
	values := env{"HTTP_PORT": k.port(), "ONE_PORT": k.origin("one"), "BAKER": script, "BAKER_ARGUMENT": mark}
	cmd := k.command("haproxy.cfg", values, "-W", "-db")
	cmd.Args = append(cmd.Args, "-f", filepath.Join(k.folder, "baker.conf"))
	p := k.launch(cmd)
	diary := func(want string) func() error {
		return func() error {
			text, _ := os.ReadFile(mark)
			if string(text) != want {
				return fmt.Errorf("%q, want %q", text, want)
			}
			return nil
		}
	}
	k.until("the baker", diary("begun\n"))
	if r := k.get(values["HTTP_PORT"], "/health"); r.status != 200 || r.body != "ok\n" {
		k.Errorf("%d %q", r.status, r.body)
	}
	k.get(values["HTTP_PORT"], "/cake")
	k.until("the log", func() error {
		if !strings.Contains(p.Said(), "GET /cake HTTP/1.1") {
			return fmt.Errorf("no line")
		}
		return nil
	})
	p.Cmd.Process.Signal(syscall.SIGHUP)
	k.until("a reload", func() error {
		if n := strings.Count(p.Said(), "Loading success."); n != 2 {
			return fmt.Errorf("%d times loaded", n)
		}
		return nil
	})
	k.must(diary("begun\n")())
	p.Cmd.Process.Signal(syscall.SIGTERM)
	if code := p.gone(); code != 143 {
		k.Errorf("the master ended with %d", code)
	}
	k.until("the baker's end", diary("begun\nended\n"))
}
