package fetch_test

import (
	"testing"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/sticktable"
	"sluice/internal/value"
)

// everything is a table that stores all there is.
func everything(name string, kind sticktable.Kind) *sticktable.Table {
	c := sticktable.Config{Name: name, Kind: kind, KeyLen: 16, Size: 10, Expire: 60000}
	for f := range sticktable.NFields {
		switch {
		case f == sticktable.GPT0 || f == sticktable.GPC0 || f == sticktable.GPC1 || f == sticktable.GPC0Rate || f == sticktable.GPC1Rate:
			continue // elements of the arrays
		case f.IsArray():
			c.Stores = append(c.Stores, sticktable.Store{Field: f, Count: 3, Period: 10000})
		default:
			c.Stores = append(c.Stores, sticktable.Store{Field: f, Period: 10000})
		}
	}
	return sticktable.New(c)
}

// track has the stream's first counters track entries with something in each field.
func track(s *proxy.Stream) {
	var v value.Value
	var small [16]byte
	v.SetIP(s.Src().Addr())
	src, _ := s.Front.Table.Key(&small, &v, nil)
	s.Begin(0, s.Front.Table, src, true)
	s.Begin(1, s.Back.Table, []byte("/dir/file.html"), false)
	for _, t := range []*sticktable.Table{s.Front.Table, s.Back.Table} {
		var c sticktable.Cursor
		t.Walk(&c, 10, 0, func(l *sticktable.Look) {
			for f := range sticktable.NFields {
				for i := range t.Elements(f) {
					if f != sticktable.ConnCur && f != sticktable.ServerKey {
						l.Set(f, i, uint64(f)*1000+uint64(i))
					}
				}
			}
		})
	}
}

// TestTrackedAllocatesNothing holds what rules do for every request.
func TestTrackedAllocatesNothing(t *testing.T) {
	s := caseStream("tracked")
	for _, text := range []string{"sc0_http_req_rate", "sc_inc_gpc(0,0)", "src_conn_cnt", "src,table_gpc0", "sc_key(0)"} {
		env := environment(t)
		env.Where, env.Proxy = 0, s.Front
		e, _, err := sample.ParseExpr([]string{text}, env)
		if err != nil {
			t.Fatal(err)
		}
		env.Pending.Resolve(s.Snap)
		if n := testing.AllocsPerRun(100, func() {
			s.Arena.Reset()
			e.Eval(s, s.Borrow())
			s.Return()
		}); n > 0 {
			t.Errorf("%s allocates %v times", text, n)
		}
	}
}
