package stats

import "sluice/internal/proxy"

// metric is one family of the Prometheus exporter: the end of its name, its kind, and the field of `show info` or the
// column of `show stat` that it shows. Its help text is that field's.
type metric struct {
	name  string
	kind  string // "gauge" or "counter"
	field string
}

// processMetrics are those of the process, in the order of HAProxy.
var processMetrics = [...]metric{
	{"nbthread", "gauge", "Nbthread"},
	{"nbproc", "gauge", "Nbproc"},
	{"relative_process_id", "gauge", "Process_num"},
	{"uptime_seconds", "gauge", "Uptime_sec"},
	{"pool_failures_total", "counter", "PoolFailed"},
	{"max_fds", "gauge", "Ulimit-n"},
	{"max_sockets", "gauge", "Maxsock"},
	{"max_connections", "gauge", "Maxconn"},
	{"hard_max_connections", "gauge", "Hard_maxconn"},
	{"current_connections", "gauge", "CurrConns"},
	{"connections_total", "counter", "CumConns"},
	{"requests_total", "counter", "CumReq"},
	{"max_ssl_connections", "gauge", "MaxSslConns"},
	{"current_ssl_connections", "gauge", "CurrSslConns"},
	{"ssl_connections_total", "counter", "CumSslConns"},
	{"max_pipes", "gauge", "Maxpipes"},
	{"pipes_used_total", "counter", "PipesUsed"},
	{"pipes_free_total", "counter", "PipesFree"},
	{"current_connection_rate", "gauge", "ConnRate"},
	{"limit_connection_rate", "gauge", "ConnRateLimit"},
	{"max_connection_rate", "gauge", "MaxConnRate"},
	{"current_session_rate", "gauge", "SessRate"},
	{"limit_session_rate", "gauge", "SessRateLimit"},
	{"max_session_rate", "gauge", "MaxSessRate"},
	{"current_ssl_rate", "gauge", "SslRate"},
	{"limit_ssl_rate", "gauge", "SslRateLimit"},
	{"max_ssl_rate", "gauge", "MaxSslRate"},
	{"current_frontend_ssl_key_rate", "gauge", "SslFrontendKeyRate"},
	{"max_frontend_ssl_key_rate", "gauge", "SslFrontendMaxKeyRate"},
	{"frontend_ssl_reuse", "gauge", "SslFrontendSessionReuse_pct"},
	{"current_backend_ssl_key_rate", "gauge", "SslBackendKeyRate"},
	{"max_backend_ssl_key_rate", "gauge", "SslBackendMaxKeyRate"},
	{"ssl_cache_lookups_total", "counter", "SslCacheLookups"},
	{"ssl_cache_misses_total", "counter", "SslCacheMisses"},
	{"http_comp_bytes_in_total", "counter", "CompressBpsIn"},
	{"http_comp_bytes_out_total", "counter", "CompressBpsOut"},
	{"limit_http_comp", "gauge", "CompressBpsRateLim"},
	{"current_tasks", "gauge", "Tasks"},
	{"current_run_queue", "gauge", "Run_queue"},
	{"idle_time_percent", "gauge", "Idle_pct"},
	{"node", "gauge", "node"},
	{"description", "gauge", "description"},
	{"stopping", "gauge", "Stopping"},
	{"jobs", "gauge", "Jobs"},
	{"unstoppable_jobs", "gauge", "Unstoppable Jobs"},
	{"listeners", "gauge", "Listeners"},
	{"active_peers", "gauge", "ActivePeers"},
	{"connected_peers", "gauge", "ConnectedPeers"},
	{"dropped_logs_total", "counter", "DroppedLogs"},
	{"busy_polling_enabled", "gauge", "BusyPolling"},
	{"failed_resolutions", "counter", "FailedResolutions"},
	{"bytes_out_total", "counter", "TotalBytesOut"},
	{"spliced_bytes_out_total", "counter", "TotalSplicedBytesOut"},
	{"bytes_out_rate", "gauge", "BytesOutRate"},
	{"recv_logs_total", "counter", "CumRecvLogs"},
	{"build_info", "gauge", "Version"},
	{"max_memory_bytes", "gauge", "Memmax_bytes"},
	{"pool_allocated_bytes", "gauge", "PoolAlloc_bytes"},
	{"pool_used_bytes", "gauge", "PoolUsed_bytes"},
	{"start_time_seconds", "gauge", "Start_time_sec"},
	{"total_warnings", "counter", "TotalWarnings"},
	{"patterns_added_total", "gauge", "PatternsAdded"},
	{"patterns_freed_total", "gauge", "PatternsFreed"},
	{"nb_thread_groups", "gauge", "NbThreadGroups"},
}

// ownMetrics are counters of the process that HAProxy does not have, under names of our own.
var ownMetrics = [...]struct {
	name, help string
	get        func(*proxy.Process) uint64
}{
	{"regex_given_up_total", "Searches with regular expressions that took too long and count as no match", func(p *proxy.Process) uint64 { return p.GivenUp.Load() }},
}
