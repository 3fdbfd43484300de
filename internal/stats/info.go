package stats

import (
	"fmt"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// Facts are what `show info` knows about the process at one moment.
type Facts struct {
	proc *proxy.Process
	snap *proxy.Snapshot

	float                                     bool
	up, alloc, used                           int64 // up in ns
	connRate, connMax, sessRate, sessMax      int64
	tasks, queue, idle, listeners, streams    int64
	ssl, sslMax, keys, keysMax, back, backMax int64 // rates of handshakes
	sslTotal, sslReused                       uint64
	pipesUsed, pipesFree                      int64
	bytesOut, spliced, bytesRate, cumStreams  uint64
	compIn, compOut                           int64
}

// Facts collects the fields of `show info`. listeners is the number of listening sockets. Not to be called on a loop.
func (c *Collector) Facts(snap *proxy.Snapshot, listeners int) *Facts {
	i := &Facts{proc: c.Proc, snap: snap, listeners: int64(listeners)}
	c.Engine.Group.Each(func(l *loop.Loop) {
		h := c.Engine.Home(l.ID())
		now := l.Now()
		i.up = l.Wall() - c.Proc.Started
		r := h.Rates()
		i.connRate += int64(r.Conn.Read(now))
		i.connMax += int64(r.Conn.Max())
		i.sessRate += int64(r.Sess.Read(now))
		i.sessMax += int64(r.Sess.Max())
		front, back := h.KeyRates()
		i.ssl += int64(front.All.Read(now))
		i.sslMax += int64(front.All.Max())
		i.keys += int64(front.Keys.Read(now))
		i.keysMax += int64(front.Keys.Max())
		i.back += int64(back.Keys.Read(now))
		i.backMax += int64(back.Keys.Max())
		if id := l.ID(); id < len(snap.Comp) {
			i.compIn += int64(snap.Comp[id].In.Read(now))
			i.compOut += int64(snap.Comp[id].Out.Read(now))
		}
		p := h.Pools()
		i.alloc += int64((p.InUse + p.Free()) * p.Size())
		i.used += int64(p.InUse * p.Size())
		n := l.Counters()
		i.tasks += int64(n.TasksLive)
		i.queue += int64(n.Queued)
		i.idle += int64(n.IdlePct)
		i.streams += int64(h.Live())
		i.cumStreams += n.TasksStarted
		for _, px := range snap.Proxies {
			if px.State != nil && px.IsFront() {
				if f := px.State.Front.Loops[l.ID()]; f != nil {
					i.bytesOut += f.ResOut
					i.sslTotal += f.SSLSess
					i.sslReused += f.SSLReused
				}
			}
		}
	})
	i.idle /= int64(len(c.Engine.Group.Loops()))
	return i
}

// Append appends the fields in the given form.
func (i *Facts) Append(b []byte, p Print) []byte {
	if p.Form == JSON {
		b = append(b, '[')
	}
	i.float = p.Float
	for k := range infoFields {
		f := infoFields[k]
		v := num(0)
		if f.get != nil {
			v = f.get(i)
		}
		if v == (Field{}) { // not set, as a description may be
			continue
		}
		switch p.Form {
		case CSV:
			b = v.append(append(append(b, f.name...), ": "...))
		case Typed:
			b = appendTyped(b, f.pos, f.name, f.tag, v)
		default:
			if k > 0 {
				b = append(b, ',')
			}
			b = appendJSONField(append(b, '{'), f.pos, f.name, f.tag, v)
			continue
		}
		if p.Desc {
			b = append(append(append(b, `:"`...), f.doc...), '"')
		}
		b = append(b, '\n')
	}
	if p.Form == JSON {
		b = append(b, ']')
	}
	return b
}

// reuse is the share of handshakes that resumed a session, in percent.
func (i *Facts) reuse() int64 {
	if i.sslTotal == 0 {
		return 0
	}
	return int64(100 * i.sslReused / i.sslTotal)
}

// seconds is a time in seconds, with a fraction when one is wanted.
func (i *Facts) seconds(ns int64) Field {
	if i.float {
		return float(float64(ns) / 1e9)
	}
	return num(ns / 1e9)
}

// rate is a number of events per second.
func (i *Facts) rate(n int64) Field {
	if i.float {
		return float(float64(n))
	}
	return num(n)
}

func uptime(sec int64) string {
	return fmt.Sprintf("%dd %dh%02dm%02ds", sec/86400, sec/3600%24, sec/60%60, sec%60)
}

func stopping(p *proxy.Process) int64 {
	if p.Stopping.Load() {
		return 1
	}
	return 0
}
