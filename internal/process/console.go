package process

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"

	"sluice/internal/config"
)

// A Console prints what a person at the start of the process should know, in HAProxy's form: "[ALERT]    (pid) : text".
// Any goroutine may print; what it says about itself is set before.
type Console struct {
	Err io.Writer
	PID int
	// Version and Path are said once, before the first alert or warning.
	Version, Path string
	Quiet         bool // -q, "quiet"
	Verbose       bool // -V, -d: stronger than Quiet
	Diagnostic    bool // -dD: the remarks of that level are printed
	// Carets adds the line and a mark under the word to messages that point at one: for a terminal.
	Carets bool
	// Color adds colours, for a terminal too: unset when NO_COLOR is in the environment.
	Color bool

	// Held gathers what is printed instead of Err, while it is not sure which process is to say it; nil: nothing is held.
	Held *bytes.Buffer

	introduced bool
	warnings   int

	mu      sync.Mutex
	printed []byte // guarded by mu
	started int    // how much of it was printed during the start
}

// Silent reports whether nothing is to be printed.
func (c *Console) Silent() bool { return c.Quiet && !c.Verbose }

// Warnings returns the number of warnings so far, printed or not.
func (c *Console) Warnings() int { return c.warnings }

// Alertf prints an error.
func (c *Console) Alertf(format string, args ...any) {
	c.say(config.Alert, fmt.Sprintf(format, args...))
}

// Warnf prints and counts a warning.
func (c *Console) Warnf(format string, args ...any) {
	c.say(config.Warning, fmt.Sprintf(format, args...))
}

// Noticef prints a notice.
func (c *Console) Noticef(format string, args ...any) {
	c.say(config.Notice, fmt.Sprintf(format, args...))
}

// Diagf prints a remark of the diagnostic mode.
func (c *Console) Diagf(format string, args ...any) { c.say(config.Diag, fmt.Sprintf(format, args...)) }

// Show prints a diagnostic of the configuration.
func (c *Console) Show(d config.Diagnostic) {
	text := strings.TrimSuffix(d.Text, "\n")
	if c.Carets {
		if shown := d.Excerpt(c.Color); shown != "" {
			text += "\n" + shown
		}
	}
	c.say(d.Level, text)
}

func (c *Console) say(level config.Level, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if level == config.Warning {
		c.warnings++
	}
	if c.Silent() || level == config.Diag && !c.Diagnostic {
		return
	}
	if level <= config.Warning && !c.introduced {
		c.introduced = true
		c.print("", config.Notice, "haproxy version is "+c.Version)
		c.print("", config.Notice, "path to executable is "+c.Path)
	}
	color := ""
	if c.Color {
		color = level.Color()
	}
	c.print(color, level, text)
}

// print prints a message, and keeps it for `show startup-logs`.
func (c *Console) print(color string, level config.Level, text string) {
	label := fmt.Sprintf("%-11s", "["+level.String()+"]")
	rest := fmt.Sprintf("(%d) : %s\n", c.PID, text)
	c.printed = append(c.printed, label+rest...)
	if color != "" {
		label = color + label + config.ColorOff
	}
	if c.Held != nil {
		c.Held.WriteString(label + rest)
		return
	}
	io.WriteString(c.Err, label+rest)
}

// Hold keeps what is printed back until Release.
func (c *Console) Hold() { c.Held = new(bytes.Buffer) }

// Release prints what was held; without show another process says it, and all is forgotten.
func (c *Console) Release(show bool) {
	held := c.Held
	c.Held = nil
	switch {
	case held == nil:
	case show:
		c.Err.Write(held.Bytes())
	default:
		c.printed, c.introduced, c.warnings = nil, false, 0
	}
}

// Printed returns what was printed so far, without colours.
func (c *Console) Printed() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]byte(nil), c.printed...)
}

// Starts marks the end of the start: what is printed later is not of it.
func (c *Console) Starts() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started = len(c.printed)
}

// Started returns what was printed until Starts.
func (c *Console) Started() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.started == 0 {
		return append([]byte(nil), c.printed...)
	}
	return append([]byte(nil), c.printed[:c.started]...)
}

// maxToTell is how many messages may wait for the console.
const maxToTell = 1024

// tellLater returns a function that prints warnings while the process serves. It never waits: what does not fit into the
// queue, since nobody reads the console, is lost. The log has it all the same.
func (c *Console) tellLater() func(text string) {
	if c.Silent() {
		return func(string) {}
	}
	queue := make(chan string, maxToTell)
	go func() {
		for text := range queue {
			c.Warnf("%s", text)
		}
	}()
	return func(text string) {
		select {
		case queue <- text:
		default:
		}
	}
}
