package directive

import "testing"

func TestTidy(t *testing.T) {
	for text, want := range map[string]string{
		"\thttp-request  deny\tif x # why":          "http-request deny if x",
		`	use_backend "a  # b" if c\ \ d 'e  "f'  `: `use_backend "a  # b" if c\ \ d 'e  "f'`,
		`a "b\"  c"  d`: `a "b\"  c" d`,
	} {
		if got := tidy(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
