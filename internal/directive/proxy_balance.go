package directive

import (
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// proxyBalance are the keywords that choose servers (configuration.txt 4.2).
var proxyBalance = []Keyword{
	{Name: "balance", Doc: "How a server is chosen for a stream.", In: config.InBack, Max: -1, Parse: parseBalance},
	{Name: "hash-balance-factor", Doc: "How far a server may be loaded above the average, in percent.", In: config.InBack, Min: 1, Max: -1,
		Expects: "an integer argument", Parse: parseHashBalanceFactor},
	{Name: "hash-preserve-affinity", Doc: "Which full servers keep the keys that hash to them.", In: config.InBack, Max: -1, Misplaced: config.Refused, Parse: parseHashPreserve},
	{Name: "hash-type", Doc: "How keys are hashed and mapped to servers.", In: config.InBack, Max: -1, Parse: parseHashType},
}

// An algorithm is a row: a word after balance, alone or with an argument in parentheses.
type algorithm struct {
	Name  string
	Doc   string // one sentence
	Algo  proxy.Algorithm
	paren bool // takes an argument in parentheses
	parse func(s *proxy.Balance, l *config.Line, inside string) bool
}

var algorithms = [...]algorithm{
	{Name: "first", Doc: "The first server with a free slot.", Algo: proxy.AlgoFirst},
	{Name: "hash", Doc: "A hash of an expression.", Algo: proxy.AlgoHash, parse: balanceHash},
	{Name: "hdr", Doc: "A hash of a request header.", Algo: proxy.AlgoHdr, paren: true, parse: balanceHeader},
	{Name: "leastconn", Doc: "The server with the fewest connections.", Algo: proxy.AlgoLeastConn},
	{Name: "log-hash", Doc: "A hash of what converters make of a log line.", Algo: proxy.AlgoLogHash, parse: balanceLogHash},
	{Name: "random", Doc: "The least loaded of some servers drawn at random.", Algo: proxy.AlgoRandom, paren: true, parse: balanceRandom},
	{Name: "rdp-cookie", Doc: "A hash of an RDP cookie.", Algo: proxy.AlgoRDPCookie, paren: true, parse: balanceRDPCookie},
	{Name: "roundrobin", Doc: "Each server in turn.", Algo: proxy.AlgoRoundRobin},
	{Name: "source", Doc: "A hash of the client's address.", Algo: proxy.AlgoSource},
	{Name: "static-rr", Doc: "Each server in turn, with weights that do not change.", Algo: proxy.AlgoStaticRR},
	{Name: "sticky", Doc: "One server for all log lines, as long as it is up.", Algo: proxy.AlgoSticky},
	{Name: "uri", Doc: "A hash of the request's URI.", Algo: proxy.AlgoURI, parse: balanceURI},
	{Name: "url_param", Doc: "A hash of a parameter of the query.", Algo: proxy.AlgoURLParam, parse: balanceURLParam},
}

func parseBalance(b *Builder, l *config.Line) {
	s := &b.at.Balance
	next := proxy.Balance{Type: s.Type, Func: s.Func, Avalanche: s.Avalanche, Pos: place(l), Draws: 2, Algo: proxy.AlgoRoundRobin}
	w := l.Arg(0)
	if w.Value == "" {
		*s = next
		return
	}
	name, inside, paren := strings.Cut(w.Value, "(")
	for _, a := range algorithms {
		if a.Name != name || paren && !a.paren || !paren && a.Name == "hdr" {
			continue
		}
		next.Algo = a.Algo
		if paren {
			inside = "(" + inside
		}
		if a.parse == nil || a.parse(&next, l, inside) {
			*s = next
		}
		return
	}
	l.Errorf(w, "balance only supports 'roundrobin', 'static-rr', 'leastconn', 'source', 'uri', 'url_param', 'hash', 'hdr(name)', 'rdp-cookie(name)', 'log-hash' and 'sticky' options.")
}

func balanceLogHash(s *proxy.Balance, l *config.Line, _ string) bool {
	if len(l.Args) < 2 {
		l.Errorf(l.End(), "balance log-hash requires a converter list.")
		return false
	}
	s.ExprText = l.Arg(1).Value
	return true
}

func balanceHash(s *proxy.Balance, l *config.Line, _ string) bool {
	if len(l.Args) < 2 {
		l.Errorf(l.End(), "balance hash requires a sample expression.")
		return false
	}
	if len(l.Args) > 2 {
		l.Errorf(l.Arg(2), "balance hash takes no other argument (got '%s').", l.Arg(2).Value)
		return false
	}
	s.ExprText = l.Arg(1).Value
	return true
}

func balanceHeader(s *proxy.Balance, l *config.Line, inside string) bool {
	name, closed := strings.CutSuffix(strings.TrimPrefix(inside, "("), ")")
	if !closed || name == "" {
		l.Errorf(l.Arg(0), "balance hdr requires an http header field name.")
		return false
	}
	s.Param = lower(name)
	if w := l.Arg(1); w.Value != "" {
		if w.Value != "use_domain_only" {
			l.Errorf(w, "balance hdr(%s) only accepts 'use_domain_only' modifier (got '%s').", name, w.Value)
			return false
		}
		s.DomainOnly = true
	}
	return true
}

func balanceRandom(s *proxy.Balance, l *config.Line, inside string) bool {
	if inside == "" {
		return true
	}
	number, closed := strings.CutSuffix(inside[1:], ")")
	n, err := strconv.Atoi(number)
	switch {
	case !closed:
		l.Errorf(l.Arg(0), "balance random : missing closing parenthesis.")
	case err != nil:
		l.Errorf(l.Arg(0), "balance random : unexpected character '%c' after argument.", strayByte(number))
	case n < 1:
		l.Errorf(l.Arg(0), "balance random : number of draws must be at least 1.")
	default:
		s.Draws = n
		return true
	}
	return false
}

func balanceRDPCookie(s *proxy.Balance, l *config.Line, inside string) bool {
	s.Param = []byte("mstshash")
	if inside == "" {
		return true
	}
	name, closed := strings.CutSuffix(inside[1:], ")")
	if !closed || name == "" {
		l.Errorf(l.Arg(0), "balance rdp-cookie : missing cookie name.")
		return false
	}
	s.Param = []byte(name)
	return true
}

func balanceURI(s *proxy.Balance, l *config.Line, _ string) bool {
	for i := 1; i < len(l.Args); i++ {
		w := l.Args[i]
		switch w.Value {
		case "len", "depth":
			v := l.Arg(i + 1)
			n, err := strconv.Atoi(v.Value)
			if err != nil || n <= 0 {
				l.Errorf(v, "balance uri : '%s' expects a positive integer (got '%s').", w.Value, v.Value)
				return false
			}
			if w.Value == "len" {
				s.Len = n
			} else {
				s.Depth = n
			}
			i++
		case "whole":
			s.Whole = true
		case "path-only":
			s.PathOnly = true
		default:
			l.Errorf(w, "balance uri only accepts parameters 'len', 'depth', 'path-only', and 'whole' (got '%s').", w.Value)
			return false
		}
	}
	return true
}

func balanceURLParam(s *proxy.Balance, l *config.Line, _ string) bool {
	if len(l.Args) < 2 {
		l.Errorf(l.End(), "balance url_param requires an URL parameter name.")
		return false
	}
	s.Param = []byte(l.Arg(1).Value)
	if w := l.Arg(2); w.Value != "" {
		if w.Value != "check_post" {
			l.Errorf(w, "balance url_param only accepts 'check_post' modifier (got '%s').", w.Value)
			return false
		}
		s.CheckPost = true
	}
	if w := l.Arg(3); w.Value != "" {
		n, err := strconv.Atoi(w.Value)
		if err != nil || n < 0 {
			l.Errorf(w, "balance url_param : 'check_post' expects a number of bytes (got '%s').", w.Value)
			return false
		}
		s.CheckMax = n
	}
	return true
}

func parseHashBalanceFactor(b *Builder, l *config.Line) {
	n, ok := atLeast(l, l.Arg(0), 0)
	switch {
	case ok && n != 0 && n <= 100:
		l.Errorf(l.Arg(0), "'hash-balance-factor' must be 0 or greater than 100.")
	case ok:
		b.at.HashBalance = n
	}
}

func parseHashPreserve(b *Builder, l *config.Line) {
	switch w := l.Arg(0); w.Value {
	case "always":
		b.at.HashKeep = proxy.HashPreserveAlways
	case "maxconn":
		b.at.HashKeep = proxy.HashPreserveMaxConn
	case "maxqueue":
		b.at.HashKeep = proxy.HashPreserveMaxQueue
	case "":
		l.Errorf(w, "'hash-preserve-affinity' needs a keyword to specify when to preserve hash affinity")
	default:
		l.Errorf(w, "'hash-preserve-affinity': unknown keyword '%s'", w.Value)
	}
}

func parseHashType(b *Builder, l *config.Line) {
	s := b.at.Balance
	switch w := l.Arg(0); w.Value {
	case "consistent":
		// Without a function behind it the ring's keys are scrambled.
		s.Type, s.Func, s.Avalanche = proxy.HashConsistent, proxy.HashSDBM, len(l.Args) == 1
	case "map-based":
		s.Type, s.Func, s.Avalanche = proxy.HashMapBased, proxy.HashSDBM, false
	case "avalanche":
		l.Errorf(w, "experimental feature 'hash-type avalanche' is not supported anymore, please use 'hash-type map-based sdbm avalanche' instead.")
		return
	default:
		l.Errorf(w, "'hash-type' only supports 'consistent' and 'map-based'.")
		return
	}
	if w := l.Arg(1); w.Value != "" {
		f, ok := hashFunc(w.Value)
		if !ok {
			l.Errorf(w, "'hash-type' only supports 'sdbm', 'djb2', 'crc32', or 'wt6' hash functions.")
			return
		}
		s.Func = f
	}
	if w := l.Arg(2); w.Value != "" {
		if w.Value != "avalanche" {
			l.Errorf(w, "'hash-type' only supports 'avalanche' as a modifier for hash functions.")
			return
		}
		s.Avalanche = true
	}
	b.at.Balance = s
}

func hashFunc(name string) (proxy.HashFunc, bool) {
	switch name {
	case "sdbm":
		return proxy.HashSDBM, true
	case "djb2":
		return proxy.HashDJB2, true
	case "wt6":
		return proxy.HashWT6, true
	case "crc32":
		return proxy.HashCRC32, true
	case "none":
		return proxy.HashNone, true
	}
	return 0, false
}
