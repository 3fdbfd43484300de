package pattern

// predefined returns the words of an ACL that needs no declaration (configuration.txt 7.4), nil for any other name.
func predefined(name string) []string {
	switch name {
	case "FALSE":
		return []string{"always_false"}
	case "HTTP":
		return []string{"req.proto_http"}
	case "HTTP_1.0":
		return []string{"req.ver", "1.0"}
	case "HTTP_1.1":
		return []string{"req.ver", "1.1"}
	case "HTTP_2.0":
		return []string{"req.ver", "2.0"}
	case "HTTP_3.0":
		return []string{"req.ver", "3.0"}
	case "HTTP_CONTENT":
		return []string{"req.hdr_val(content-length)", "gt", "0"}
	case "HTTP_URL_ABS":
		return []string{"url_reg", "^[^/:]*://"}
	case "HTTP_URL_SLASH":
		return []string{"url_beg", "/"}
	case "HTTP_URL_STAR":
		return []string{"url", "*"}
	case "LOCALHOST":
		return []string{"src", "127.0.0.1/8", "::1"}
	case "METH_GET":
		return []string{"method", "GET", "HEAD"}
	case "METH_CONNECT", "METH_DELETE", "METH_HEAD", "METH_OPTIONS", "METH_POST", "METH_PUT", "METH_TRACE":
		return []string{"method", name[len("METH_"):]}
	case "RDP_COOKIE":
		return []string{"req.rdp_cookie_cnt", "gt", "0"}
	case "REQ_CONTENT":
		return []string{"req.len", "gt", "0"}
	case "TRUE":
		return []string{"always_true"}
	case "WAIT_END":
		return []string{"wait_end"}
	}
	return nil
}
