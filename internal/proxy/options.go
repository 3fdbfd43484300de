package proxy

// Options is the set of boolean `option` lines in force.
type Options uint64

// The options, named after configuration.txt 4.2. Those with arguments have fields of their own in Settings.
const (
	OptAbortOnClose   Options = 1 << iota
	OptUnsafeRequest          // accept-unsafe-violations-in-http-request
	OptUnsafeResponse         // accept-unsafe-violations-in-http-response
	OptAllBackups
	OptCheckCache
	OptClientTCPKA
	OptContStats
	OptDisableH2Upgrade
	OptDontLogNormal
	OptDontLogNull
	OptCaseAdjustClient // h1-case-adjust-bogus-client
	OptCaseAdjustServer // h1-case-adjust-bogus-server
	OptBufferRequest
	OptDropRequestTrailers
	OptDropResponseTrailers
	OptIgnoreProbes
	OptNoDelay
	OptPretendKeepAlive
	OptUseProxyHeader
	OptIdleCloseOnResponse
	OptIndependentStreams
	OptLogHealthChecks
	OptLogSeparateErrors
	OptLogASAP
	OptNoLinger
	OptPersist
	OptPreferLastServer
	OptSocketStats
	OptSpliceAuto
	OptSpliceRequest
	OptSpliceResponse
	OptServerTCPKA
	OptTCPSmartAccept
	OptTCPSmartConnect
	OptTCPLog  // tcplog was asked for
	OptHTTPLog // httplog was asked for

	// OptNoAbortOnClose is "no option abortonclose": without either, backends in HTTP mode abort.
	OptNoAbortOnClose
	// OptNoTCPSmartAccept is "no option tcp-smart-accept": without either, frontends in HTTP mode save the packet.
	OptNoTCPSmartAccept
)

// Has reports whether all of want are set.
func (o Options) Has(want Options) bool { return o&want == want }
