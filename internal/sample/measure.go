package sample

import (
	"sluice/internal/proxy"
	"sluice/internal/sticktable"
	"sluice/internal/value"
)

// Measure is one thing that may be asked of an entry of a stick table, by the counter that tracks it, by the client's
// address or by any key (configuration.txt 7.3.1, 7.3.3). The names of fetches and converters are made of its own.
type Measure struct {
	Name  string
	Doc   string // one sentence
	Op    sticktable.Op
	Field sticktable.Field
	// Indexed says that an argument chooses an element of an array.
	Indexed bool
	Shift   uint // the value is shown divided by 2 to this power
}

// Measures returns them all.
func Measures() []Measure {
	return []Measure{
		{Name: "bytes_in_rate", Doc: "Bytes per period from clients.", Field: sticktable.BytesInRate},
		{Name: "bytes_out_rate", Doc: "Bytes per period to clients.", Field: sticktable.BytesOutRate},
		{Name: "clr_gpc", Doc: "A general purpose counter, which becomes zero.", Op: sticktable.Clear, Field: sticktable.GPC, Indexed: true},
		{Name: "clr_gpc0", Doc: "The first general purpose counter, which becomes zero.", Op: sticktable.Clear, Field: sticktable.GPC0},
		{Name: "clr_gpc1", Doc: "The second general purpose counter, which becomes zero.", Op: sticktable.Clear, Field: sticktable.GPC1},
		{Name: "conn_cnt", Doc: "Number of connections.", Field: sticktable.ConnCnt},
		{Name: "conn_cur", Doc: "Number of connections now.", Field: sticktable.ConnCur},
		{Name: "conn_rate", Doc: "Connections per period.", Field: sticktable.ConnRate},
		{Name: "get_gpc", Doc: "A general purpose counter.", Field: sticktable.GPC, Indexed: true},
		{Name: "get_gpc0", Doc: "The first general purpose counter.", Field: sticktable.GPC0},
		{Name: "get_gpc1", Doc: "The second general purpose counter.", Field: sticktable.GPC1},
		{Name: "get_gpt", Doc: "A general purpose tag.", Field: sticktable.GPT, Indexed: true},
		{Name: "get_gpt0", Doc: "The first general purpose tag.", Field: sticktable.GPT0},
		{Name: "glitch_cnt", Doc: "Number of glitches of clients.", Field: sticktable.GlitchCnt},
		{Name: "glitch_rate", Doc: "Glitches of clients per period.", Field: sticktable.GlitchRate},
		{Name: "gpc0_rate", Doc: "How often per period the first general purpose counter grew.", Field: sticktable.GPC0Rate},
		{Name: "gpc1_rate", Doc: "How often per period the second general purpose counter grew.", Field: sticktable.GPC1Rate},
		{Name: "gpc_rate", Doc: "How often per period a general purpose counter grew.", Field: sticktable.GPCRate, Indexed: true},
		{Name: "http_err_cnt", Doc: "Number of wrong requests.", Field: sticktable.HTTPErrCnt},
		{Name: "http_err_rate", Doc: "Wrong requests per period.", Field: sticktable.HTTPErrRate},
		{Name: "http_fail_cnt", Doc: "Number of failures of servers.", Field: sticktable.HTTPFailCnt},
		{Name: "http_fail_rate", Doc: "Failures of servers per period.", Field: sticktable.HTTPFailRate},
		{Name: "http_req_cnt", Doc: "Number of requests.", Field: sticktable.HTTPReqCnt},
		{Name: "http_req_rate", Doc: "Requests per period.", Field: sticktable.HTTPReqRate},
		{Name: "inc_gpc", Doc: "A general purpose counter, which grows by one.", Op: sticktable.Add, Field: sticktable.GPC, Indexed: true},
		{Name: "inc_gpc0", Doc: "The first general purpose counter, which grows by one.", Op: sticktable.Add, Field: sticktable.GPC0},
		{Name: "inc_gpc1", Doc: "The second general purpose counter, which grows by one.", Op: sticktable.Add, Field: sticktable.GPC1},
		{Name: "kbytes_in", Doc: "Kilobytes from clients.", Field: sticktable.BytesInCnt, Shift: 10},
		{Name: "kbytes_out", Doc: "Kilobytes to clients.", Field: sticktable.BytesOutCnt, Shift: 10},
		{Name: "sess_cnt", Doc: "Number of sessions.", Field: sticktable.SessCnt},
		{Name: "sess_rate", Doc: "Sessions per period.", Field: sticktable.SessRate},
		{Name: "trackers", Doc: "How many track the entry now.", Op: sticktable.Refs},
	}
}

// Ask does what m says with the entry of a key and gives the result; zero where there is no such entry. It reports false
// when the table does not store that.
func (m *Measure) Ask(s *proxy.Stream, t *sticktable.Table, key []byte, i int, v *value.Value) bool {
	n, a := t.Access(key, m.Op, m.Field, i, 1, s.Now())
	if a == sticktable.Unstored {
		return false
	}
	if a == sticktable.Absent {
		n = 0
	}
	m.Give(v, n)
	return true
}

// Give makes v the value n.
func (m *Measure) Give(v *value.Value, n uint64) {
	v.SetInt(int64(n >> m.Shift))
	v.Flags |= value.Volatile
}
