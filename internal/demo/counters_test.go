package demo

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCountersShowWhatWasCounted(t *testing.T) {
	stat := "# pxname,svname,status,stot,odd,\nweb,FRONTEND,OPEN,17,x,\ncolours,<red>,UP,9,y,\n"
	s := httptest.NewServer(Counters(func() []byte { return []byte(stat) }))
	defer s.Close()
	for path, want := range map[string][]string{
		"/":    {"<td>FRONTEND</td>", "<td>17</td>", "&lt;red&gt;"},
		"/csv": {stat},
	} {
		res, err := s.Client().Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(res.Body)
		res.Body.Close()
		for _, w := range want {
			if !strings.Contains(string(b), w) {
				t.Errorf("%s: no %q in\n%s", path, w, b)
			}
		}
	}
}
