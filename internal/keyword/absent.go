package keyword

import (
	_ "embed"
	"strings"
)

// names are the configuration keywords of HAProxy 3.5, sorted, one a line; those of several words, and the options of
// bind and server lines, behind the word that they follow.
//
//go:embed names.txt
var names string

// Absent returns, sorted, the keywords of HAProxy that no section of this program has; config.Settings says what for. A
// keyword of several words is among them in any case: who asks has not found it behind its first word.
func (t *Tables) Absent() []string {
	present := map[string]bool{}
	for _, s := range t.registry.Sections() {
		for _, k := range t.registry.Keywords(s.Place) {
			present[k.Name] = true
		}
	}
	var absent []string
	for name := range strings.Lines(names) {
		if name = strings.TrimSuffix(name, "\n"); !present[name] {
			absent = append(absent, name)
		}
	}
	return absent
}
