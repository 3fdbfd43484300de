package sticktable

import "strconv"

// Field is a type of data that an entry may have (configuration.txt 11.1).
type Field uint8

// The types, in the order in which entries are shown.
const (
	ServerID Field = iota
	GPT0
	GPC0
	GPC0Rate
	ConnCnt
	ConnRate
	ConnCur
	SessCnt
	SessRate
	HTTPReqCnt
	HTTPReqRate
	HTTPErrCnt
	HTTPErrRate
	BytesInCnt
	BytesInRate
	BytesOutCnt
	BytesOutRate
	GPC1
	GPC1Rate
	ServerKey
	HTTPFailCnt
	HTTPFailRate
	GPT
	GPC
	GPCRate
	GlitchCnt
	GlitchRate
	NFields
)

// form is how a type is stored.
type form uint8

const (
	count form = iota // 32 bits
	total             // 64 bits
	rate              // events over a period: three words
	word              // the number of a text
)

// words is how many words of memory one value of each form takes.
var words = [...]int{count: 1, total: 2, rate: 3, word: 1}

// kinds describes the types. Arrays have a number of elements as argument, rates a period.
var kinds = [NFields]struct {
	name  string
	form  form
	array bool
}{
	ServerID:     {"server_id", count, false},
	GPT0:         {"gpt0", count, false},
	GPC0:         {"gpc0", count, false},
	GPC0Rate:     {"gpc0_rate", rate, false},
	ConnCnt:      {"conn_cnt", count, false},
	ConnRate:     {"conn_rate", rate, false},
	ConnCur:      {"conn_cur", count, false},
	SessCnt:      {"sess_cnt", count, false},
	SessRate:     {"sess_rate", rate, false},
	HTTPReqCnt:   {"http_req_cnt", count, false},
	HTTPReqRate:  {"http_req_rate", rate, false},
	HTTPErrCnt:   {"http_err_cnt", count, false},
	HTTPErrRate:  {"http_err_rate", rate, false},
	BytesInCnt:   {"bytes_in_cnt", total, false},
	BytesInRate:  {"bytes_in_rate", rate, false},
	BytesOutCnt:  {"bytes_out_cnt", total, false},
	BytesOutRate: {"bytes_out_rate", rate, false},
	GPC1:         {"gpc1", count, false},
	GPC1Rate:     {"gpc1_rate", rate, false},
	ServerKey:    {"server_key", word, false},
	HTTPFailCnt:  {"http_fail_cnt", count, false},
	HTTPFailRate: {"http_fail_rate", rate, false},
	GPT:          {"gpt", count, true},
	GPC:          {"gpc", count, true},
	GPCRate:      {"gpc_rate", rate, true},
	GlitchCnt:    {"glitch_cnt", count, false},
	GlitchRate:   {"glitch_rate", rate, false},
}

// String returns the name as in the configuration.
func (d Field) String() string { return kinds[d].name }

// IsRate and IsArray tell which arguments the type takes.
func (d Field) IsRate() bool { return kinds[d].form == rate }

// IsArray reports whether the type has several elements.
func (d Field) IsArray() bool { return kinds[d].array }

// IsText reports whether values are texts: they cannot be set or compared as numbers.
func (d Field) IsText() bool { return kinds[d].form == word }

// Lookup returns the type of that name.
func Lookup(name string) (Field, bool) {
	for d := range kinds {
		if kinds[d].name == name {
			return Field(d), true
		}
	}
	return 0, false
}

// element returns the name of one element of an array, as in gpc3 or gpc3_rate.
func (d Field) element(b []byte, i int) []byte {
	name := kinds[d].name
	if d == GPCRate {
		return append(strconv.AppendInt(append(b, "gpc"...), int64(i), 10), "_rate"...)
	}
	return strconv.AppendInt(append(b, name...), int64(i), 10)
}

// Store is one word behind `store`: a type with its arguments.
type Store struct {
	Field  Field
	Count  int   // elements of an array
	Period int64 // of a rate, milliseconds
}

// MaxElements is the size of the largest array.
const MaxElements = 100

// old is the element of an array that stands for a type of its own in tables that have the array.
var old = [...]struct {
	field, array Field
	at           int
}{{GPT0, GPT, 0}, {GPC0, GPC, 0}, {GPC1, GPC, 1}, {GPC0Rate, GPCRate, 0}, {GPC1Rate, GPCRate, 1}}
