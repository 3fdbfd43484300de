package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/directive"
	"sluice/internal/explain"
	"sluice/internal/keyword"
	"sluice/internal/process"
	"sluice/internal/trace"
)

// explainUsage is what `sluice explain --help` says. docs/explain.md says more.
const explainUsage = `Usage : sluice explain -f <file|folder>... [option]... [<method>] <url>
Runs the rules of a configuration on one request, without a socket or a server, and shows what they decide.
        -f <file|folder>           The configuration, as without 'explain'.
        -H '<name>: <value>'       A header of the request; may be repeated.
        -d <body>|@<file>          The body of the request.
        --src <address>[:<port>]   The client; 198.51.100.1 without it.
        --dst <address>            The address it connects to; that of the bind line without it.
        --port <number>            The port it connects to; that of the URL without it.
        --frontend <name>          The frontend; found by the port without it.
        --response '<status line>' Goes on with this answer of the server: 'HTTP/1.1 200 OK'.
        -R '<name>: <value>'       A header of that answer; may be repeated.
        --json                     One line of JSON, as docs/explain.md describes it.
`

// explainRequest is `sluice explain`.
func explainRequest(args []string, out, err io.Writer) int {
	o, problem := parseExplain(args)
	switch {
	case problem != nil:
		return refuse(err, problem)
	case o.help:
		fmt.Fprint(out, explainUsage)
		return 0
	}
	rec, problem := o.run()
	if problem != nil {
		return refuse(err, problem)
	}
	w := bufio.NewWriter(out)
	defer w.Flush()
	if o.json {
		line, problem := rec.AppendJSON(nil)
		if problem != nil {
			return refuse(err, problem)
		}
		w.Write(append(line, '\n'))
		return 0
	}
	w.Write(rec.AppendText(nil, trace.Style{Color: colors(out)}))
	return 0
}

// refuse says in one line why nothing can be explained.
func refuse(err io.Writer, problem error) int {
	fmt.Fprintf(err, "sluice explain: %v\n", problem)
	return 1
}

// colors reports whether colours are wanted: on a terminal, unless NO_COLOR says otherwise.
func colors(out io.Writer) bool {
	f, ok := out.(*os.File)
	return ok && process.IsTerminal(f) && os.Getenv("NO_COLOR") == ""
}

// explainOptions is the command line of `sluice explain`.
type explainOptions struct {
	files      []string
	words      []string // method and URL
	q          explain.Question
	json, help bool
}

// parseExplain reads the command line.
func parseExplain(args []string) (*explainOptions, error) {
	o := &explainOptions{}
	for i := 0; i < len(args); i++ {
		word := args[i]
		switch word {
		case "--json":
			o.json = true
			continue
		case "--help", "-h":
			o.help = true
			return o, nil
		}
		if !strings.HasPrefix(word, "-") || word == "-" {
			o.words = append(o.words, word)
			continue
		}
		text, glued := "", false
		if strings.HasPrefix(word, "--") {
			word, text, glued = strings.Cut(word, "=")
		}
		if !glued {
			i++
			if i == len(args) {
				return nil, fmt.Errorf("%s needs a value behind it; --help shows how", word)
			}
			text = args[i]
		}
		if err := o.set(word, text); err != nil {
			return nil, err
		}
	}
	return o, o.finish()
}

// set takes one option.
func (o *explainOptions) set(word, text string) (err error) {
	switch word {
	case "-f":
		o.files = append(o.files, text)
	case "-H":
		o.q.Headers = append(o.q.Headers, text)
	case "-R":
		o.q.ResponseHeaders = append(o.q.ResponseHeaders, text)
	case "-d":
		o.q.Body = []byte(text)
		if name, isFile := strings.CutPrefix(text, "@"); isFile {
			if o.q.Body, err = os.ReadFile(name); err != nil {
				return fmt.Errorf("-d: cannot read '%s': %s", name, process.Reason(err))
			}
		}
	case "--src":
		return o.source(text)
	case "--dst":
		if o.q.Dst, err = netip.ParseAddr(text); err != nil {
			return fmt.Errorf("--dst: '%s' is no address", text)
		}
	case "--port":
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil || n == 0 {
			return fmt.Errorf("--port: '%s' is no port", text)
		}
		o.q.Port = int(n)
	case "--frontend":
		o.q.Frontend = text
	case "--response":
		o.q.Response = text
	default:
		return fmt.Errorf("'%s' is not known here; --help shows what is", word)
	}
	return nil
}

// source reads the client's address, with or without a port.
func (o *explainOptions) source(text string) error {
	if a, err := netip.ParseAddr(text); err == nil {
		o.q.Src = a
		return nil
	}
	a, err := netip.ParseAddrPort(text)
	if err != nil {
		return fmt.Errorf("--src: '%s' is no address", text)
	}
	o.q.Src, o.q.SrcPort = a.Addr(), int(a.Port())
	return nil
}

// finish reads method and URL.
func (o *explainOptions) finish() error {
	if len(o.files) == 0 {
		return errors.New("no configuration: write -f <file>")
	}
	o.q.Method = "GET"
	switch len(o.words) {
	case 0:
		return errors.New("no URL: write for instance GET http://example.com/")
	case 1:
	case 2:
		o.q.Method = o.words[0]
	default:
		return fmt.Errorf("'%s' is one word too many behind method and URL", o.words[2])
	}
	url := o.words[len(o.words)-1]
	if o.q.Method == "CONNECT" && !strings.Contains(url, "://") {
		url = "http://" + url
	}
	var err error
	o.q.URL, err = explain.ParseURL(url)
	return err
}

// run reads the configuration and explains the request.
func (o *explainOptions) run() (*trace.Record, error) {
	files, err := config.Load(o.files)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no configuration file in '%s'", o.files[0])
	}
	plain := &options{ignoreResolve: true}
	tables, report := keyword.All(), &config.Report{}
	env := environment(plain, files)
	b := directive.NewBuilder(tables.Language(), env)
	b.IgnoreResolve = true
	snap := read(plain, files, env, tables, b, report)
	if snap == nil {
		return nil, firstError(report)
	}
	return explain.Run(snap, tables.Language().Names, &o.q)
}

// firstError is the first of the errors of a configuration.
func firstError(report *config.Report) error {
	text, more := "the configuration has errors", 0
	for _, d := range report.Diagnostics() {
		switch {
		case d.Level != config.Alert:
		case more == 0:
			text, _, _ = strings.Cut(strings.TrimPrefix(d.Text, "config : "), "\n")
			more++
		default:
			more++
		}
	}
	if more > 2 { // the last alert only sums up
		text += " (and more: sluice -c shows all)"
	}
	return errors.New(text)
}
