package keyword

import (
	_ "embed"
	"slices"
	"strings"
)

// names are the configuration keywords of HAProxy 3.5, sorted, one a line; those of several words, and the options of
// bind and server lines, behind the word that they follow. "proxy x" is x where it is a keyword of proxies and, with another
// meaning, of the global section.
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
		if name = strings.TrimSuffix(name, "\n"); present[name] {
			continue
		}
		absent = append(absent, name)
		if option, ok := strings.CutPrefix(name, "server "); ok {
			absent = append(absent, "default-server "+option, "server-template "+option)
		}
	}
	slices.Sort(absent)
	return absent
}
