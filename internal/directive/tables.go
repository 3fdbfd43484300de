package directive

import "slices"

// Tables returns the keywords of all sections.
func Tables() [][]Keyword {
	return [][]Keyword{
		globalCPU, globalProcess, globalExternal, globalState, globalTune, globalSSL, globalTLS, globalOCSP, globalLog, globalStats, globalDebug, globalVar, globalToken, globalResolvers,
		proxyCookie, proxyExternal, proxyState, proxyStick,
		proxyBind, proxyServer, proxyGeneral, proxyTimeout, proxyOptionRows, proxyLog, proxyBalance, proxyError, proxyCapture, proxyChecks, healthKeywords, proxyCompression, proxyFilter, proxySwitch, proxyStats, proxyACL, proxyRules, proxyTLS, proxyOld,
		ringKeywords, userKeywords, programKeywords, httpErrorsKeywords, logForwardKeywords, logProfileKeywords, peersKeywords, resolversKeywords, storeKeywords,
	}
}

// An OptionRow is what the ledger shows of an option of bind and server lines.
type OptionRow struct {
	Name string
	Args int  // words it takes
	More bool // and perhaps more
}

// BindOptions returns what may follow the addresses of a bind line.
func BindOptions() []OptionRow {
	rows := make([]OptionRow, 0, len(bindTable))
	for _, o := range bindTable {
		rows = append(rows, OptionRow{o.Name, o.Args, o.More})
	}
	for _, o := range bindSSLTable {
		if o.Name != "ssl" { // what the others follow
			rows = append(rows, OptionRow{"ssl " + o.Name, o.Args, o.More})
		}
	}
	return rows
}

// ServerOptions returns what may follow the address of a server line.
func ServerOptions() []OptionRow {
	rows := make([]OptionRow, 0, len(serverTable))
	for _, o := range slices.Concat(serverTable, serverSSLTable, serverCheckTable, serverResolveTable) {
		rows = append(rows, OptionRow{o.Name, o.Args, o.More})
	}
	return rows
}

// HTTPOption says whether an option means something in HTTP mode only.
func HTTPOption(name string) bool {
	for _, o := range httpOptions {
		if o.name == name {
			return true
		}
	}
	return false
}
