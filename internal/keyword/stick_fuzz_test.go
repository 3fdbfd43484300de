package keyword_test

import "testing"

// FuzzStickTable reads stick-table lines, whatever is in them.
func FuzzStickTable(f *testing.F) {
	for _, s := range []string{"type ip size 1k expire 10s store conn_rate(3s),gpc(3),gpc_rate(2,1s) nopurge", "type string len 9 size 1 srvkey addr write-to x", "store ,,(", "type binary len 99999999999 size 9g", "size 1 store conn_rate(3s", "brates-factor 0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		judge("backend a\n\tstick-table " + line + "\n")
	})
}
