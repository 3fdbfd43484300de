package proxy

// Step is a moment in the life of a stream at which filters may act (SPOE.txt 3.3).
type Step uint8

// The steps.
const (
	StepClientSession Step = iota
	StepFrontTCPRequest
	StepBackTCPRequest
	StepFrontHTTPRequest
	StepBackHTTPRequest
	StepServerSession
	StepTCPResponse
	StepHTTPResponse
	StepBackend // the backend was chosen; no event of SPOE, as what follows
	StepEnd     // the stream has ended
	NSteps
)

var stepNames = [NSteps]string{"on-client-session", "on-frontend-tcp-request", "on-backend-tcp-request",
	"on-frontend-http-request", "on-backend-http-request", "on-server-session", "on-tcp-response", "on-http-response", "", ""}

// String returns the step as configuration files of SPOE call it.
func (s Step) String() string { return stepNames[s] }

// Stepper is a filter that acts at steps of a stream.
type Stepper interface {
	Filter
	// Step is called in the stream's task, which it may have wait.
	Step(s *Stream, at Step)
}

// Watcher is a filter that looks at payload on its way.
type Watcher interface {
	Stepper
	// Watch begins with one message of a stream; nil leaves its payload alone.
	Watch(s *Stream, response bool) Watch
}

// Watch looks at one message's payload. It belongs to the loop of its stream.
type Watch interface {
	// Pass is shown payload that may leave, and returns how much of it leaves now, at least one byte. What stays is shown
	// again.
	Pass(b []byte) int
}

// Grouper is a filter with groups of messages that rules may send (SPOE.txt 2.4).
type Grouper interface {
	Filter
	// Engine returns the name by which rules refer to the filter.
	Engine() string
	// Send returns the action that sends a group, nil when there is none of that name.
	Send(group string) Action
}

// Offload is a list of messages on its way to an agent (SPOE.txt 3.2.6).
type Offload struct {
	Backend    *Proxy // of the agent's servers
	Agent      *Agent
	FrameID    uint64
	Payload    []byte // valid until Offload returns
	Processing int64  // how long it may take, in nanoseconds; 0: as long as the servers may
}

// Agent is what connections to the servers of an agent agree on (SPOE.txt 3.2.4).
type Agent struct {
	Name         string
	EngineID     string
	MaxFrameSize uint32
	Pipelining   bool
}

// OffloadStatus says why an agent did not answer: 0 when it did, below 256 an error of this side, above it a status code
// of the protocol plus 256 (SPOE.txt 2.2, option set-on-error).
type OffloadStatus uint32

// The errors of this side.
const (
	OffloadOK        OffloadStatus = 0
	OffloadTimeout   OffloadStatus = 1
	OffloadResource  OffloadStatus = 2
	OffloadTooBig    OffloadStatus = 3
	OffloadInterrupt OffloadStatus = 5
	OffloadUnknown   OffloadStatus = 255
	OffloadProtocol  OffloadStatus = 256
)

// Offloader has agents process messages.
type Offloader interface {
	// Offload sends o to a server of its backend and waits for the answer, the stream's task does. The answer is valid
	// until the next call.
	Offload(s *Stream, o *Offload) (answer []byte, status OffloadStatus)
}

// OffloadState is how far a filter that offloads is with a stream.
type OffloadState struct {
	Filter Filter
	Off    bool   // after an error: nothing more is offloaded
	Total  int64  // time spent so far, in nanoseconds
	Frames uint64 // sent so far
	Out    Offload
}

// Offloading returns the state of a filter, made at its first use.
func (s *Stream) Offloading(f Filter) *OffloadState {
	for i := range s.offloads {
		if s.offloads[i].Filter == f {
			return &s.offloads[i]
		}
	}
	s.offloads = append(s.offloads, OffloadState{Filter: f})
	return &s.offloads[len(s.offloads)-1]
}
