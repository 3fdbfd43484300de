package fetch

import (
	"errors"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// fieldRows are the fetches of header fields (configuration.txt 7.3.6). hdr without prefix means the side it is used
// on; its derivatives mean the request.
func fieldRows() []sample.Fetch {
	both := sample.RequestHeaders | sample.ResponseHeaders
	return []sample.Fetch{
		{Name: "hdr", Doc: "Value of a header field of the side at hand.", Args: "[string,integer]", Out: value.Str, Uses: both, Text: reqHdr, Reply: resHdr, Check: checkField},
		{Name: "hdr_cnt", Doc: "Number of values of a request header field.", Args: "[string]", Out: value.Sint, Uses: sample.RequestHeaders, Eval: reqHdrCnt, Check: checkField},
		{Name: "hdr_ip", Doc: "Address in a request header field.", Args: "[string,integer]", Out: value.Addr, Uses: sample.RequestHeaders, Eval: reqHdrIP, Check: checkField},
		{Name: "hdr_val", Doc: "Integer in a request header field.", Args: "[string,integer]", Out: value.Sint, Uses: sample.RequestHeaders, Eval: reqHdrVal, Check: checkField},
		{Name: "req.fhdr", Doc: "Whole value of a request header field.", Args: "[string,integer]", Out: value.Str, Uses: sample.RequestHeaders, Text: reqFhdr, Check: checkField},
		{Name: "req.fhdr_cnt", Doc: "Number of request header fields of a name.", Args: "[string]", Out: value.Sint, Uses: sample.RequestHeaders, Eval: reqFhdrCnt, Check: checkField},
		{Name: "req.hdr", Doc: "Value between commas of a request header field.", Args: "[string,integer]", Out: value.Str, Uses: sample.RequestHeaders, Text: reqHdr, Check: checkField},
		{Name: "req.hdr_cnt", Doc: "Number of values of a request header field.", Args: "[string]", Out: value.Sint, Uses: sample.RequestHeaders, Eval: reqHdrCnt, Check: checkField},
		{Name: "req.hdr_ip", Doc: "Address in a request header field.", Args: "[string,integer]", Out: value.Addr, Uses: sample.RequestHeaders, Eval: reqHdrIP, Check: checkField},
		{Name: "req.hdr_names", Doc: "Names of the request header fields in one string.", Args: "[string]", Out: value.Str, Uses: sample.RequestHeaders, Eval: reqHdrNames, Check: checkDelimiter},
		{Name: "req.hdr_val", Doc: "Integer in a request header field.", Args: "[string,integer]", Out: value.Sint, Uses: sample.RequestHeaders, Eval: reqHdrVal, Check: checkField},
		{Name: "req.hdrs", Doc: "Request header fields as text, with the empty line.", Out: value.Bin, Uses: sample.RequestHeaders, Eval: reqHdrs},
		{Name: "req.hdrs_bin", Doc: "Request header fields in the binary form of SPOE.", Out: value.Bin, Uses: sample.RequestHeaders, Eval: reqHdrsBin},
		{Name: "res.fhdr", Doc: "Whole value of a response header field.", Args: "[string,integer]", Out: value.Str, Uses: sample.ResponseHeaders, Text: resFhdr, Check: checkField},
		{Name: "res.fhdr_cnt", Doc: "Number of response header fields of a name.", Args: "[string]", Out: value.Sint, Uses: sample.ResponseHeaders, Eval: resFhdrCnt, Check: checkField},
		{Name: "res.hdr", Doc: "Value between commas of a response header field.", Args: "[string,integer]", Out: value.Str, Uses: sample.ResponseHeaders, Text: resHdr, Check: checkField},
		{Name: "res.hdr_cnt", Doc: "Number of values of a response header field.", Args: "[string]", Out: value.Sint, Uses: sample.ResponseHeaders, Eval: resHdrCnt, Check: checkField},
		{Name: "res.hdr_ip", Doc: "Address in a response header field.", Args: "[string,integer]", Out: value.Addr, Uses: sample.ResponseHeaders, Eval: resHdrIP, Check: checkField},
		{Name: "res.hdr_names", Doc: "Names of the response header fields in one string.", Args: "[string]", Out: value.Str, Uses: sample.ResponseHeaders, Eval: resHdrNames, Check: checkDelimiter},
		{Name: "res.hdr_val", Doc: "Integer in a response header field.", Args: "[string,integer]", Out: value.Sint, Uses: sample.ResponseHeaders, Eval: resHdrVal, Check: checkField},
		{Name: "res.hdrs", Doc: "Response header fields as text, with the empty line.", Out: value.Bin, Uses: sample.ResponseHeaders, Eval: resHdrs},
		{Name: "res.hdrs_bin", Doc: "Response header fields in the binary form of SPOE.", Out: value.Bin, Uses: sample.ResponseHeaders, Eval: resHdrsBin},
		{Name: "shdr", Doc: "Value of a response header field.", Args: "[string,integer]", Out: value.Str, Uses: sample.ResponseHeaders, Text: resHdr, Check: checkField},
		{Name: "shdr_cnt", Doc: "Number of values of a response header field.", Args: "[string]", Out: value.Sint, Uses: sample.ResponseHeaders, Eval: resHdrCnt, Check: checkField},
		{Name: "shdr_ip", Doc: "Address in a response header field.", Args: "[string,integer]", Out: value.Addr, Uses: sample.ResponseHeaders, Eval: resHdrIP, Check: checkField},
		{Name: "shdr_val", Doc: "Integer in a response header field.", Args: "[string,integer]", Out: value.Sint, Uses: sample.ResponseHeaders, Eval: resHdrVal, Check: checkField},
	}
}

// maxOccurrence is the number of occurrences that can be counted from the last one.
const maxOccurrence = 10

// checkField prepares the name of the field.
func checkField(a sample.Args, _ *sample.Env) error {
	if len(a) > 0 {
		a[0].Field = msg.NewName(string(a[0].Str))
		if len(a[0].Str) == 0 {
			a[0].Field = msg.Name{}
		}
	}
	if a.Int(1) < -maxOccurrence {
		return errors.New("header occurrence must be >= -10")
	}
	return nil
}

// checkDelimiter keeps the first character, a comma without one.
func checkDelimiter(a sample.Args, _ *sample.Env) error {
	if a.Has(0) {
		a[0].Str = a[0].Str[:1]
	}
	return nil
}

func delimiter(a sample.Args) byte {
	if a.Has(0) {
		return a[0].Str[0]
	}
	return ','
}

func fieldName(a sample.Args) msg.Name {
	if len(a) > 0 {
		return a[0].Field
	}
	return msg.Name{}
}

// bindSide chooses between the request's and the response's function by where the expression is used.
func bindSide(req, res sample.Func) func(sample.Args, *sample.Env) (sample.Func, error) {
	return func(_ sample.Args, e *sample.Env) (sample.Func, error) {
		if e.Where != 0 && e.Where&sample.RequestHeaders.Places() == 0 {
			return res, nil
		}
		return req, nil
	}
}

// request reports whether the head of the request is there.
func request(s *proxy.Stream, v *value.Value) bool { return sample.HasRequest(s, v) }

// response reports whether the head of the response is there.
func response(s *proxy.Stream, v *value.Value) bool { return sample.HasResponse(s, v) }

// element puts into v the value between commas that is asked for.
func element(fs msg.Fields, a sample.Args, v *value.Value) bool {
	at := sample.Occurrence(v)
	text, next := elementAt(fs, a, at)
	return sample.SetText(v, at, text, next)
}

// elementAt finds the value between commas that is asked for: the one at a place when there is one, else the occurrence
// in the second argument, else the last one.
func elementAt(fs msg.Fields, a sample.Args, at int64) ([]byte, int64) {
	name, occurrence := fieldName(a), int(a.Int(1))
	if occurrence == 0 {
		if at >= 0 {
			return nextElement(fs, name, at)
		}
		occurrence = -1
	}
	item, ok := fs.NthValue(name, occurrence)
	if !ok {
		return nil, sample.NoText
	}
	return item, 0
}

// nextElement gives one element after the other. A place is the index of the field and that in its value behind the last
// comma.
func nextElement(fs msg.Fields, name msg.Name, place int64) ([]byte, int64) {
	at, off := int(place>>32), int(place&0xffffffff)
	i := fs.Next(name, at)
	if i < 0 {
		return nil, sample.NoText
	}
	if i != at {
		off = 0
	}
	whole := fs[i].Value
	el := msg.SplitValue(whole[min(off, len(whole)):])
	item, _ := el.Next()
	if el.More() {
		return item, int64(i)<<32 | int64(len(whole)-el.Rest())
	}
	return item, int64(i+1) << 32
}

// wholeAt is elementAt for whole values, without the blanks around them that a rule may have written.
func wholeAt(fs msg.Fields, a sample.Args, at int64) ([]byte, int64) {
	name, occurrence := fieldName(a), int(a.Int(1))
	if occurrence == 0 {
		if at >= 0 {
			i := fs.Next(name, int(at))
			if i < 0 {
				return nil, sample.NoText
			}
			return trim(fs[i].Value), int64(i + 1)
		}
		occurrence = -1
	}
	i := fs.Nth(name, occurrence)
	if i < 0 {
		return nil, sample.NoText
	}
	return trim(fs[i].Value), 0
}

func reqHdr(s *proxy.Stream, a sample.Args, at int64) ([]byte, int64) {
	return elementAt(s.Req.Fields, a, at)
}

func reqFhdr(s *proxy.Stream, a sample.Args, at int64) ([]byte, int64) {
	return wholeAt(s.Req.Fields, a, at)
}

func reqHdrCnt(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	if !request(s, v) {
		return false
	}
	v.SetInt(int64(s.Req.Fields.CountValues(fieldName(a))))
	return true
}

func reqFhdrCnt(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	if !request(s, v) {
		return false
	}
	v.SetInt(int64(s.Req.Fields.Count(fieldName(a))))
	return true
}

func reqHdrIP(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return request(s, v) && elementIP(s.Req.Fields, a, v)
}

func reqHdrVal(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return request(s, v) && element(s.Req.Fields, a, v) && toInt(v)
}

func reqHdrNames(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return request(s, v) && names(s, s.Req.Fields, delimiter(a), v)
}

func reqHdrs(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return request(s, v) && fieldText(s, s.Req.Fields, v)
}

func reqHdrsBin(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return request(s, v) && fieldBinary(s, s.Req.Fields, v)
}

func resHdr(s *proxy.Stream, a sample.Args, at int64) ([]byte, int64) {
	return elementAt(s.Res.Fields, a, at)
}

func resFhdr(s *proxy.Stream, a sample.Args, at int64) ([]byte, int64) {
	return wholeAt(s.Res.Fields, a, at)
}

func resHdrCnt(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	if !response(s, v) {
		return false
	}
	v.SetInt(int64(s.Res.Fields.CountValues(fieldName(a))))
	return true
}

func resFhdrCnt(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	if !response(s, v) {
		return false
	}
	v.SetInt(int64(s.Res.Fields.Count(fieldName(a))))
	return true
}

func resHdrIP(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return response(s, v) && elementIP(s.Res.Fields, a, v)
}

func resHdrVal(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return response(s, v) && element(s.Res.Fields, a, v) && toInt(v)
}

func resHdrNames(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return response(s, v) && names(s, s.Res.Fields, delimiter(a), v)
}

func resHdrs(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return response(s, v) && fieldText(s, s.Res.Fields, v)
}

func resHdrsBin(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return response(s, v) && fieldBinary(s, s.Res.Fields, v)
}
