package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts call the program by the names that people call it by.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sluice": main, "haproxy": main})
}

// TestScripts runs the command line as a person would (testdata/script).
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status,
			"taken":  taken,
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("no condition is called %s", name)
		},
	})
}

// taken listens on a port, for as long as the script runs, and writes taken.cfg, whose proxy wants the same one.
func taken(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	text := "listen a\n\tbind " + l.Addr().String() + "\n\ttimeout client 1s\n\ttimeout server 1s\n\ttimeout connect 1s\n"
	ts.Check(os.WriteFile(ts.MkAbs("taken.cfg"), []byte(text), 0o644))
}

// status runs a program and compares its exit status: status <number> <program> [argument...].
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status <number> <program> [argument...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("%s ended with %s, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

func TestTableIsSorted(t *testing.T) {
	for i := range commandLine {
		r := commandLine[i]
		if i > 0 && commandLine[i-1].Name >= r.Name {
			t.Errorf("-%s stands before -%s", commandLine[i-1].Name, r.Name)
		}
		if r.set == nil || !strings.HasSuffix(r.Doc, ".") {
			t.Errorf("-%s is not complete", r.Name)
		}
		if (r.Arg == value || r.Arg == paths) && r.Hint == "" {
			t.Errorf("-%s does not show its argument", r.Name)
		}
	}
}

// TestEveryOptionOfHAProxyIsKnown holds the table to management.txt 3.
func TestEveryOptionOfHAProxyIsKnown(t *testing.T) {
	for name := range strings.FieldsSeq("- f C D L N V W Ws 4 c cc d dA dC dD dF dG dI dK dL dM dR dS dT dV dW dZ db dc de dk dp dr dt dv m n p q S sf st v vv x") {
		if _, _, known := findOption(name); !known {
			t.Errorf("-%s is not known", name)
		}
	}
}

func TestParseOptions(t *testing.T) {
	o, err := parseOptions([]string{"-W", "-d", "-n", "50", "-f", "a", "-sf", "-dM0x50,tag", "-L", "me", "-dC7,line", "-q", "--", "b", "-c"})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(o.files, " "); got != "a b -c" {
		t.Errorf("files %q", got)
	}
	if !o.master || !o.debug || !o.quiet || o.check || o.maxConn != 50 || o.localPeer != "me" || !o.dump || o.dumpKey != 7 || !o.dumpNums {
		t.Errorf("%+v", o)
	}
}

func TestExecutable(t *testing.T) {
	if got := executable("sluice"); got != mustExecutable(t) {
		t.Errorf("executable(sluice) = %s", got)
	}
}

func mustExecutable(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
