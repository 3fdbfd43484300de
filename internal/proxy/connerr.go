package proxy

// ConnError is what went wrong with a connection (configuration.txt 7.3.3, fc_err_str). Its numbers are HAProxy's.
type ConnError uint8

// The errors that this program meets.
const (
	ConnOK             ConnError = 0
	ConnProcFD         ConnError = 2
	ConnSysFD          ConnError = 3
	ConnSysMem         ConnError = 4
	ConnNoProto        ConnError = 5
	ConnSocket         ConnError = 6
	ConnPortRange      ConnError = 7
	ConnCannotBind     ConnError = 8
	ConnFreePorts      ConnError = 9
	ConnAddrInUse      ConnError = 10
	ConnPrxEmpty       ConnError = 11
	ConnPrxAbort       ConnError = 12
	ConnPrxTimeout     ConnError = 13
	ConnPrxTruncated   ConnError = 14
	ConnPrxNotHeader   ConnError = 15
	ConnPrxBadHeader   ConnError = 16
	ConnPrxBadProto    ConnError = 17
	ConnCIPEmpty       ConnError = 18
	ConnCIPAbort       ConnError = 19
	ConnCIPTimeout     ConnError = 20
	ConnCIPTruncated   ConnError = 21
	ConnCIPBadMagic    ConnError = 22
	ConnCIPBadProto    ConnError = 23
	ConnSSLEmpty       ConnError = 24
	ConnSSLAbort       ConnError = 25
	ConnSSLTimeout     ConnError = 26
	ConnSSLTooMany     ConnError = 27
	ConnSSLCAFail      ConnError = 30
	ConnSSLCrtFail     ConnError = 31
	ConnSSLMismatchSNI ConnError = 33
	ConnSSLHandshake   ConnError = 34
	ConnSocksSend      ConnError = 39
	ConnSocksRecv      ConnError = 40
	ConnSocksDeny      ConnError = 41
	ConnSocksAbort     ConnError = 42
	ConnRefused        ConnError = 47
	ConnReset          ConnError = 48
	ConnUnreachable    ConnError = 49
	ConnNotConnected   ConnError = 54
	ConnPipe           ConnError = 57
)

// connErrors are the names and texts, by number.
var connErrors = map[ConnError][2]string{
	ConnProcFD:         {"PROC_FDLIM", "Too many sockets on the process"},
	ConnSysFD:          {"SYS_FDLIM", "Too many sockets on the system"},
	ConnSysMem:         {"SYS_MEMLIM", "Out of system buffers"},
	ConnNoProto:        {"NOPROTO", "Protocol or address family not supported"},
	ConnSocket:         {"SOCK_ERR", "General socket error"},
	ConnPortRange:      {"PORT_RANGE", "Source port range exhausted"},
	ConnCannotBind:     {"CANT_BIND", "Can't bind to source address"},
	ConnFreePorts:      {"FREE_PORTS", "Out of local source ports on the system"},
	ConnAddrInUse:      {"ADDR_INUSE", "Local source address already in use"},
	ConnPrxEmpty:       {"PRX_EMPTY", "Connection closed while waiting for PROXY protocol header"},
	ConnPrxAbort:       {"PRX_ABORT", "Connection error while waiting for PROXY protocol header"},
	ConnPrxTimeout:     {"PRX_TIMEOUT", "Timeout while waiting for PROXY protocol header"},
	ConnPrxTruncated:   {"PRX_TRUNCATED", "Truncated PROXY protocol header received"},
	ConnPrxNotHeader:   {"PRX_NOT_HDR", "Received something which does not look like a PROXY protocol header"},
	ConnPrxBadHeader:   {"PRX_BAD_HDR", "Received an invalid PROXY protocol header"},
	ConnPrxBadProto:    {"PRX_BAD_PROTO", "Received an unhandled protocol in the PROXY protocol header"},
	ConnCIPEmpty:       {"CIP_EMPTY", "Connection closed while waiting for NetScaler Client IP header"},
	ConnCIPAbort:       {"CIP_ABORT", "Connection error while waiting for NetScaler Client IP header"},
	ConnCIPTimeout:     {"CIP_TIMEOUT", "Timeout while waiting for a NetScaler Client IP header"},
	ConnCIPTruncated:   {"CIP_TRUNCATED", "Truncated NetScaler Client IP header received"},
	ConnCIPBadMagic:    {"CIP_BAD_MAGIC", "Received an invalid NetScaler Client IP magic number"},
	ConnCIPBadProto:    {"CIP_BAD_PROTO", "Received an unhandled protocol in the NetScaler Client IP header"},
	ConnSSLEmpty:       {"SSL_EMPTY", "Connection closed during SSL handshake"},
	ConnSSLAbort:       {"SSL_ABORT", "Connection error during SSL handshake"},
	ConnSSLTimeout:     {"SSL_TIMEOUT", "Timeout during SSL handshake"},
	ConnSSLTooMany:     {"SSL_TOO_MANY", "Too many SSL connections"},
	ConnSSLCAFail:      {"SSL_CA_FAIL", "SSL client CA chain cannot be verified"},
	ConnSSLCrtFail:     {"SSL_CRT_FAIL", "SSL client certificate not trusted"},
	ConnSSLMismatchSNI: {"SSL_MISMATCH_SNI", "Server presented an SSL certificate different from the expected one"},
	ConnSSLHandshake:   {"SSL_HANDSHAKE", "SSL handshake failure"},
	ConnSocksSend:      {"SOCKS4_SEND", "SOCKS4 Proxy write error during handshake"},
	ConnSocksRecv:      {"SOCKS4_RECV", "SOCKS4 Proxy read error during handshake"},
	ConnSocksDeny:      {"SOCKS4_DENY", "SOCKS4 Proxy deny the request"},
	ConnSocksAbort:     {"SOCKS4_ABORT", "SOCKS4 Proxy handshake aborted by server"},
	ConnRefused:        {"EREFUSED", "ECONNREFUSED returned by OS"},
	ConnReset:          {"ERESET", "ECONNRESET returned by OS"},
	ConnUnreachable:    {"EUNREACH", "ENETUNREACH returned by OS"},
	ConnNotConnected:   {"ENCONN", "ENCONN returned by OS"},
	ConnPipe:           {"EPIPE", "EPIPE returned by OS"},
}

// Name returns the error in one word, "" without an error.
func (e ConnError) Name() string { return connErrors[e][0] }

// Text returns the error in words.
func (e ConnError) Text() string {
	if e == ConnOK {
		return "Success"
	}
	return connErrors[e][1]
}
