package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const explained = `
defaults
	mode http
	timeout client 5s
	timeout server 5s
	timeout connect 5s
	option forwardfor
frontend fe
	bind 127.0.0.1:8080
	acl never always_false
	acl local src 127.0.0.1
	http-request tarpit if { path /tarpit }
	http-request set-var(txn.a) path
	http-request set-header X-A %[var(txn.a)] unless !local never
	http-request del-header Cookie
	http-request deny if { path /deny }
	use_backend %[path,lower] if { path /b1 }
	default_backend be
backend be
	balance roundrobin
	server s1 127.0.0.1:1
	server s2 127.0.0.1:2
`

// TestExplainJSON holds the JSON form to the table of docs/explain.md, and the table to what really comes.
func TestExplainJSON(t *testing.T) {
	cfg := filepath.Join(t.TempDir(), "a.cfg")
	if err := os.WriteFile(cfg, []byte(explained), 0o600); err != nil {
		t.Fatal(err)
	}
	documented, seen := fieldsOfManual(t), map[string]bool{}
	for _, words := range [][]string{
		{"-H", "Cookie: a", "http://h:8080/"}, {"/deny"}, {"/tarpit"}, {"/b1"},
		{"--response", "HTTP/1.1 200 OK", "http://h/x"},
	} {
		var out, problems bytes.Buffer
		if code := run(append([]string{"sluice", "explain", "--json", "-f", cfg}, words...), &out, &problems); code != 0 {
			t.Fatalf("%v: %s", words, problems.String())
		}
		if n := bytes.Count(out.Bytes(), []byte("\n")); n != 1 {
			t.Errorf("%v: %d lines", words, n)
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		walk(t, "", out.Bytes(), func(path, kind string) {
			seen[path] = true
			if want, found := documented[path]; !found {
				t.Errorf("%s (%s) is not in docs/explain.md", path, kind)
			} else if !slices.Contains(strings.Split(want, " or "), kind) {
				t.Errorf("%s is %s; docs/explain.md says %s", path, kind, want)
			}
		})
	}
	rare := []string{"cut", "steps[].terms[].unknown"} // only of large and unfinished requests
	for path := range documented {
		if !seen[path] && !slices.Contains(rare, path) {
			t.Errorf("docs/explain.md has %s, which never came", path)
		}
	}
}

// TestExplainManual runs the example of docs/explain.md.
func TestExplainManual(t *testing.T) {
	text, err := os.ReadFile("../../docs/explain.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```haproxy\n")
	cfg, rest, _ := strings.Cut(rest, "```")
	_, rest, _ = strings.Cut(rest, "$ sluice explain")
	_, want, _ := strings.Cut(rest, "\n")
	want, _, _ = strings.Cut(want, "```")
	t.Chdir(t.TempDir())
	if err := os.WriteFile("site.cfg", []byte(cfg), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, problems bytes.Buffer
	run([]string{"sluice", "explain", "-f", "site.cfg", "-H", "Cookie: a=b", "-H", "User-Agent: curl/8", "GET",
		"https://www.example.com/api/users?id=7"}, &out, &problems)
	if out.String() != want {
		t.Errorf("docs/explain.md is out of date; it is\n%s%s", out.String(), problems.String())
	}
}

// fieldsOfManual reads the last table of docs/explain.md: paths and types.
func fieldsOfManual(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/explain.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| field | type | |")
	fields := map[string]string{}
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, " | "); len(cells) == 3 {
			fields[strings.Trim(cells[0], "|` ")] = cells[1]
		}
	}
	return fields
}

// walk calls fn for every value below an object, with its path and the name of its type.
func walk(t *testing.T, path string, text []byte, fn func(path, kind string)) {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	var visit func(path string, v any)
	visit = func(path string, v any) {
		kind := fmt.Sprintf("%T", v)
		switch v := v.(type) {
		case bool:
			kind = "boolean"
		case nil:
			kind = "null"
		case float64:
			kind = "number"
		case []any:
			kind = "array"
			for _, one := range v {
				visit(path+"[]", one)
			}
		case map[string]any:
			kind = "object"
			for name, one := range v {
				visit(strings.TrimPrefix(path+"."+name, "."), one)
			}
		}
		if path != "" && !strings.HasSuffix(path, "[]") {
			fn(path, kind)
		}
	}
	visit(path, v)
}
