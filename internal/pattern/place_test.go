package pattern

import (
	"strings"
	"testing"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// TestMisplacedNeverMatches compiles conditions for responses: what only exists while a request is read does not match
// there, though it may still be in memory.
func TestMisplacedNeverMatches(t *testing.T) {
	yes := func(_ *proxy.Stream, _ sample.Args, v *value.Value) bool { v.SetBool(true); return true }
	reg := sample.NewRegistry([]sample.Fetch{
		{Name: "early", Doc: "Exists in requests.", Out: value.Bool, Uses: sample.RequestHeaders, Eval: yes},
		{Name: "late", Doc: "Exists in responses.", Out: value.Bool, Uses: sample.ResponseLine, Eval: yes},
	}, nil, nil)
	for text, want := range map[string]bool{"{ early }": false, "!{ early }": true, "{ late }": true, "both": true, "gone": false} {
		env := &sample.Env{Reg: reg, Where: sample.BackHTTPRes, Warn: func(string) {}}
		sc := NewScope(NewLists())
		for _, line := range []string{"both early", "both late", "gone early"} {
			if err := sc.Define(strings.Fields(line), env); err != nil {
				t.Fatal(err)
			}
		}
		c, err := sc.ParseCond(strings.Fields(text), false, env)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Match(new(proxy.Stream)); got != want {
			t.Errorf("if %s: %v, want %v", text, got, want)
		}
	}
}
