package config

// A Keyword is a row: one keyword of some sections, or one word of a keyword of several words. B is what the row's
// functions build.
type Keyword[B any] struct {
	Name string // one word: "maxconn", "timeout"
	Doc  string // one sentence
	In   Place  // where it is legal; the rows of a Sub table inherit it when they have none

	// Sub is looked up with the next word: "timeout" has a Sub table with "client". Where that word is none of its rows,
	// Parse is called with Args beginning at it, so that it says what was expected; without Parse the frame says so.
	Sub []Keyword[B]

	// Min and Max bound the number of arguments; Max -1 is no bound. With too few the message is "'name' expects "
	// followed by Expects.
	Min, Max int
	Expects  string
	Parse    func(b B, l *Line)

	Status Status
	// Removed, when set, is the whole message about a keyword that exists no more. It is fatal and nothing else of the
	// row is used. Where HAProxy's text has no space before its colon ("parsing [f:1]: "), RemovedTight is set.
	Removed      string
	RemovedTight bool

	No      bool // accepts "no" before it
	Default bool // accepts "default" before it

	// Misplaced says what happens to a proxy's keyword in a proxy section where it is not legal.
	Misplaced Misplaced
	// Leaf makes messages name the last word of the keyword only: 'redispatch' for "option redispatch".
	Leaf bool
	// Env marks the rows that change the environment. They also run, in global sections, before everything else, with
	// their messages dropped (see Parse).
	Env bool
	// Early marks the rows that HAProxy looks at in the same walk: what is wrong with them is reported without what is
	// wrong elsewhere.
	Early bool
}

// Status says what a keyword needs before it may be used.
type Status uint8

// The states.
const (
	Stable       Status = iota
	Experimental        // wants expose-experimental-directives
	Deprecated          // wants expose-deprecated-directives, or warns
)

// Misplaced says what happens to a proxy's keyword in a proxy section where it is not legal (configuration.txt 4.1).
type Misplaced uint8

// The answers. In a defaults section it is always refused.
const (
	Ignored Misplaced = iota // a warning
	Refused                  // an error
	Own                      // Parse is called and decides
)

// A Section is a row that describes a kind of section.
type Section[B any] struct {
	Name  string // the word that opens it
	Doc   string // one sentence
	Place Place
	// Open is called for the line that opens the section, with the name and the rest as arguments. It checks them: the
	// wording differs from section to section.
	Open func(b B, l *Line)
	// Close, when set, is called after the last line of the section with the line that opened it.
	Close func(b B, l *Line)
	// Other, when set, is called for a line whose first word is no keyword of the section, such as the one-word commands
	// of a ring; it reports what is unknown by UnknownKeyword or in its own words.
	Other func(b B, l *Line)
	// Keywords names the section whose keywords are legal here in messages ("global" for traces), Name if empty.
	Keywords string
	Status   Status
	Early    bool // Open is called in the early walk too
}
