//go:build linux

package main

import (
	"slices"
	"strings"
)

// The two cases whose difference is what rules cost.
const (
	rulesWithout = "rules-without"
	rulesWith    = "rules-with"
)

// rulesConfig is 20 ACLs of which most are looked at by a request of wrk and few hold, and 10 rules that edit its fields.
const rulesConfig = `    acl static    path_beg /static/ /images/ /css/ /js/
    acl picture   path_end .png .jpg .gif .svg .webp
    acl admin     path_beg -i /admin
    acl api       path -m reg ^/v[0-9]+/(users|orders)/[0-9]+$
    acl short     path_len le 8
    acl own_host  hdr(host) -i www.example.com example.com
    acl any_host  hdr(host) -m reg -i ^127[.]
    acl sub_host  hdr_dom(host) -i example.net
    acl bot       hdr_sub(user-agent) -i bot crawler spider
    acl mobile    hdr_reg(user-agent) (Android|iPhone|Mobile)
    acl german    hdr_beg(accept-language) de
    acl has_token hdr(authorization) -m found
    acl session   cook(SESSION) -m len ge 16
    acl beta      cook(variant) beta
    acl inside    src 127.0.0.0/8 10.0.0.0/8 192.168.0.0/16
    acl denied    src 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24
    acl fetching  method GET HEAD
    acl writing   method POST PUT DELETE
    acl debugging url_param(debug) 1 yes true
    acl many      req.hdr_cnt gt 30
    http-request deny                                         if denied || bot
    http-request deny deny_status 405                         if writing !own_host || many
    http-request set-header    X-Kind      static             if static || picture
    http-request set-header    X-Kind      page               if !static !picture !admin !api
    http-request set-header    X-Client    %[src]             if inside fetching
    http-request add-header    X-Seen      %[method]-%[path]  if short any_host !sub_host
    http-request add-header    X-Session   %[req.cook(SESSION)] if session !beta
    http-request set-header    X-Lang      other              if !german !mobile
    http-request del-header    X-Forwarded-Proto              if !has_token
    http-request replace-header User-Agent ^(.*)/([0-9.]+)$ \1 if !debugging
    http-request replace-value Accept      ^text/(.*)$ x-\1  if fetching
    http-response set-header   X-Served-By proxy
`

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
