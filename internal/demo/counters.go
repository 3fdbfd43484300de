package demo

import (
	"encoding/csv"
	"errors"
	"html/template"
	"net"
	"net/http"
	"strings"
	"time"
)

// shown are the columns of `show stat` that the counters page has room for, with their headings.
var shown = [...][2]string{
	{"pxname", "proxy"}, {"svname", "name"}, {"status", "status"}, {"scur", "now"}, {"smax", "most"}, {"stot", "total"},
	{"rate", "per second"}, {"bin", "bytes in"}, {"bout", "bytes out"}, {"hrsp_2xx", "2xx"}, {"hrsp_4xx", "4xx"},
	{"hrsp_5xx", "5xx"}, {"econ", "no connection"}, {"eresp", "bad answers"}, {"wretr", "retries"}, {"ttime", "average ms"},
}

var countersPage = template.Must(template.New("counters").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2"><meta name="viewport" content="width=device-width">
<title>Sluice: counters</title>
<style>
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; overflow-x: auto }
table { border-collapse: collapse } th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid #8884 }
th:nth-child(-n+3), td:nth-child(-n+3) { text-align: left }
</style>
<h1>Counters</h1>
<table><thead><tr>{{range .Head}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>{{range .Rows}}<tr>{{range .}}<td>{{.}}</td>{{end}}</tr>{{end}}</tbody></table>
<p><a href="/csv">All of them, as CSV</a></p>
</html>
`))

// Counters returns the page of counters: a table for people at /, everything at /csv. stat gives what `show stat`
// prints.
func Counters(stat func() []byte) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /csv", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write(stat())
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		head, rows := pick(stat())
		var b strings.Builder
		if err := countersPage.Execute(&b, struct {
			Head []string
			Rows [][]string
		}{head, rows}); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(b.String()))
	})
	return mux
}

// CounterServer serves the page of counters on a port of its own.
type CounterServer struct {
	l net.Listener
	s http.Server
}

// ServeCounters listens on address for the page of counters; it is served once Start is called.
func ServeCounters(address string, stat func() []byte) (*CounterServer, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	return &CounterServer{l: l, s: http.Server{Handler: Counters(stat), ReadHeaderTimeout: 5 * time.Second}}, nil
}

// Start begins to answer.
func (c *CounterServer) Start() { go c.s.Serve(c.l) }

// Close stops at once.
func (c *CounterServer) Close() error { return errors.Join(c.s.Close(), c.l.Close()) }

// pick takes the columns of shown out of the CSV of `show stat`.
func pick(text []byte) (head []string, rows [][]string) {
	for _, c := range shown {
		head = append(head, c[1])
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "# ")))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil || len(all) == 0 {
		return head, nil
	}
	at := make(map[string]int, len(all[0]))
	for i, name := range all[0] {
		at[name] = i
	}
	for _, line := range all[1:] {
		row := make([]string, len(shown))
		for i, c := range shown {
			if k, ok := at[c[0]]; ok && k < len(line) {
				row[i] = line[k]
			}
		}
		rows = append(rows, row)
	}
	return head, rows
}
