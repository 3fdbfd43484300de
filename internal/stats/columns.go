package stats

import "sluice/internal/proxy"

// column is one field of `show stat`: its name, its tags in the typed forms, and its value for an object. A nil get is a
// column of a feature that this build has not: it stays empty.
type column struct {
	name string
	tag  tags
	doc  string
	get  func(o *Object) Field
}

// tagOf returns the tags, which differ for a few columns of backends.
func (c *column) tagOf(o *Object) tags {
	if o.Role == Back && (c.name == "act" || c.name == "bck" || c.name == "rate_max") {
		return "MGPV"
	}
	return c.tag
}

func (c *column) value(o *Object) Field {
	if c.get == nil {
		return Field{}
	}
	return c.get(o)
}

// columns are in the order of HAProxy's CSV header, which scripts rely on.
var columns = [...]column{
	{"pxname", "KNSV", "Name of the proxy", func(o *Object) Field { return str(o.Proxy.Name) }},
	{"svname", "KNSV", "FRONTEND, BACKEND, or the name of the server or listener", func(o *Object) Field { return str(o.Name()) }},
	{"qcur", "MGPV", "Requests that wait now", func(o *Object) Field { return o.queued() }},
	{"qmax", "MMPV", "Most requests that waited at once", func(o *Object) Field { return o.queuedMax() }},
	{"scur", "MGPV", "Sessions now", func(o *Object) Field { return num(int64(o.cur())) }},
	{"smax", "MMPV", "Most sessions at once", func(o *Object) Field { return num(int64(o.curMax())) }},
	{"slim", "CLPV", "Limit of sessions", func(o *Object) Field { return o.sessLimit() }},
	{"stot", "MCPP", "Sessions so far", func(o *Object) Field { return num64(o.C.SessTotal) }},
	{"bin", "MCPP", "Bytes received from clients", func(o *Object) Field { return num64(o.C.BytesIn) }},
	{"bout", "MCPP", "Bytes sent to clients", func(o *Object) Field { return num64(o.C.BytesOut) }},
	{"dreq", "MCPP", "Requests that rules denied", func(o *Object) Field { return o.only("FLB", o.C.DeniedReq) }},
	{"dresp", "MCPP", "Responses that rules denied", func(o *Object) Field { return num64(o.C.DeniedResp) }},
	{"ereq", "MCPP", "Invalid requests", func(o *Object) Field { return o.only("FL", o.C.ErrReq) }},
	{"econ", "MCPP", "Connections to servers that failed", func(o *Object) Field { return o.only("SB", o.C.ErrConn) }},
	{"eresp", "MCPP", "Invalid responses and broken transfers", func(o *Object) Field { return o.only("SB", o.C.ErrResp) }},
	{"wretr", "MCPP", "Retries of connections", func(o *Object) Field { return o.only("SB", o.C.Retries) }},
	{"wredis", "MCPP", "Requests sent to another server than chosen first", func(o *Object) Field { return o.only("SB", o.C.Redispatches) }},
	{"status", "SGPV", "State of the object", func(o *Object) Field { return str(o.status()) }},
	{"weight", "MaPV", "Weight in force, of all usable servers for a backend", func(o *Object) Field { return o.weight() }},
	{"act", "SGPV", "Usable servers that are not backups; whether the server is one", func(o *Object) Field { return o.active(false) }},
	{"bck", "SGPV", "Usable backup servers; whether the server is one", func(o *Object) Field { return o.active(true) }},
	{"chkfail", "MCPP", "Failed health checks", func(o *Object) Field { return o.checkFails() }},
	{"chkdown", "MCPP", "Changes to DOWN", func(o *Object) Field { return o.downs() }},
	{"lastchg", "MAPP", "Seconds since the last change of state", func(o *Object) Field { return o.lastChange() }},
	{"downtime", "MCPV", "Seconds spent DOWN", func(o *Object) Field { return o.downtime() }},
	{"qlimit", "CGSV", "Limit of requests that wait", func(o *Object) Field { return o.queueLimit() }},
	{"pid", "KGPV", "Number of the process", func(o *Object) Field { return num(1) }},
	{"iid", "KGSV", "Number of the proxy", func(o *Object) Field { return num(int64(o.Proxy.ID)) }},
	{"sid", "KGSV", "Number of the server or listener in its proxy", func(o *Object) Field { return num(o.id()) }},
	{"throttle", "MGPV", "Share of the weight that a slow start allows, in percent", func(o *Object) Field { return o.throttle() }},
	{"lbtot", "MCPP", "Times that balancing chose the server", func(o *Object) Field { return o.only("SB", o.C.LBTotal) }},
	{"tracked", "CNSV", "Server whose state is followed", func(o *Object) Field { return o.tracked() }},
	{"type", "CGSV", "Kind of object: 0 frontend, 1 backend, 2 server, 3 listener", func(o *Object) Field { return num(int64(o.Role)) }},
	{"rate", "MRPP", "Sessions during the last second", func(o *Object) Field { return o.rate(o.Rates.Sess) }},
	{"rate_lim", "CLPV", "Limit of sessions per second", func(o *Object) Field { return o.rateLimit() }},
	{"rate_max", "MMPV", "Most sessions in a second", func(o *Object) Field { return o.rate(o.Rates.SessMax) }},
	{"check_status", "MOPV", "Outcome of the last health check", func(o *Object) Field {
		return o.check(func(c *proxy.CheckStatus) Field { return checkStatus(&o.Server.State.Check, c) })
	}},
	{"check_code", "MOPV", "Code that the last health check received", func(o *Object) Field { return o.check(code) }},
	{"check_duration", "MDPV", "Time the last health check took, in milliseconds", func(o *Object) Field { return o.check(duration) }},
	{"hrsp_1xx", "MCPP", "Responses with a status from 100 to 199", func(o *Object) Field { return o.status1(0) }},
	{"hrsp_2xx", "MCPP", "Responses with a status from 200 to 299", func(o *Object) Field { return o.status1(1) }},
	{"hrsp_3xx", "MCPP", "Responses with a status from 300 to 399", func(o *Object) Field { return o.status1(2) }},
	{"hrsp_4xx", "MCPP", "Responses with a status from 400 to 499", func(o *Object) Field { return o.status1(3) }},
	{"hrsp_5xx", "MCPP", "Responses with a status from 500 to 599", func(o *Object) Field { return o.status1(4) }},
	{"hrsp_other", "MCPP", "Responses with another status", func(o *Object) Field { return o.status1(5) }},
	{"hanafail", "MCPP", "Failures that observing the traffic found", func(o *Object) Field { return o.hanaFails() }},
	{"req_rate", "MRPP", "Requests during the last second", func(o *Object) Field { return o.front(int64(o.Rates.Req)) }},
	{"req_rate_max", "MMPV", "Most requests in a second", func(o *Object) Field { return o.front(int64(o.Rates.ReqMax)) }},
	{"req_tot", "MCPP", "Requests so far", func(o *Object) Field { return o.requests() }},
	{"cli_abrt", "MCPP", "Transfers that the client broke off", func(o *Object) Field { return o.only("SB", o.C.CliAborts) }},
	{"srv_abrt", "MCPP", "Transfers that the server broke off", func(o *Object) Field { return o.only("SB", o.C.SrvAborts) }},
	{"comp_in", "MCPP", "Bytes given to compression", func(o *Object) Field { return o.only("FB", o.C.CompIn) }},
	{"comp_out", "MCPP", "Bytes that compression gave", func(o *Object) Field { return o.only("FB", o.C.CompOut) }},
	{"comp_byp", "MCPP", "Bytes that compression left alone", func(o *Object) Field { return o.only("FB", o.C.CompByp) }},
	{"comp_rsp", "MCPP", "Compressed responses", func(o *Object) Field { return o.only("FB", o.C.CompRsp) }},
	{"lastsess", "MAPP", "Seconds since the last session, -1 without any", func(o *Object) Field { return o.lastSess() }},
	{"last_chk", "MOPV", "What the last health check received", func(o *Object) Field { return o.check(func(c *proxy.CheckStatus) Field { return maybe(c.Text) }) }},
	{"last_agt", "MOPV", "What the last agent check received", func(o *Object) Field { return o.agent(func(c *proxy.CheckStatus) Field { return maybe(c.Text) }) }},
	{"qtime", "MaPV", "Average time in the queue, in milliseconds", func(o *Object) Field { return o.avg(&o.C.QTime) }},
	{"ctime", "MaPV", "Average time to connect, in milliseconds", func(o *Object) Field { return o.avg(&o.C.CTime) }},
	{"rtime", "MaPV", "Average time to the response, in milliseconds", func(o *Object) Field { return o.avg(&o.C.DTime) }},
	{"ttime", "MaPV", "Average time of a whole session, in milliseconds", func(o *Object) Field { return o.avg(&o.C.TTime) }},
	{"agent_status", "MOPV", "Outcome of the last agent check", func(o *Object) Field {
		return o.agent(func(c *proxy.CheckStatus) Field { return checkStatus(&o.Server.State.Agent, c) })
	}},
	{"agent_code", "MOPV", "Code that the last agent check received", func(o *Object) Field { return o.agent(code) }},
	{"agent_duration", "MDPV", "Time the last agent check took, in milliseconds", func(o *Object) Field { return o.agent(duration) }},
	{"check_desc", "MOPV", "Outcome of the last health check in words", func(o *Object) Field {
		return o.check(func(c *proxy.CheckStatus) Field { return maybe(c.Outcome.Text()) })
	}},
	{"agent_desc", "MOPV", "Outcome of the last agent check in words", func(o *Object) Field {
		return o.agent(func(c *proxy.CheckStatus) Field { return maybe(c.Outcome.Text()) })
	}},
	{"check_rise", "CGSV", "Successes that bring the server up", func(o *Object) Field { return o.checkNumber(o.checkConf().Rise) }},
	{"check_fall", "CGSV", "Failures that take the server down", func(o *Object) Field { return o.checkNumber(o.checkConf().Fall) }},
	{"check_health", "CGSV", "Successes in a row, from 0 to rise and fall less one", func(o *Object) Field { return o.checkHealth() }},
	{"agent_rise", "CGSV", "Successes of the agent that bring the server up", func(o *Object) Field { return o.agentNumber(1) }},
	{"agent_fall", "CGSV", "Failures of the agent that take the server down", func(o *Object) Field { return o.agentNumber(1) }},
	{"agent_health", "CGSV", "Successes of the agent in a row", func(o *Object) Field { return o.agentHealth() }},
	{"addr", "CGSV", "Address of the server or listener", func(o *Object) Field { return o.addr() }},
	{"cookie", "CNSV", "Value of the cookie, or its name for a backend", func(o *Object) Field { return o.cookie() }},
	{"mode", "CGSV", "Protocol of the proxy", func(o *Object) Field { return str(o.Proxy.Mode.String()) }},
	{"algo", "CGSV", "Algorithm of balancing", func(o *Object) Field { return o.algo() }},
	{"conn_rate", "MRPP", "Connections during the last second", func(o *Object) Field { return o.front(int64(o.Rates.Conn)) }},
	{"conn_rate_max", "MMPV", "Most connections in a second", func(o *Object) Field { return o.front(int64(o.Rates.ConnMax)) }},
	{"conn_tot", "MCPP", "Connections so far", func(o *Object) Field { return o.only("FL", o.C.ConnTotal) }},
	{"intercepted", "MCPP", "Requests that the proxy answered itself", func(o *Object) Field { return o.http("F", o.C.Intercepted) }},
	{"dcon", "MCPP", "Connections that rules refused", func(o *Object) Field { return o.only("FL", o.C.DeniedConn) }},
	{"dses", "MCPP", "Sessions that rules refused", func(o *Object) Field { return o.only("FL", o.C.DeniedSess) }},
	{"wrew", "MCPP", "Edits of messages that failed", func(o *Object) Field { return num64(o.C.FailedRewr) }},
	{"connect", "MCPP", "Connections opened to servers", func(o *Object) Field { return o.only("SB", o.C.ConnConnect) }},
	{"reuse", "MCPP", "Requests sent over a connection that was idle", func(o *Object) Field { return o.only("SB", o.C.ConnReuse) }},
	{"cache_lookups", "MCPP", "Requests looked up in a cache", func(o *Object) Field { return o.http("FB", o.C.CacheLook) }},
	{"cache_hits", "MCPP", "Requests answered from a cache", func(o *Object) Field { return o.http("FB", o.C.CacheHits) }},
	{"srv_icur", "MGPV", "Idle connections to the server", func(o *Object) Field {
		return o.server(func(s *proxy.ServerState) int64 { return int64(s.Idle.Load()) })
	}},
	{"src_ilim", "CLPV", "Limit of idle connections to the server", func(o *Object) Field { return o.idleLimit() }},
	{"qtime_max", "MMPV", "Longest time in the queue, in milliseconds", func(o *Object) Field { return o.only32(o.C.MaxQueueTime) }},
	{"ctime_max", "MMPV", "Longest time to connect, in milliseconds", func(o *Object) Field { return o.only32(o.C.MaxConnTime) }},
	{"rtime_max", "MMPV", "Longest time to the response, in milliseconds", func(o *Object) Field { return o.only32(o.C.MaxRespTime) }},
	{"ttime_max", "MMPV", "Longest time of a whole session, in milliseconds", func(o *Object) Field { return o.only32(o.C.MaxTotalTime) }},
	{"eint", "MCPP", "Internal errors", func(o *Object) Field { return num64(o.C.IntErrors) }},
	{"idle_conn_cur", "MGPV", "Idle connections that only a later request may use", func(o *Object) Field {
		return o.server(func(s *proxy.ServerState) int64 {
			return int64(s.Idle.Load() - s.IdleSafe.Load() - s.IdlePrivate.Load())
		})
	}},
	{"safe_conn_cur", "MGPV", "Idle connections that any request may use", func(o *Object) Field {
		return o.server(func(s *proxy.ServerState) int64 { return int64(s.IdleSafe.Load()) })
	}},
	{"used_conn_cur", "MGPV", "Connections in use", func(o *Object) Field {
		return o.server(func(s *proxy.ServerState) int64 { return int64(s.Used.Load()) })
	}},
	{"need_conn_est", "MGPV", "Connections that the load needs, estimated", func(o *Object) Field {
		return o.server(func(s *proxy.ServerState) int64 { return int64(s.MaxUsed.Load()) })
	}},
	{"uweight", "MaPV", "Configured weight, or as an operator set it", func(o *Object) Field { return o.userWeight() }},
	{"agg_server_status", "MGPV", "Servers of the backend by state, for aggregation", func(o *Object) Field { return o.aggregate() }},
	{"agg_server_check_status", "MGPV", "Servers of the backend by state, under the older name", func(o *Object) Field { return o.aggregate() }},
	{"agg_check_status", "MGPV", "Servers of the backend by the outcome of checks, for aggregation", func(o *Object) Field { return o.aggregate() }},
	{"srid", "MCPV", "Times that the number of the server was used anew", func(o *Object) Field { return o.server(func(*proxy.ServerState) int64 { return 0 }) }},
	{"sess_other", "MCPV", "Sessions of other protocols than HTTP", func(o *Object) Field { return o.otherSess() }},
	{"h1sess", "MCPP", "Sessions of HTTP/1", func(o *Object) Field { return o.webFront(o.C.SessTotal) }},
	{"h2sess", "MCPP", "Sessions of HTTP/2", func(o *Object) Field { return o.webFront(0) }},
	{"h3sess", "MCPP", "Sessions of HTTP/3", func(o *Object) Field { return o.webFront(0) }},
	{"req_other", "MCPP", "Requests of other versions of HTTP", func(o *Object) Field { return o.webFront(0) }},
	{"h1req", "MCPP", "Requests of HTTP/1", func(o *Object) Field { return o.webFront(o.C.ReqTotal) }},
	{"h2req", "MCPP", "Requests of HTTP/2", func(o *Object) Field { return o.webFront(0) }},
	{"h3req", "MCPP", "Requests of HTTP/3", func(o *Object) Field { return o.webFront(0) }},
	{"proto", "SGPV", "Protocol of the listener", func(o *Object) Field { return o.proto() }},
	{"priv_idle_cur", "MGPV", "Idle connections that belong to one client", func(o *Object) Field {
		return o.server(func(s *proxy.ServerState) int64 { return int64(s.IdlePrivate.Load()) })
	}},
	{"reqbin", "MCPP", "Bytes of requests received", func(o *Object) Field { return num64(o.C.ReqIn) }},
	{"reqbout", "MCPP", "Bytes of requests sent", func(o *Object) Field { return num64(o.C.ReqOut) }},
	{"resbin", "MCPP", "Bytes of responses received", func(o *Object) Field { return num64(o.C.ResIn) }},
	{"resbout", "MCPP", "Bytes of responses sent", func(o *Object) Field { return num64(o.C.ResOut) }},
	{"cache_hint_hits", "MCPP", "Requests that a hint of a cache answered", func(o *Object) Field { return o.http("FB", 0) }},
	{"-", "", "", func(*Object) Field { return str("-") }},
	{"h2_headers_rcvd", "MCPV", "", nil},
	{"h2_data_rcvd", "MCPV", "", nil},
	{"h2_settings_rcvd", "MCPV", "", nil},
	{"h2_rst_stream_rcvd", "MCPV", "", nil},
	{"h2_goaway_rcvd", "MCPV", "", nil},
	{"h2_detected_conn_protocol_errors", "MCPV", "", nil},
	{"h2_detected_strm_protocol_errors", "MCPV", "", nil},
	{"h2_rst_stream_resp", "MCPV", "", nil},
	{"h2_goaway_resp", "MCPV", "", nil},
	{"h2_open_connections", "MGPV", "", nil},
	{"h2_backend_open_streams", "MGPV", "", nil},
	{"h2_total_connections", "MCPV", "", nil},
	{"h2_backend_total_streams", "MCPV", "", nil},
	{"ssl_sess", "MCPV", "Handshakes of TLS", func(o *Object) Field { return num64(o.C.SSLSess) }},
	{"ssl_reused_sess", "MCPV", "Handshakes of TLS that resumed a session", func(o *Object) Field { return num64(o.C.SSLReused) }},
	{"ssl_failed_handshake", "MCPV", "Handshakes of TLS that failed", func(o *Object) Field { return num64(o.C.SSLFailed) }},
	{"ssl_ocsp_staple", "MCPV", "", nil},
	{"ssl_failed_ocsp_staple", "MCPV", "", nil},
	{"h3_data", "MCPV", "", nil},
	{"h3_headers", "MCPV", "", nil},
	{"h3_cancel_push", "MCPV", "", nil},
	{"h3_push_promise", "MCPV", "", nil},
	{"h3_max_push_id", "MCPV", "", nil},
	{"h3_goaway", "MCPV", "", nil},
	{"h3_settings", "MCPV", "", nil},
	{"h3_no_error", "MCPV", "", nil},
	{"h3_general_protocol_error", "MCPV", "", nil},
	{"h3_internal_error", "MCPV", "", nil},
	{"h3_stream_creation_error", "MCPV", "", nil},
	{"h3_closed_critical_stream", "MCPV", "", nil},
	{"h3_frame_unexpected", "MCPV", "", nil},
	{"h3_frame_error", "MCPV", "", nil},
	{"h3_excessive_load", "MCPV", "", nil},
	{"h3_id_error", "MCPV", "", nil},
	{"h3_settings_error", "MCPV", "", nil},
	{"h3_missing_settings", "MCPV", "", nil},
	{"h3_request_rejected", "MCPV", "", nil},
	{"h3_request_cancelled", "MCPV", "", nil},
	{"h3_request_incomplete", "MCPV", "", nil},
	{"h3_message_error", "MCPV", "", nil},
	{"h3_connect_error", "MCPV", "", nil},
	{"h3_version_fallback", "MCPV", "", nil},
	{"pack_decompression_failed", "MCPV", "", nil},
	{"qpack_encoder_stream_error", "MCPV", "", nil},
	{"qpack_decoder_stream_error", "MCPV", "", nil},
	{"quic_rxbuf_full", "MCPV", "", nil},
	{"quic_dropped_pkt", "MCPV", "", nil},
	{"quic_dropped_pkt_bufoverrun", "MCPV", "", nil},
	{"quic_dropped_parsing_pkt", "MCPV", "", nil},
	{"quic_socket_full", "MCPV", "", nil},
	{"quic_sendto_err", "MCPV", "", nil},
	{"quic_sendto_err_unknwn", "MCPV", "", nil},
	{"quic_sent_pkt", "MCPV", "", nil},
	{"quic_lost_pkt", "MCPV", "", nil},
	{"quic_too_short_dgram", "MCPV", "", nil},
	{"quic_retry_sent", "MCPV", "", nil},
	{"quic_retry_validated", "MCPV", "", nil},
	{"quic_retry_error", "MCPV", "", nil},
	{"quic_half_open_conn", "MCPV", "", nil},
	{"quic_hdshk_fail", "MCPV", "", nil},
	{"quic_stless_rst_sent", "MCPV", "", nil},
	{"quic_conn_migration_done", "MCPV", "", nil},
	{"quic_transp_err_no_error", "MCPV", "", nil},
	{"quic_transp_err_internal_error", "MCPV", "", nil},
	{"quic_transp_err_connection_refused", "MCPV", "", nil},
	{"quic_transp_err_flow_control_error", "MCPV", "", nil},
	{"quic_transp_err_stream_limit_error", "MCPV", "", nil},
	{"quic_transp_err_stream_state_error", "MCPV", "", nil},
	{"quic_transp_err_final_size_error", "MCPV", "", nil},
	{"quic_transp_err_frame_encoding_error", "MCPV", "", nil},
	{"quic_transp_err_transport_parameter_error", "MCPV", "", nil},
	{"quic_transp_err_connection_id_limit", "MCPV", "", nil},
	{"quic_transp_err_protocol_violation_error", "MCPV", "", nil},
	{"quic_transp_err_invalid_token", "MCPV", "", nil},
	{"quic_transp_err_application_error", "MCPV", "", nil},
	{"quic_transp_err_crypto_buffer_exceeded", "MCPV", "", nil},
	{"quic_transp_err_key_update_error", "MCPV", "", nil},
	{"quic_transp_err_aead_limit_reached", "MCPV", "", nil},
	{"quic_transp_err_no_viable_path", "MCPV", "", nil},
	{"quic_transp_err_crypto_error", "MCPV", "", nil},
	{"quic_transp_err_unknown_error", "MCPV", "", nil},
	{"quic_data_blocked", "MCPV", "", nil},
	{"quic_stream_data_blocked", "MCPV", "", nil},
	{"quic_streams_blocked_bidi", "MCPV", "", nil},
	{"quic_streams_blocked_uni", "MCPV", "", nil},
	{"quic_ncbuf_gap_limit", "MCPV", "", nil},
	{"h1_open_connections", "MGPV", "HTTP/1 connections now", func(o *Object) Field { return o.h1(o.h1Open()) }},
	{"h1_open_streams", "MGPV", "HTTP/1 streams now", nil},
	{"h1_total_connections", "MCPV", "HTTP/1 connections so far", func(o *Object) Field { return o.h1(o.C.ConnTotal) }},
	{"h1_total_streams", "MCPV", "HTTP/1 streams so far", func(o *Object) Field { return o.h1(o.C.ReqTotal) }},
	{"h1_bytes_in", "MCPV", "Bytes received over HTTP/1", func(o *Object) Field { return o.h1(o.h1In()) }},
	{"h1_bytes_out", "MCPV", "Bytes sent over HTTP/1", func(o *Object) Field { return o.h1(o.h1Out()) }},
	{"h1_spliced_bytes_in", "MCPV", "Bytes received over HTTP/1 without being copied", func(o *Object) Field { return o.h1(o.C.SplicedIn) }},
	{"h1_spliced_bytes_out", "MCPV", "Bytes sent over HTTP/1 without being copied", func(o *Object) Field { return o.h1(o.C.SplicedOut) }},
}

// separator is the index of the column that ends HAProxy's own fields and begins those of its modules.
const separator = 119
