package proxy

import "sluice/internal/freq"

// Counters are the statistics of one frontend, backend, listener or server on one loop. Only that loop writes them,
// without atomics; a reader asks the loop (loop.Group.Each) and adds up. Names follow `show stat` (management.txt 9.1);
// a role leaves the fields that it does not know at 0.
type Counters struct {
	ConnTotal    uint64 // connections received (frontend) or opened (server)
	SessTotal    uint64 // sessions or streams: stot
	BytesIn      uint64
	BytesOut     uint64
	DeniedReq    uint64
	DeniedResp   uint64
	DeniedConn   uint64
	DeniedSess   uint64
	ErrReq       uint64
	ErrConn      uint64
	ErrResp      uint64
	Retries      uint64
	Redispatches uint64
	LBTotal      uint64
	CliAborts    uint64
	SrvAborts    uint64
	Intercepted  uint64
	FailedRewr   uint64
	IntErrors    uint64
	ReqTotal     uint64    // HTTP requests
	Status       [6]uint64 // 1xx to 5xx, other
	CompIn       uint64
	CompOut      uint64
	CompByp      uint64
	CompRsp      uint64
	CacheLook    uint64
	CacheHits    uint64
	ConnConnect  uint64 // connect: attempts to servers
	ConnReuse    uint64
	UnsafeReuse  uint64
	SafeReuse    uint64
	HeadersTotal uint64
	H1Requests   uint64
	ReqIn        uint64 // req_in .. res_out: bytes per direction and side
	ReqOut       uint64
	ResIn        uint64
	ResOut       uint64
	SSLSess      uint64 // handshakes of TLS
	SSLReused    uint64 // those that resumed a session
	SSLFailed    uint64 // those that failed
	SplicedIn    uint64 // bytes received and sent by the proxy's side without a copy
	SplicedOut   uint64
	MaxQueueTime uint64 // qtime_max and its kin, milliseconds
	MaxConnTime  uint64
	MaxRespTime  uint64
	MaxTotalTime uint64

	SessRate freq.Rate
	ConnRate freq.Rate
	ReqRate  freq.Rate

	QTime, CTime, DTime, TTime MovingAvg

	// Lat are the latency histograms; nil until the first request.
	Lat *Latency
}

// Latency are the histograms of one object: time in queue, to connect, to the first byte of the response, total.
type Latency struct{ Queue, Connect, FirstByte, Total freq.Histogram }

// MovingAvg is the average over about the last AvgSamples events, in milliseconds, as qtime, ctime, rtime and ttime.
type MovingAvg struct {
	sum uint64 // average times samples
	n   uint64
}

// AvgSamples is the width of a MovingAvg's window (management.txt 9.1: over the 1024 last requests).
const AvgSamples = 1024

// Add counts one value of ms milliseconds.
func (a *MovingAvg) Add(ms uint64) {
	if a.n < AvgSamples {
		a.n++
		a.sum += ms
		return
	}
	a.sum = a.sum - (a.sum+AvgSamples-1)/AvgSamples + ms
}

// Value returns the average in milliseconds and how many events it stands for, so that averages of several loops can
// be weighted.
func (a *MovingAvg) Value() (avg, n uint64) {
	if a.n == 0 {
		return 0, 0
	}
	return (a.sum + a.n - 1) / a.n, a.n
}

// CountStatus counts an HTTP status.
func (c *Counters) CountStatus(status int) {
	if i := status/100 - 1; i >= 0 && i < 5 {
		c.Status[i]++
	} else {
		c.Status[5]++
	}
}

// Merge adds what o counted to c. Rates are left out: they need the loop's clock.
func (c *Counters) Merge(o *Counters) {
	for _, f := range [...][2]*uint64{
		{&c.ConnTotal, &o.ConnTotal}, {&c.SessTotal, &o.SessTotal}, {&c.BytesIn, &o.BytesIn}, {&c.BytesOut, &o.BytesOut},
		{&c.DeniedReq, &o.DeniedReq}, {&c.DeniedResp, &o.DeniedResp}, {&c.DeniedConn, &o.DeniedConn},
		{&c.DeniedSess, &o.DeniedSess}, {&c.ErrReq, &o.ErrReq}, {&c.ErrConn, &o.ErrConn}, {&c.ErrResp, &o.ErrResp},
		{&c.Retries, &o.Retries}, {&c.Redispatches, &o.Redispatches}, {&c.LBTotal, &o.LBTotal},
		{&c.CliAborts, &o.CliAborts}, {&c.SrvAborts, &o.SrvAborts}, {&c.Intercepted, &o.Intercepted},
		{&c.FailedRewr, &o.FailedRewr}, {&c.IntErrors, &o.IntErrors}, {&c.ReqTotal, &o.ReqTotal},
		{&c.CompIn, &o.CompIn}, {&c.CompOut, &o.CompOut}, {&c.CompByp, &o.CompByp}, {&c.CompRsp, &o.CompRsp},
		{&c.CacheLook, &o.CacheLook}, {&c.CacheHits, &o.CacheHits}, {&c.ConnConnect, &o.ConnConnect},
		{&c.ConnReuse, &o.ConnReuse}, {&c.UnsafeReuse, &o.UnsafeReuse}, {&c.SafeReuse, &o.SafeReuse},
		{&c.HeadersTotal, &o.HeadersTotal}, {&c.H1Requests, &o.H1Requests}, {&c.ReqIn, &o.ReqIn}, {&c.ReqOut, &o.ReqOut},
		{&c.ResIn, &o.ResIn}, {&c.ResOut, &o.ResOut}, {&c.SSLSess, &o.SSLSess}, {&c.SSLReused, &o.SSLReused},
		{&c.SSLFailed, &o.SSLFailed}, {&c.SplicedIn, &o.SplicedIn},
		{&c.SplicedOut, &o.SplicedOut},
	} {
		*f[0] += *f[1]
	}
	for i := range c.Status {
		c.Status[i] += o.Status[i]
	}
	for _, f := range [...][2]*uint64{{&c.MaxQueueTime, &o.MaxQueueTime}, {&c.MaxConnTime, &o.MaxConnTime},
		{&c.MaxRespTime, &o.MaxRespTime}, {&c.MaxTotalTime, &o.MaxTotalTime}} {
		*f[0] = max(*f[0], *f[1])
	}
	c.QTime.merge(&o.QTime)
	c.CTime.merge(&o.CTime)
	c.DTime.merge(&o.DTime)
	c.TTime.merge(&o.TTime)
}

func (a *MovingAvg) merge(o *MovingAvg) {
	a.sum += o.sum
	a.n += o.n
}

// Clear resets the maxima, or everything when all is set (`clear counters all`, management.txt 9.3).
func (c *Counters) Clear(all bool) {
	if all {
		*c = Counters{Lat: new(Latency)}
		return
	}
	c.MaxQueueTime, c.MaxConnTime, c.MaxRespTime, c.MaxTotalTime = 0, 0, 0, 0
	c.SessRate.ClearMax()
	c.ConnRate.ClearMax()
	c.ReqRate.ClearMax()
}
