package proxy

// Filter is a `filter` line of a proxy, or what a proxy has without one (configuration.txt 9): it looks at the messages
// that pass, and may change them on their way.
type Filter interface {
	// Name returns the keyword of its line, by which filter-sequence names it.
	Name() string
	// Request is called when the rules have let a request pass, before a server is chosen for it. It may edit the head.
	// What it returns changes the body on its way; nil leaves that alone. The message then becomes a chunked one.
	Request(s *Stream) Transform
	// Received is called with the head of a response as the server sent it, before any rule sees it.
	Received(s *Stream)
	// Response is called when the rules are through with a response from a server. It may edit the head, and returns
	// what Request returns.
	Response(s *Stream) Transform
}

// Transform changes one body on its way. It belongs to the loop of its stream.
type Transform interface {
	// Append appends to dst what becomes of src, the next bytes of the payload; last says that none follow. It takes only
	// as much of src as fits into the capacity of dst, and returns dst and how much that was. At least MinTransform
	// bytes are free in dst.
	Append(dst, src []byte, last bool) (out []byte, taken int)
	// Rewind prepares it for the same body once more, when a request is sent again.
	Rewind()
	// Release gives it back to where it came from.
	Release()
}

// MinTransform is the least room that a Transform is given, in bytes.
const MinTransform = 512

// FilterSet are the filters of a proxy.
type FilterSet struct {
	Declared []Filter
	// Request and Response are those that run, in order: what filter-sequence says, else all of them.
	Request, Response []Filter
	// Steps are those that act at steps of a stream, in order of declaration; nil: none.
	Steps []Stepper
}

func (f FilterSet) clone() FilterSet {
	return FilterSet{append([]Filter(nil), f.Declared...), append([]Filter(nil), f.Request...), append([]Filter(nil), f.Response...),
		append([]Stepper(nil), f.Steps...)}
}
