package demo

import (
	_ "embed"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
)

//go:embed page.html
var pageText string

// received is what a server tells about a request.
type received struct {
	Server  string // its name
	Request string // "GET /path HTTP/1.1"
	From    string // who connected to the server: the proxy
	Body    int64  // bytes
	Fields  []field
}

type field struct{ Name, Value string }

// tell answers with what the request was: as a page to browsers, as text to everybody else.
func (s *server) tell(w http.ResponseWriter, r *http.Request, status int, body int64) {
	told := received{
		Server:  s.name,
		Request: r.Method + " " + r.RequestURI + " " + r.Proto,
		From:    r.RemoteAddr,
		Body:    body,
		Fields:  []field{{"Host", r.Host}},
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			told.Fields = append(told.Fields, field{name, value})
		}
	}
	var out strings.Builder
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		page, err := template.New("page").Parse(pageText)
		if err == nil {
			err = page.Execute(&out, told)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	} else {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		told.text(&out)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprint(w, out.String())
}

func (told received) text(out *strings.Builder) {
	fmt.Fprintf(out, "server   %s\nrequest  %s\nfrom     %s\nbody     %d bytes\n\n", told.Server, told.Request, told.From, told.Body)
	for _, f := range told.Fields {
		fmt.Fprintf(out, "%s: %s\n", f.Name, f.Value)
	}
}
