package proxy

// Service is something in the program that answers a request instead of a server (configuration.txt 4.3, use-service).
type Service interface {
	// Serve looks at the request, on the stream's own loop, where it may wait, and says how the answer begins.
	Serve(s *Stream) ServiceAnswer
}

// Page is what answers requests of a statistics page (configuration.txt 4.2, stats enable).
type Page interface {
	// Show answers a request of the page of owner, as Service.Serve does; admin says that the client may change servers.
	Show(s *Stream, owner *Proxy, admin bool) ServiceAnswer
}

// ServiceAnswer is the beginning of a service's answer, and where its body comes from.
type ServiceAnswer struct {
	Status int // with no Pieces and from 400 on: the error page of that status
	Fields []ServiceField
	Pieces Pieces // nil: no body
}

// ServiceField is one field of a service's answer.
type ServiceField struct{ Name, Value string } // the name in lower case

// Pieces is the body of a service's answer. It is made while it is sent, so that a slow client costs no memory.
type Pieces interface {
	// Next appends the next part of the body to b; more says that another one follows. It runs on an ordinary goroutine,
	// one call after the other, and may block. The stream is not to be touched.
	Next(b []byte) (part []byte, more bool)
}
