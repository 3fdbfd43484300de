package directive

import (
	"slices"
	"strconv"

	"sluice/internal/config"
	"sluice/internal/password"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// statsWords is how a line without a known word behind `stats` is told what there is.
const statsWords = "'admin', 'uri', 'realm', 'auth', 'scope', 'enable', 'hide-version', 'show-node', 'show-desc' , 'show-legends' or 'show-version'."

// proxyStats is the keyword of the statistics page (configuration.txt 4.2, stats ...). Each of its lines also enables the
// page.
var proxyStats = []Keyword{
	{Name: "stats", Doc: "The statistics page: where it is, who may see it, what it shows.", In: config.InProxy, Max: -1, Parse: unknownPageWord, Sub: []Keyword{
		{Name: "admin", Doc: "Who may change servers from the page.", Max: -1, Parse: parseStatsAdmin},
		{Name: "auth", Doc: "A user who may see the page, and the password.", Max: -1, Parse: parseStatsAuth},
		{Name: "enable", Doc: "The page is there.", Max: -1, Parse: func(b *Builder, l *config.Line) { b.statsPage(l) }},
		{Name: "hide-version", Doc: "The page does not tell the version, which is the default.", Max: -1,
			Parse: func(b *Builder, l *config.Line) { b.statsPage(l).ShowVersion = false }},
		{Name: "http-request", Doc: "A rule about who may see the page.", Max: -1, Parse: parseStatsRule},
		{Name: "realm", Doc: "What browsers call the place that they ask a password for.", Max: -1, Parse: parseStatsRealm},
		{Name: "refresh", Doc: "How often browsers load the page again.", Max: -1, Parse: parseStatsRefresh},
		{Name: "scope", Doc: "A proxy that the page shows; without any it shows all.", Max: -1, Parse: parseStatsScope},
		{Name: "show-desc", Doc: "The page shows a description.", Max: -1, Parse: parseStatsDesc},
		{Name: "show-legends", Doc: "The page shows addresses, cookies and numbers.", Max: -1,
			Parse: func(b *Builder, l *config.Line) { b.statsPage(l).ShowLegends = true }},
		{Name: "show-modules", Doc: "The page shows the counters of protocols.", Max: -1,
			Parse: func(b *Builder, l *config.Line) { b.statsPage(l).ShowModules = true }},
		{Name: "show-node", Doc: "The page shows the name of the machine.", Max: -1, Parse: parseStatsNode},
		{Name: "show-version", Doc: "The page tells the version.", Max: -1,
			Parse: func(b *Builder, l *config.Line) { b.statsPage(l).ShowVersion = true }},
		{Name: "uri", Doc: "How the targets of the page begin.", Max: -1, Parse: parseStatsURI},
	}},
}

func unknownPageWord(_ *Builder, l *config.Line) {
	if l.Arg(0).Value == "" {
		l.Tightf(l.End(), "missing keyword in 'stats', expects %s", statsWords)
		return
	}
	l.Tightf(l.Arg(0), "unknown stats parameter '%s', expects %s", l.Arg(0).Value, statsWords)
}

// pageAccess is who may see a page, as `stats auth` and `stats realm` say: in the end it is a rule.
type pageAccess struct {
	realm string
	given bool // by stats realm
	users []pageUser
}

type pageUser struct{ name, password string }

// statsPage is the page of the section that is read. What a defaults section says of it is left behind by the first
// line of the proxy's own.
func (b *Builder) statsPage(l *config.Line) *proxy.StatsPage {
	d := b.at
	if d.Stats == nil || d.from != nil && d.Stats == d.from.Stats {
		d.Stats = &proxy.StatsPage{URI: "/haproxy?stats", Pos: place(l)}
		d.text.access = pageAccess{realm: "HAProxy Statistics"}
	}
	return d.Stats
}

func parseStatsAdmin(b *Builder, l *config.Line) {
	if l.Place == config.InDefaults {
		l.Tightf(l.Name(), "'stats admin' not allowed in 'defaults' section.")
		return
	}
	if c, ok := b.condition(l, l.Args, "'stats admin'", "a 'stats admin' rule", requestPlaces(b.at.Proxy)); ok {
		page := b.statsPage(l)
		page.Admin = append(page.Admin, c)
	}
}

func parseStatsAuth(b *Builder, l *config.Line) {
	if l.Arg(0).Value == "" {
		l.Errorf(l.End(), "'auth' needs a user:password account.")
		return
	}
	b.statsPage(l)
	name, pass, ok := cutUser(l.Arg(0).Value)
	if !ok {
		l.Errorf(l.Arg(0), "'auth' needs a user:password account: there is no ':' in '%s'.", l.Arg(0).Value)
		return
	}
	access := &b.at.text.access
	for _, u := range access.users {
		if u.name == name {
			l.Report().Warnf(place(l), "config : uri auth: ignoring duplicated user '%s'.", name)
			return
		}
	}
	access.users = append(slices.Clone(access.users), pageUser{name, pass})
}

func cutUser(text string) (name, pass string, ok bool) {
	for i := range len(text) {
		if text[i] == ':' {
			return text[:i], text[i+1:], true
		}
	}
	return "", "", false
}

// parseStatsRule reads an access rule of the page.
func parseStatsRule(b *Builder, l *config.Line) {
	if l.Place == config.InDefaults {
		l.Tightf(l.Name(), "'stats' not allowed in 'defaults' section.")
		return
	}
	switch w := l.Arg(0); w.Value {
	case "allow", "deny", "auth":
		b.parseRule(l, rule.HTTPRequest, l.Args, &b.statsPage(l).Rules)
	default:
		l.Tightf(w, "'stats http-request' expects 'allow', 'deny' or 'auth', but got '%s'.%s", w.Value, config.Suggest(w.Value, []string{"allow", "auth", "deny"}))
	}
}

func parseStatsRealm(b *Builder, l *config.Line) {
	if l.Arg(0).Value == "" {
		l.Errorf(l.End(), "'realm' needs an realm name.")
		return
	}
	b.statsPage(l)
	access := &b.at.text.access
	access.realm, access.given = l.Arg(0).Value, true
}

func parseStatsRefresh(b *Builder, l *config.Line) {
	w := l.Arg(0)
	page := b.statsPage(l)
	d, rest, err := config.ParseTime(w.Value, 1e9)
	switch {
	case err != nil && err.Overflow:
		l.Tightf(w, "timer overflow in argument <%s> to stats refresh interval, maximum value is 2147483647 ms (~24.8 days).", w.Value)
	case w.Value != "" && err != nil:
		l.Tightf(w, "unexpected character '%c' in argument to stats refresh interval.", w.Value[0])
	case rest != "":
		l.Tightf(w, "unexpected character '%c' in argument to stats refresh interval.", rest[0])
	default:
		page.Refresh = int(int64(d) / 1e9)
	}
}

func parseStatsScope(b *Builder, l *config.Line) {
	if l.Arg(0).Value == "" {
		l.Errorf(l.End(), "'scope' needs a proxy name.")
		return
	}
	page := b.statsPage(l)
	page.Scope = append(page.Scope, l.Arg(0).Value)
}

func parseStatsDesc(b *Builder, l *config.Line) {
	page := b.statsPage(l)
	page.ShowDesc = join(l.Args)
	if page.ShowDesc != "" {
		return
	}
	if page.ShowDesc = b.global.Description; page.ShowDesc == "" {
		l.Report().Warnf(place(l), "config : parsing [%v]: 'show-desc' requires a parameter or 'desc' to be set in the global section.", place(l))
	}
}

func parseStatsNode(b *Builder, l *config.Line) {
	page := b.statsPage(l)
	page.ShowNode, page.Node = true, join(l.Args)
}

func parseStatsURI(b *Builder, l *config.Line) {
	if l.Arg(0).Value == "" {
		l.Errorf(l.End(), "'uri' needs an URI prefix.")
		return
	}
	b.statsPage(l).URI = l.Arg(0).Value
}

// statsPage makes the proxy's page its own, and a rule of the users that may see it.
func (r *resolver) statsPage(d *draft) {
	if d.Stats == nil {
		return
	}
	page := *d.Stats
	d.Stats = &page
	page.Prefix = []byte(page.URI)
	access := &d.text.access
	if len(page.Rules) > 0 && (len(access.users) > 0 || access.given) {
		r.report.Errorf(page.Pos, "proxy '%s': stats 'auth'/'realm' and 'http-request' can't be used at the same time.", d.Name)
		return
	}
	if len(access.users) == 0 {
		return
	}
	list := &proxy.Userlist{Name: "stats@" + d.Name + "#" + strconv.Itoa(len(r.b.snap.Userlists)), Pos: page.Pos,
		Users: map[string]*proxy.User{}, Groups: map[string]bool{}, Cache: password.NewCache()}
	for _, u := range access.users {
		list.Users[u.name] = &proxy.User{Name: u.name, Secret: password.Plain(u.password)}
	}
	r.b.snap.Userlists = append(r.b.snap.Userlists, list)
	words := []string{"auth", "realm", access.realm, "unless", "{", "http_auth(" + list.Name + ")", "}"}
	one, err := rule.Parse(r.b.lang.Actions, rule.HTTPRequest, words, d.scope(r.b), r.b.sampleEnv(d, r.report, page.Pos, sample.Places(0), ""))
	if err != nil {
		r.report.Errorf(page.Pos, "config : parsing [%v] : %v", page.Pos, err)
		return
	}
	one.ID, one.Text = r.b.ruleID(), "stats auth"
	page.Rules = slices.Concat(page.Rules, []*proxy.Rule{one})
}
