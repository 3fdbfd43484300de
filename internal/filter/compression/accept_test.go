package compression

import (
	"testing"

	"sluice/internal/msg"
	"sluice/internal/proxy"
)

func fields(pairs ...string) (fs msg.Fields) {
	for i := 0; i < len(pairs); i += 2 {
		fs = append(fs, msg.Field{Name: []byte(pairs[i]), Value: []byte(pairs[i+1]), Known: msg.Lookup([]byte(pairs[i]))})
	}
	return fs
}

// TestChoose holds the choice against what HAProxy 3.5 chose.
func TestChoose(t *testing.T) {
	offers := map[string][]proxy.CompAlgo{
		"gzip deflate":             {proxy.CompGzip, proxy.CompDeflate},
		"gzip identity":            {proxy.CompGzip, proxy.CompIdentity},
		"identity gzip":            {proxy.CompIdentity, proxy.CompGzip},
		"gzip deflate raw-deflate": {proxy.CompGzip, proxy.CompDeflate, proxy.CompRawDeflate},
	}
	for _, c := range []struct{ offered, accept, want string }{
		{"gzip deflate", "x-gzip", ""},
		{"gzip deflate", "GZIP", "gzip"},
		{"gzip deflate", "gzip;q=0", ""},
		{"gzip deflate", "gzip; q=0", ""},
		{"gzip deflate", "gzip;q=0.001", "gzip"},
		{"gzip deflate", "gzip;q=0.0001", ""},
		{"gzip deflate", "gzip;q=0.0", ""},
		{"gzip deflate", "gzip;x=1;q=0", ""},
		{"gzip deflate", "gzip;Q=0", "gzip"},
		{"gzip deflate", "gzip;q=abc", "gzip"},
		{"gzip deflate", "*", "deflate"},
		{"gzip deflate", "*;q=0", ""},
		{"gzip deflate", "deflate, gzip", "deflate"},
		{"gzip deflate", "gzip, deflate", "gzip"},
		{"gzip deflate", "deflate;q=0.9, gzip;q=1", "gzip"},
		{"gzip deflate", "gzip;q=0.5;x, deflate;q=0.6", "deflate"},
		{"gzip deflate", "gzip;q=.5, deflate;q=.6", "gzip"},
		{"gzip deflate", "*;q=0.9, gzip;q=0.1", "deflate"},
		{"gzip deflate", "gzip,gzip;q=0", "gzip"},
		{"gzip deflate", "br, gzip;q=0.1", "gzip"},
		{"gzip deflate", "raw-deflate", ""},
		{"gzip deflate", "identity", ""},
		{"gzip deflate", "", ""},
		{"gzip identity", "", "identity"},
		{"gzip identity", "*", "identity"},
		{"gzip identity", "identity;q=0.9, gzip;q=0.5", "identity"},
		{"identity gzip", "*", "gzip"},
		{"identity gzip", "br", "identity"},
		{"gzip deflate raw-deflate", "deflate", "raw-deflate"},
	} {
		if got, _ := choose(fields("accept-encoding", c.accept), offers[c.offered]); got.String() != c.want {
			t.Errorf("of %s, %q gets %q, want %q", c.offered, c.accept, got, c.want)
		}
	}
}

func TestBrokenClients(t *testing.T) {
	for agent, want := range map[string]bool{
		"Mozilla/4": true,
		"Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)": false,
		"Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)":      true,
		"Mozilla/4.0 (compatible; MSIE 5.5; SV1)":                 true,
		"Mozilla/4.0 (compatible; MSIE 7.0)":                      false,
		"Mozilla/4.0 (compatible; MSIE 10.0)":                     true,
		"Mozilla/4 MSIE 8":                                        true,
		"Mozilla/5.0":                                             false,
		"mozilla/4":                                               false,
	} {
		if got := broken(fields("user-agent", agent)); got != want {
			t.Errorf("%s: %v, want %v", agent, got, want)
		}
	}
}

func TestEntityTag(t *testing.T) {
	for tag, want := range map[string]bool{`"a"`: true, `W/"a"`: true, `w/"a"`: false, `x`: false, ``: false, `"`: false, `W/`: false, `""`: true, `"a"b"`: true, `"W/a"`: true} {
		if _, got := entityTag(fields("etag", tag)); got != want {
			t.Errorf("%s: %v, want %v", tag, got, want)
		}
	}
	if _, ok := entityTag(fields("etag", `"a"`, "etag", `"b"`)); ok {
		t.Error("two tags are none")
	}
}
