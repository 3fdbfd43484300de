package config

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkTenThousandBackends reads a large configuration: cutting it into words, walking it, calling rows that do nothing.
func BenchmarkTenThousandBackends(b *testing.B) {
	var text strings.Builder
	text.WriteString("global\n\tsetenv A 1\n\tmaxconn 1000\n")
	for i := range 10000 {
		fmt.Fprintf(&text, "\nbackend b%d\n\tmode http\n\tbalance roundrobin\n\toption redispatch\n\tserver s1 10.0.%d.%d:80 check inter 5s # first\n\tserver s2 10.1.%d.%d:80\n",
			i, i/250, i%250, i/250, i%250)
	}
	reg := testRegistry()
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		s := &seen{}
		Parse(reg, s, []*File{Scan("big.cfg", []byte(text.String()))}, Settings{Report: &Report{}})
		if len(s.calls) != 50001 {
			b.Fatal(len(s.calls))
		}
	}
}
