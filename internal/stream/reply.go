package stream

import (
	"strconv"

	"sluice/internal/proxy"
)

// page is one of the answers the proxy gives by itself when the configuration has no file for it.
type page struct {
	status int
	reason string
	text   string
}

// pages lists them by status (configuration.txt 1.4.1 says when each is sent).
func pages() []page {
	return []page{
		{200, "OK", "Service ready."},
		{400, "Bad request", "Your browser sent an invalid request."},
		{401, "Unauthorized", "You need a valid user and password to access this content."},
		{403, "Forbidden", "Request forbidden by administrative rules."},
		{404, "Not Found", "The resource could not be found."},
		{405, "Method Not Allowed", "A request was made of a resource using a request method not supported by that resource."},
		{407, "Unauthorized", "You need a valid user and password to access this content."},
		{408, "Request Time-out", "Your browser didn't send a complete request in time."},
		{410, "Gone", "The resource is no longer available and will not be available again."},
		{413, "Payload Too Large", "The request entity exceeds the maximum allowed."},
		{414, "URI Too Long", "The request URI is longer than this server accepts."},
		{421, "Misdirected Request", "Request sent to a non-authoritative server."},
		{422, "Unprocessable Content", "The server cannot process the contained instructions."},
		{425, "Too Early", "Your browser sent early data."},
		{429, "Too Many Requests", "You have sent too many requests in a given amount of time."},
		{431, "Request Header Fields Too Large", "The request header fields are larger than this server accepts."},
		{500, "Internal Server Error", "An internal server error occurred."},
		{501, "Not Implemented", "The server does not support the functionality required to fulfill the request."},
		{502, "Bad Gateway", "The server returned an invalid or incomplete response."},
		{503, "Service Unavailable", "No server is available to handle this request."},
		{504, "Gateway Time-out", "The server didn't respond in time."},
	}
}

// buildPages returns the complete messages by status.
func buildPages() map[int]*proxy.ErrorFile {
	m := make(map[int]*proxy.ErrorFile)
	for _, p := range pages() {
		status := strconv.Itoa(p.status)
		body := "<html><body><h1>" + status + " " + p.reason + "</h1>\n" + p.text + "\n</body></html>\n"
		raw := "HTTP/1.1 " + status + " " + p.reason + "\r\ncontent-length: " + strconv.Itoa(len(body)) +
			"\r\ncache-control: no-cache\r\ncontent-type: text/html\r\n"
		if p.status == 400 || p.status == 408 { // what the client says next cannot be told from the rest of this request
			raw += "connection: close\r\n"
		}
		m[p.status] = &proxy.ErrorFile{Status: p.status, Raw: []byte(raw + "\r\n" + body)}
	}
	return m
}

// errorPage returns the message for a status: of the backend, of the frontend, or the stock one; a status without a
// page gets that of 500.
func (w *worker) errorPage(status int) *proxy.ErrorFile {
	s := w.s
	if s.Back != nil {
		if f := s.Back.ErrorFiles[status]; f != nil {
			return f
		}
	}
	if f := s.Front.ErrorFiles[status]; f != nil {
		return f
	}
	if f := w.home.eng.pages[status]; f != nil {
		return f
	}
	return w.home.eng.pages[500]
}
