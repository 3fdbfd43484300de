package proxy

// HostStrategy is what a log-forward section writes where a message names its host (configuration.txt 12.6, option host).
type HostStrategy uint8

// The strategies.
const (
	HostFill HostStrategy = iota // the sender's address where there is none
	HostReplace
	HostKeep
	HostAppend
)

// LogForward is a `log-forward` section: it takes syslog messages from elsewhere and passes them on (configuration.txt 12.6).
type LogForward struct {
	Name    string
	Pos     Pos
	Binds   []*Bind // streams
	Dgrams  []*Bind // datagrams
	Loggers []*Logger
	MaxConn int
	Client  int64 // timeout client, ns; 0: none
	Host    HostStrategy
	Lines   bool // option assume-rfc6587-ntf
	Blind   bool // option dont-parse-log
}
