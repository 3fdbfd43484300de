package directive

import (
	"context"
	"net/netip"

	"sluice/internal/config"
	"sluice/internal/cpu"
	"sluice/internal/filter/compression"
	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/secure"
	"sluice/internal/sticktable"
)

// Keyword and Section are rows of this package's tables.
type (
	Keyword = config.Keyword[*Builder]
	Section = config.Section[*Builder]
)

// A Builder is the configuration while its lines are read. One goroutine uses it, once.
type Builder struct {
	// Env is the environment that setenv and its kin change.
	Env *config.Env
	// IgnoreResolve is the command line's -dr: names of servers that do not resolve leave them without an address.
	IgnoreResolve bool
	// Resolve finds the addresses of a name; nil means the system's way.
	Resolve func(wait context.Context, network, host string) ([]netip.Addr, error)
	// IPv4Only is the command line's -4.
	IPv4Only bool

	// LocalPeer is the command line's -L: the name of this process among its peers, "" for that of the configuration or
	// else of the host.
	LocalPeer string

	// ProxyMaxConn is the command line's -N: the limit of frontends that set none, 0 for the built-in one.
	ProxyMaxConn int

	// Renice gives the process a priority while the configuration is read; nil: nobody wants to.
	Renice func(nice int) error

	lang    Language
	lists   *pattern.Lists
	pending sample.Pending // names that are resolved when everything is read
	keys    proxy.Keys     // of tokens
	shops   *compression.Shops
	agents  []*agentDraft // of SPOE

	pathFrom, pathOrigin string // default-path
	snap                 *proxy.Snapshot
	global               *proxy.Global
	cpu                  cpu.Config
	seen                 map[string]bool // keywords of the global section that may be given once
	at                   *draft          // the proxy whose section is being read, nil elsewhere
	ring                 *proxy.Ring
	program              *proxy.Program
	users                *userDraft // the userlist section being read
	errors               *proxy.HTTPErrors
	healths              map[string]*namedCheck // healthcheck sections
	healthAt             *namedCheck            // the one being read
	profile              *proxy.LogProfile
	forward              *forwardDraft
	resolvers            *proxy.Resolvers // the section being read
	peers                *peersDraft      // the section being read
	peerings             []*peersDraft
	forwards             []*forwardDraft
	usedExperimental     bool // something that is experimental was used
	drafts               []*draft
	defaults             map[string]*draft // named defaults sections
	last                 *draft            // the defaults section that applies to the next proxies
	names                map[string]*draft // first proxy of a name, for duplicates
	guids                map[string]string // guid to what carries it
	ids                  map[int]*draft    // explicit ids of proxies
	nextID               int               // of a proxy without one
	hosts                map[string]found  // names looked up
	rules                int               // rule ids given out
	rings                []*draft          // the proxies of the servers of rings
	tls                  builderTLS

	bindRows   *config.Options[*bindLine]
	serverRows *config.Options[*serverLine]
}

// A draft is a proxy while it is read, with what is compiled or resolved only when the whole configuration is known.
type draft struct {
	*proxy.Proxy
	text inherited
	// named marks a defaults section with a name: only those may carry rules and ACLs.
	named   bool
	from    *draft
	shadows *draft // defaults: an earlier section of the same name
	// explicit and implicit tell how a defaults section was used so far.
	explicit, implicit bool
	sameName           *draft // an earlier proxy of the same name in another role

	defaultExtra serverExtra
	presets      map[string]*serverLine // named default-server lines
	extras       map[*proxy.Server]serverExtra
	frontUses    []*secure.ListEntry // ssl-f-use
	dispatch     *proxy.Server
	serverIDs    map[int]phrase
	bindIDs      map[int]phrase
	acls         *pattern.Scope
	blocks       int // the `block` rules, which go before all http-request rules
	table        *sticktable.Config
	tablePos     proxy.Pos
	tablePeers   string               // the peers section that its table names
	sticks       []string             // the tables of its stick rules, by name
	ranks        uint32               // the rule sets that the section has, by rank
	chosen       map[string]string    // defaults: the keywords that chose log formats
	given        map[string]proxy.Pos // what this section said already
	// role is how a defaults section with rules was used.
	role        proxy.Caps
	moded       bool       // mode was given, here or in what it was taken from
	restrictSet bool       // http-restrict-req-hdr-names was given
	sequences   [2]*phrase // filter-sequence, by proxy.SideRequest and its kin
	begun       []string   // the kinds of checks that the section has rules of its own for
}

// inherited is what a defaults section hands down besides proxy.Settings: texts that are compiled for each proxy, since
// their meaning depends on its mode and role.
type inherited struct {
	logFormat, logSD, logErr, uniqueID phrase
	logGlobal                          bool // `log global`
	access                             pageAccess
	check                              checkText
	errors                             []errorLine
	monitors                           netip.Prefix // monitor-net
	health                             bool         // mode health
	monitor                            proxy.Pos    // of the one or the other
	transparent                        bool         // without a server, connections go where clients wanted to
}

// A phrase is a text with its place.
type phrase struct {
	text string
	pos  proxy.Pos
}

// NewBuilder returns an empty builder.
func NewBuilder(lang Language, env *config.Env) *Builder {
	setFormats(env)
	b := &Builder{
		lang: lang, Env: env, lists: pattern.NewLists(),
		snap: &proxy.Snapshot{}, global: newGlobal(),
		seen:     map[string]bool{},
		defaults: map[string]*draft{},
		names:    map[string]*draft{}, // the last proxy of each name
		guids:    map[string]string{},
		ids:      map[int]*draft{},
		hosts:    map[string]found{},
		tls:      newBuilderTLS(),
		shops:    compression.NewShops(),

		bindRows:   config.NewOptions(bindTable, bindSSLTable),
		serverRows: config.NewOptions(serverTable, serverSSLTable, serverCheckTable, serverResolveTable),
	}
	b.tls.store.Line = b.addedLine
	b.tls.store.Tokens, b.keys.Load = &b.keys, b.tls.store.LoadToken
	return b
}

// Lists returns the ACLs and maps.
func (b *Builder) Lists() *pattern.Lists { return b.lists }

// Global returns the global section as read so far.
func (b *Builder) Global() *proxy.Global { return b.global }
