package stats

import "sluice/internal/proxy"

// resolverMetrics are those of name servers, in the order of HAProxy, each with the counter that it shows.
var resolverMetrics = [...]struct {
	metric
	get func(*proxy.NameserverCounters) uint64
}{
	{metric{"sent", "gauge", "Questions sent to the name server."}, func(n *proxy.NameserverCounters) uint64 { return n.Sent.Load() }},
	{metric{"send_error", "gauge", "Questions that could not be sent."}, func(n *proxy.NameserverCounters) uint64 { return n.SendError.Load() }},
	{metric{"valid", "gauge", "Answers that were used."}, func(n *proxy.NameserverCounters) uint64 { return n.Valid.Load() }},
	{metric{"update", "gauge", "Answers that changed the address of a server."}, func(n *proxy.NameserverCounters) uint64 { return n.Update.Load() }},
	{metric{"cname", "gauge", "Answers that only named another name."}, func(n *proxy.NameserverCounters) uint64 { return n.Cname.Load() }},
	{metric{"cname_error", "gauge", "Answers with a chain of names that is broken."}, func(n *proxy.NameserverCounters) uint64 { return n.CnameError.Load() }},
	{metric{"any_err", "gauge", "Answers without an address."}, func(n *proxy.NameserverCounters) uint64 { return n.Any.Load() }},
	{metric{"nx", "gauge", "Answers that there is no such name."}, func(n *proxy.NameserverCounters) uint64 { return n.NX.Load() }},
	{metric{"timeout", "gauge", "Questions without an answer in time."}, func(n *proxy.NameserverCounters) uint64 { return n.Timeout.Load() }},
	{metric{"refused", "gauge", "Questions that were refused."}, func(n *proxy.NameserverCounters) uint64 { return n.Refused.Load() }},
	{metric{"other", "gauge", "Answers with another error."}, func(n *proxy.NameserverCounters) uint64 { return n.Other.Load() }},
	{metric{"invalid", "gauge", "Messages that are no answer to a question."}, func(n *proxy.NameserverCounters) uint64 { return n.Invalid.Load() }},
	{metric{"too_big", "gauge", "Answers larger than accepted."}, func(n *proxy.NameserverCounters) uint64 { return n.TooBig.Load() }},
	{metric{"truncated", "gauge", "Answers that were cut short."}, func(n *proxy.NameserverCounters) uint64 { return n.Truncated.Load() }},
	{metric{"outdated", "gauge", "Answers that came too late."}, func(n *proxy.NameserverCounters) uint64 { return n.Outdated.Load() }},
}

// resolverMetric writes one number of all name servers.
func (e *export) resolverMetric(b []byte, i int) []byte {
	m := &resolverMetrics[i]
	name := "haproxy_resolver_" + m.name
	if !e.wanted.names(name) {
		return b
	}
	head := false
	for _, r := range e.snap.Resolvers {
		for _, ns := range r.Nameservers {
			if !head {
				b, head = begin(b, name, m.kind, m.field), true
			}
			first := true
			b = label(append(b, name...), &first, "resolver", r.Name)
			b = append(label(b, &first, "nameserver", ns.Name), "} "...)
			b = append(num64(m.get(&ns.Count)).append(b), '\n')
		}
	}
	return b
}
