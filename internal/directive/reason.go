package directive

import (
	"errors"
	"strings"
	"syscall"
)

// reason returns the system's words for an error, beginning with a capital as the C library writes them.
func reason(err error) string {
	var errno syscall.Errno
	text := err.Error()
	if errors.As(err, &errno) {
		text = errno.Error()
	}
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
