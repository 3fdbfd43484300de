package stream

import (
	"sluice/internal/proxy"
)

// restrictNames deletes the request's fields whose names hold anything but letters, digits and dashes, or refuses the
// request for one (configuration.txt 4.2, option http-restrict-req-hdr-names). As in HAProxy the http-request rules of
// the same proxy have still seen them.
func (w *worker) restrictNames(policy proxy.RestrictNames) outcome {
	q := &w.s.Req
	for i := range q.Fields {
		f := &q.Fields[i]
		if f.Dead || plainName(f.Name) {
			continue
		}
		if policy == proxy.RestrictReject {
			w.s.Deny.Status = 403
			return w.deny()
		}
		q.Delete(i)
	}
	return next
}

// plainName reports whether a name, which is in lower case, holds letters, digits and dashes only.
func plainName(name []byte) bool {
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
