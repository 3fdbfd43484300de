package proxy

// LogLevel is a syslog severity, 0 emerg to 7 debug (configuration.txt 8.1).
type LogLevel int8

// The levels. LogSilent sends nothing (set-log-level silent).
const (
	LogEmerg LogLevel = iota
	LogAlert
	LogCrit
	LogErr
	LogWarning
	LogNotice
	LogInfo
	LogDebug
	LogSilent LogLevel = 8
)

// LogHeader is the framing of a log line (log ... format).
type LogHeader uint8

// The formats.
const (
	LogUnset LogHeader = iota
	LogLocal
	LogRFC3164
	LogRFC5424
	LogPriority
	LogShort
	LogTimed
	LogISO
	LogRaw
)

// Logger is one `log` line: a target and how to write to it.
type Logger struct {
	Pos      Pos
	Target   Addr // ring@name has Path = name
	Len      int  // longest line, default 1024
	Format   LogHeader
	Facility int         // 0 to 23
	Level    LogLevel    // least important level that is sent
	MinLevel LogLevel    // more important ones are sent as this
	Profile  *LogProfile // nil: none
	Sample   LogSample
	Backend  *Proxy // the `mode log` backend of backend@name
	// Sink is set before the snapshot is published.
	Sink LogSink
}

// LogSample is `sample <ranges>:<size>`: of every Size lines those whose number from 1 lies in a range are sent.
type LogSample struct {
	Size   int
	Ranges [][2]int
}

// LogSink takes finished lines. It belongs to the logs room.
type LogSink interface {
	// Write queues one line, given without header, from loop number i (-1: not a loop). It never blocks; a full ring
	// counts the line as dropped. tag and host override the process's when not empty.
	Write(i int, l *Logger, level LogLevel, wallNs int64, tag string, sd, line []byte)
}

// LogOrigin is the moment at which a log line is made: the step of a log-profile, and what %OG prints (configuration.txt
// 8.2.6, 8.3.5).
type LogOrigin uint8

// The origins: steps of the stream, then the rule sets with do-log.
const (
	OriginUnspec LogOrigin = iota
	OriginSessError
	OriginSessKilled
	OriginTxnAccept
	OriginTxnRequest
	OriginTxnConnect
	OriginTxnResponse
	OriginTxnClose
	OriginQUICInit
	OriginTCPReqConn
	OriginTCPReqSess
	OriginTCPReqCont
	OriginTCPResCont
	OriginHTTPReq
	OriginHTTPRes
	OriginHTTPAfterRes
	NLogOrigins
)

// LogProfile is a log-profile section (configuration.txt 8.3.5).
type LogProfile struct {
	Name string
	Tag  string // "" leaves that of the proxy
	On   [NLogOrigins]*LogOverride
	Any  *LogOverride // for the steps without one of their own
	Pos  Pos
}

// LogOverride is what a profile says of one step; nil formats leave those of the proxy.
type LogOverride struct {
	Drop       bool
	Format, SD Format
}

// At returns what the profile says of a step, nil for nothing. p may be nil.
func (p *LogProfile) At(o LogOrigin) *LogOverride {
	if p == nil {
		return nil
	}
	if on := p.On[o]; on != nil {
		return on
	}
	return p.Any
}
