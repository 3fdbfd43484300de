//go:build linux

package main

import (
	_ "embed"
	"slices"
	"strings"
)

// The two cases whose difference is what rules cost.
const (
	rulesWithout = "rules-without"
	rulesWith    = "rules-with"
)

// rulesConfig is 20 ACLs of which most are looked at by a request of wrk and few hold, and 10 rules that edit its fields.
//
//go:embed rules.cfg
var rulesConfig string

// browserFields are the fields that a browser sends, so that the rules have something to look at.
func browserFields() []string {
	return []string{
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
		"Accept-Language: en-US,en;q=0.5",
		"Accept-Encoding: gzip, deflate, br",
		"X-Forwarded-Proto: https",
		"Cookie: theme=dark; SESSION=0123456789abcdef0123456789abcdef; variant=stable",
	}
}

// added prints what rules add to the CPU time of a request: the difference of the two cases, round by round.
func (r report) added(s *strings.Builder, b *bench) {
	at := func(name string) int {
		return slices.IndexFunc(r.rows, func(row row) bool { return row.name == name })
	}
	i, j := at(rulesWithout), at(rulesWith)
	if i < 0 || j < 0 {
		return
	}
	more := row{title: "20 ACLs and 10 rules on fields", kind: load}
	for who := range b.contenders {
		var of []sample
		for k := range r.rows[j].samples[who] {
			of = append(of, sample{cpu: r.rows[j].samples[who][k].cpu - r.rows[i].samples[who][k].cpu})
		}
		more.samples = append(more.samples, of)
	}
	report{rows: []row{more}}.table(s, b, "CPU time that rules add to a request, microseconds", load, cpuOf, "%.1f", true)
}
