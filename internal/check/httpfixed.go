package check

import (
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// fixedRequest is a request as it is sent.
type fixedRequest struct {
	bytes []byte
	asked proxy.CheckAsked
}

// fix writes the request down.
func (r *request) fix() *fixedRequest {
	return &fixedRequest{bytes: r.append(nil), asked: proxy.CheckAsked{Method: value.LookupMethod([]byte(r.method)), Upgrade: r.upgrade}}
}

// settle makes the request once for all checks, if nothing in it depends on the check. It is called when the step says all
// that it will.
func (h *httpSend) settle() {
	h.fixed = nil
	formats := []*sample.Format{h.uriFormat, h.bodyFormat}
	for i := range h.fields {
		formats = append(formats, h.fields[i].value)
	}
	for _, f := range formats {
		if f == nil {
			continue
		}
		if _, ok := f.Constant(); !ok {
			return
		}
	}
	h.fixed = h.request(&proxy.CheckRun{Health: &proxy.HealthCheck{}, Stream: new(proxy.Stream)}).fix()
}
