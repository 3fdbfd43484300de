package directive

import "sluice/internal/proxy"

// newGlobal returns a global section in which nothing was written (configuration.txt 3).
func newGlobal() *proxy.Global {
	g := &proxy.Global{
		UID: -1, GID: -1,
		StatsTimeout: 10e9,
		StatsMaxConn: 10,
		StrictLimits: true,
		JWE:          proxy.DefaultJWEPolicy(),
		UnixBind:     proxy.Bind{UID: -1, GID: -1},
		MaxCompCPU:   100,
		Tune: proxy.Tune{
			BufSize: DefaultBufSize, MaxRewrite: DefaultMaxRewrite,
			MaxHdr: 101, LogURILen: 1024, CookieLen: 63,
			MaxAccept: 4, MaxPollEvents: DefaultPollEvents, MaxRulesAtOnce: 50,
			IdlePoolShared: true, CompMaxLevel: 1,
			PoolLowFDRatio: 20, PoolHighFDRatio: 25,
			MultiQueue:    "on",
			CLIMaxPayload: 128 << 10, StickCounters: 3,
		},
	}
	for code := 400; code < 500; code++ {
		g.HTTPErrCodes.Add(code)
	}
	for code := 500; code < 600; code++ {
		g.HTTPFailCodes.Add(code)
	}
	g.HTTPFailCodes.Del(501)
	g.HTTPFailCodes.Del(505)
	return g
}

// Defaults that the version page shows.
const (
	DefaultBufSize    = 16384
	DefaultMaxRewrite = 1024
	DefaultPollEvents = 200
)
