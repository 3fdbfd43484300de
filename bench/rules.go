//go:build linux

package main

import (
	_ "embed"
	"errors"
	"fmt"
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

// rulesRounds is how many pairs of short measurements are made of each contender for one round that was asked for: what rules
// cost is a small difference of two times, and the machine's own pace must not come between them.
const rulesRounds = 6

// runRules measures requests without and with rules. All proxies run, and take turns in short measurements.
func runRules(b *bench, c *caseOf) (row, error) {
	plain := *c
	plain.name, plain.rules = rulesWithout, false
	r := row{samples: make([][]sample, len(b.contenders)), without: make([][]sample, len(b.contenders))}
	proxies := make([][2]*proxy, len(b.contenders))
	for i, who := range b.contenders {
		for k, one := range [2]*caseOf{&plain, c} {
			p, err := b.launch(who, one)
			if errors.Is(err, errAbsent) {
				break
			}
			if err != nil {
				return r, err
			}
			defer b.end(p)
			proxies[i][k] = p
			if _, err := b.measure(p, one, 0.5); err != nil { // pools fill
				return r, err
			}
		}
	}
	for n := range b.rounds * rulesRounds {
		for i, pair := range proxies {
			if pair[1] == nil {
				continue
			}
			var of [2]sample
			for k := range pair {
				k ^= n & 1 // who is first changes
				var err error
				if of[k], err = b.measure(pair[k], c, 1); err != nil {
					return r, err
				}
			}
			r.without[i], r.samples[i] = append(r.without[i], of[0]), append(r.samples[i], of[1])
		}
	}
	return r, nil
}

// base is the row of the requests without rules.
func (r row) base() row {
	return row{name: rulesWithout, title: "requests of a browser", kind: r.kind, samples: r.without}
}

// added prints what rules add to the CPU time of a request: the median of the differences of the pairs, and how far these
// lie apart (their quartiles).
func (r report) added(s *strings.Builder, b *bench) {
	i := slices.IndexFunc(r.rows, func(row row) bool { return row.without != nil })
	if i < 0 {
		return
	}
	of := r.rows[i]
	head, cells := []string{"CPU time that rules add to a request, microseconds"}, []string{"20 ACLs and 10 rules on fields"}
	var sums []float64
	for who, c := range b.contenders {
		head = append(head, c.name)
		if len(of.samples[who]) == 0 {
			sums, cells = append(sums, 0), append(cells, "-")
			continue
		}
		low, middle, high := quartiles(of.samples[who], of.without[who])
		sums = append(sums, middle)
		cells = append(cells, fmt.Sprintf("%.2f (%.2f-%.2f)", middle, low, high))
	}
	for who, c := range b.contenders[1:] {
		head = append(head, b.contenders[0].name+" / "+c.name)
		cell := "-"
		if sums[who+1] > 0 {
			cell = fmt.Sprintf("%.2f", sums[0]/sums[who+1])
		}
		cells = append(cells, cell)
	}
	fmt.Fprintf(s, "| %s |\n|---|%s\n| %s |\n\n", strings.Join(head, " | "), strings.Repeat("---:|", len(head)-1), strings.Join(cells, " | "))
}

// quartiles are those of the differences of pairs.
func quartiles(with, without []sample) (low, middle, high float64) {
	var all []float64
	for i := range with {
		all = append(all, with[i].cpu-without[i].cpu)
	}
	slices.Sort(all)
	n := len(all)
	return all[n/4], (all[(n-1)/2] + all[n/2]) / 2, all[n-1-n/4]
}
