package keyword_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"sluice/internal/config"
	"sluice/internal/directive"
	"sluice/internal/keyword"
)

// What "@agent" and "@message" stand for in testdata/spoe.txt.
const (
	spoeAgent   = "spoe-agent ag\n messages m\n use-backend agents\n timeout processing 1s\n"
	spoeMessage = "spoe-message m\n args src\n event on-client-session\n"
)

// TestSPOEMessages reads the files of engines of testdata/spoe.txt and compares what is said of them with what HAProxy 3.5
// says. A case is the mode of the frontend, that of the agent's backend, and lines of the frontend; then, behind bars, the
// engine's file, and behind tabs what is said.
func TestSPOEMessages(t *testing.T) {
	text, err := os.ReadFile("testdata/spoe.txt")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	cases := regexp.MustCompile(`(?m)^[a-z]`).FindAllStringIndex(string(text), -1)
	for i, c := range cases {
		end := len(text)
		if i+1 < len(cases) {
			end = cases[i+1][0]
		}
		spoeCase(t, string(text[c[0]:end]))
	}
}

func spoeCase(t *testing.T, text string) {
	head, rest, _ := strings.Cut(text, "\n")
	modes, line, _ := strings.Cut(head, ": ")
	front, back, _ := strings.Cut(modes, " ")
	var engine, want strings.Builder
	for l := range strings.Lines(rest) {
		switch {
		case l == "| @agent\n":
			engine.WriteString(spoeAgent)
		case l == "| @message\n":
			engine.WriteString(spoeMessage)
		case strings.HasPrefix(l, "| "):
			engine.WriteString(l[2:])
		default:
			want.WriteString(l)
		}
	}
	if err := os.WriteFile("s.conf", []byte(engine.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	conf := "defaults\n timeout connect 1s\n timeout client 1s\n timeout server 1s\n mode " + front + "\nfrontend f\n bind 127.0.0.1:18181\n " +
		strings.ReplaceAll(line, `\n`, "\n") + "\nbackend agents\n mode " + back + "\n timeout connect 1s\n timeout server 1s\n server a 127.0.0.1:1\n"
	report, env := &config.Report{}, config.NewEnv(nil)
	tables := keyword.All()
	b := directive.NewBuilder(tables.Language(), env)
	config.Parse(tables.Config(), b, []*config.File{config.Scan("h.cfg", []byte(conf))}, config.Settings{Env: env, Facts: keyword.Facts(), Report: report})
	if !report.Fatal() {
		b.Build(report)
	}
	var got strings.Builder
	for _, d := range report.Diagnostics() {
		if d.Level <= config.Warning && !strings.Contains(d.Text, "Fatal errors") && !strings.Contains(d.Text, "Error(s) found in configuration file : ") {
			got.WriteString("\t" + d.Level.String() + " " + strings.ReplaceAll(strings.TrimSuffix(d.Text, "\n"), "\n", "\n\t") + "\n")
		}
	}
	if got.String() != want.String() {
		t.Errorf("%s\n%sgot:\n%swant:\n%s", head, engine.String(), got.String(), want.String())
	}
}
