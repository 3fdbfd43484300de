package stats

import "slices"

// places are the kinds of objects that have a metric.
type places uint8

const (
	atFront places = 1 << iota
	atListener
	atBack
	atServer
	everywhere = atFront | atListener | atBack | atServer
)

// placedMetric is a metric that shows a column of the statistics.
type placedMetric struct {
	name, kind, field string
	at                places
}

// columnMetrics are those of proxies, listeners and servers. What each of them has stands in the order of HAProxy.
var columnMetrics = [...]placedMetric{
	{"current_queue", "gauge", "qcur", atBack | atServer},
	{"max_queue", "gauge", "qmax", atBack | atServer},
	{"current_sessions", "gauge", "scur", everywhere},
	{"max_sessions", "gauge", "smax", everywhere},
	{"limit_sessions", "gauge", "slim", everywhere},
	{"sessions_total", "counter", "stot", everywhere},
	{"bytes_in_total", "counter", "bin", everywhere},
	{"bytes_out_total", "counter", "bout", everywhere},
	{"requests_denied_total", "counter", "dreq", atFront | atListener | atBack},
	{"responses_denied_total", "counter", "dresp", everywhere},
	{"connection_errors_total", "counter", "econ", atBack | atServer},
	{"response_errors_total", "counter", "eresp", atBack | atServer},
	{"retry_warnings_total", "counter", "wretr", atBack | atServer},
	{"redispatch_warnings_total", "counter", "wredis", atBack | atServer},
	{"request_errors_total", "counter", "ereq", atFront | atListener},
	{"status", "gauge", "status", everywhere},
	{"weight", "gauge", "weight", atBack | atServer},
	{"active_servers", "gauge", "act", atBack},
	{"backup_servers", "gauge", "bck", atBack},
	{"active", "gauge", "act", atServer},
	{"backup", "gauge", "bck", atServer},
	{"check_failures_total", "counter", "chkfail", atServer},
	{"check_up_down_total", "counter", "chkdown", atBack | atServer},
	{"check_last_change_seconds", "gauge", "lastchg", atBack | atServer},
	{"downtime_seconds_total", "gauge", "downtime", atBack},
	{"downtime_seconds_total", "counter", "downtime", atServer},
	{"queue_limit", "gauge", "qlimit", atServer},
	{"current_throttle", "gauge", "throttle", atServer},
	{"loadbalanced_total", "counter", "lbtot", atBack | atServer},
	{"current_session_rate", "gauge", "rate", atFront | atBack | atServer},
	{"limit_session_rate", "gauge", "rate_lim", atFront},
	{"max_session_rate", "gauge", "rate_max", atFront | atBack | atServer},
	{"check_status", "gauge", "check_status", atServer},
	{"check_code", "gauge", "check_code", atServer},
	{"check_duration_seconds", "gauge", "check_duration", atServer},
	{"http_responses_total", "counter", "hrsp_1xx", atFront | atBack | atServer},
	{"http_requests_rate_max", "gauge", "req_rate_max", atFront},
	{"http_requests_total", "counter", "req_tot", atFront | atBack | atServer},
	{"client_aborts_total", "counter", "cli_abrt", atBack | atServer},
	{"server_aborts_total", "counter", "srv_abrt", atBack | atServer},
	{"http_comp_bytes_in_total", "counter", "comp_in", atFront | atBack},
	{"http_comp_bytes_out_total", "counter", "comp_out", atFront | atBack},
	{"http_comp_bytes_bypassed_total", "counter", "comp_byp", atFront | atBack},
	{"http_comp_responses_total", "counter", "comp_rsp", atFront | atBack},
	{"last_session_seconds", "gauge", "lastsess", atBack | atServer},
	{"queue_time_average_seconds", "gauge", "qtime", atBack | atServer},
	{"connect_time_average_seconds", "gauge", "ctime", atBack | atServer},
	{"response_time_average_seconds", "gauge", "rtime", atBack | atServer},
	{"total_time_average_seconds", "gauge", "ttime", atBack | atServer},
	{"connections_rate_max", "gauge", "conn_rate_max", atFront},
	{"connections_total", "counter", "conn_tot", atFront | atListener},
	{"intercepted_requests_total", "counter", "intercepted", atFront},
	{"denied_connections_total", "counter", "dcon", atFront | atListener},
	{"denied_sessions_total", "counter", "dses", atFront | atListener},
	{"failed_header_rewriting_total", "counter", "wrew", everywhere},
	{"connection_attempts_total", "counter", "connect", atBack | atServer},
	{"connection_reuses_total", "counter", "reuse", atBack | atServer},
	{"http_cache_lookups_total", "counter", "cache_lookups", atFront | atBack},
	{"http_cache_hits_total", "counter", "cache_hits", atFront | atBack},
	{"idle_connections_current", "gauge", "srv_icur", atServer},
	{"idle_connections_limit", "gauge", "src_ilim", atServer},
	{"max_queue_time_seconds", "gauge", "qtime_max", atBack | atServer},
	{"max_connect_time_seconds", "gauge", "ctime_max", atBack | atServer},
	{"max_response_time_seconds", "gauge", "rtime_max", atBack | atServer},
	{"max_total_time_seconds", "gauge", "ttime_max", atBack | atServer},
	{"internal_errors_total", "counter", "eint", everywhere},
	{"unsafe_idle_connections_current", "gauge", "idle_conn_cur", atServer},
	{"safe_idle_connections_current", "gauge", "safe_conn_cur", atServer},
	{"used_connections_current", "gauge", "used_conn_cur", atServer},
	{"need_connections_current", "gauge", "need_conn_est", atServer},
	{"uweight", "gauge", "uweight", atBack | atServer},
	{"agg_server_status", "gauge", "agg_server_status", atBack},
	{"agg_server_check_status", "gauge", "agg_server_check_status", atBack},
	{"agg_check_status", "gauge", "agg_check_status", atBack},
	{"private_idle_connections_current", "gauge", "priv_idle_cur", atServer},
	{"req_bytes_in_total", "counter", "reqbin", everywhere},
	{"req_bytes_out_total", "counter", "reqbout", everywhere},
	{"res_bytes_in_total", "counter", "resbin", everywhere},
	{"res_bytes_out_total", "counter", "resbout", everywhere},
	{"http_cache_hint_hits_total", "counter", "cache_hint_hits", atFront | atBack},
}

// metricsAt are the metrics of a kind of object.
func metricsAt(at places) (list []metric) {
	for _, m := range columnMetrics {
		if m.at&at != 0 {
			list = append(list, metric{m.name, m.kind, m.field})
		}
	}
	return slices.Clip(list)
}
