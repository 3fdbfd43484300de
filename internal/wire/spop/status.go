package spop

// Status is a code of errors, as DISCONNECT frames carry it (SPOE.txt 3.5).
type Status uint32

// The codes.
const (
	Normal         Status = 0
	IOError        Status = 1
	Timeout        Status = 2
	TooBig         Status = 3
	Invalid        Status = 4
	NoVersion      Status = 5
	NoFrameSize    Status = 6
	NoCapabilities Status = 7
	BadVersion     Status = 8
	BadFrameSize   Status = 9
	Fragmented     Status = 10
	Interlaced     Status = 11
	NoFrameID      Status = 12
	NoResource     Status = 13
	Unknown        Status = 99
)

// String describes the code, as the message of a DISCONNECT frame.
func (s Status) String() string {
	switch s {
	case Normal:
		return "normal"
	case IOError:
		return "I/O error"
	case Timeout:
		return "a timeout occurred"
	case TooBig:
		return "frame is too big"
	case Invalid:
		return "invalid frame received"
	case NoVersion:
		return "version value not found"
	case NoFrameSize:
		return "max-frame-size value not found"
	case NoCapabilities:
		return "capabilities value not found"
	case BadVersion:
		return "unsupported version"
	case BadFrameSize:
		return "max-frame-size too big or too small"
	case Fragmented:
		return "fragmentation not supported"
	case Interlaced:
		return "invalid interlaced frames"
	case NoFrameID:
		return "frame-id not found"
	case NoResource:
		return "resource allocation error"
	}
	return "an unknown error occurred"
}
