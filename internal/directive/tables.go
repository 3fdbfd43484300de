package directive

// Tables returns the keywords of all sections.
func Tables() [][]Keyword {
	return [][]Keyword{
		globalProcess, globalTune, globalLog, globalStats, globalDebug,
		proxyBind, proxyServer, proxyGeneral, proxyTimeout, proxyOptionRows, proxyLog, proxyBalance, proxyError, proxyCapture, proxySwitch,
		ringKeywords,
	}
}
