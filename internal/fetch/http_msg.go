package fetch

import (
	"errors"

	"bytes"
	"fmt"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// messageRows are the fetches of first lines, bodies and captures (configuration.txt 7.3.6).
func messageRows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "capture.req.hdr", Doc: "Captured request header by its number.", Args: "integer", Out: value.Str, Uses: sample.RequestLine, Eval: captureReqHdr, Check: checkCapture},
		{Name: "capture.req.method", Doc: "Method of the request as received.", Out: value.Str, Uses: sample.RequestLine, Eval: captureReqMethod},
		{Name: "capture.req.uri", Doc: "Path and query string of the request as received.", Out: value.Str, Uses: sample.RequestLine, Eval: captureReqURI},
		{Name: "capture.req.ver", Doc: "Version of the request.", Out: value.Str, Uses: sample.RequestLine, Eval: captureReqVer},
		{Name: "capture.res.hdr", Doc: "Captured response header by its number.", Args: "integer", Out: value.Str, Uses: sample.ResponseLine, Eval: captureResHdr, Check: checkCapture},
		{Name: "capture.res.ver", Doc: "Version of the response.", Out: value.Str, Uses: sample.RequestLine, Eval: captureResVer},
		{Name: "fcgi.docroot", Doc: "Root of the documents of a FastCGI application: no sample, as there is none.", Out: value.Str, Uses: sample.RequestHeaders, Eval: never},
		{Name: "fcgi.index", Doc: "Page that a FastCGI application answers for a directory: no sample, as there is none.", Out: value.Str, Uses: sample.RequestHeaders, Eval: never},
		{Name: "http_first_req", Doc: "Whether the request is the first of its connection.", Out: value.Bool, Uses: sample.RequestLine, Eval: firstReq},
		{Name: "method", Doc: "Method of the request.", Out: value.Meth, Uses: sample.RequestLine, Eval: method, Text: methodText},
		{Name: "req.body", Doc: "Body of the request as far as it is there.", Out: value.Bin, Uses: sample.RequestHeaders, Eval: reqBody},
		{Name: "req.body_len", Doc: "Number of bytes of the request's body that are there.", Out: value.Sint, Uses: sample.RequestHeaders, Eval: reqBodyLen},
		{Name: "req.body_param", Doc: "Parameter of a form in the request's body.", Args: "[string,string]", Out: value.Bin, Uses: sample.RequestHeaders, Eval: reqBodyParam, Check: checkBodyParam},
		{Name: "req.body_size", Doc: "Announced size of the request's body.", Out: value.Sint, Uses: sample.RequestHeaders, Eval: reqBodySize},
		{Name: "req.ver", Doc: "Version of the request without HTTP before it.", Out: value.Str, Uses: sample.RequestLine, Eval: reqVer},
		{Name: "req_ver", Doc: "Version of the request without HTTP before it.", Out: value.Str, Uses: sample.RequestLine, Eval: reqVer},
		{Name: "res.body", Doc: "Body of the response as far as it is there.", Out: value.Bin, Uses: sample.ResponseHeaders, Eval: resBody},
		{Name: "res.body_len", Doc: "Number of bytes of the response's body that are there.", Out: value.Sint, Uses: sample.ResponseHeaders, Eval: resBodyLen},
		{Name: "res.body_size", Doc: "Announced size of the response's body.", Out: value.Sint, Uses: sample.ResponseHeaders, Eval: resBodySize},
		{Name: "res.cache_hit", Doc: "Whether the response came from a cache: never, as there is none.", Out: value.Bool, Uses: sample.Server, Says: sample.ResponseLine, Eval: resCacheHit},
		{Name: "res.cache_name", Doc: "Cache that the response came from: no sample, as there is none.", Out: value.Str, Uses: sample.Server, Says: sample.ResponseLine, Eval: never},
		{Name: "res.comp", Doc: "Whether the response is compressed by the proxy.", Out: value.Bool, Uses: sample.ResponseLine, Eval: resComp},
		{Name: "res.comp_algo", Doc: "Algorithm that the proxy compresses the response with.", Out: value.Str, Uses: sample.ResponseLine, Eval: resCompAlgo},
		{Name: "res.ver", Doc: "Version of the response without HTTP before it.", Out: value.Str, Uses: sample.ResponseLine, Eval: resVer},
		{Name: "resp_ver", Doc: "Version of the response without HTTP before it.", Out: value.Str, Uses: sample.ResponseLine, Eval: resVer},
		{Name: "server_status", Doc: "Status of the response as the server sent it.", Out: value.Sint, Uses: sample.ResponseLine, Eval: serverStatus},
		{Name: "status", Doc: "Status of the response.", Out: value.Sint, Uses: sample.ResponseLine, Eval: status},
		{Name: "txn.status", Doc: "Status of the transaction as the log shows it.", Out: value.Sint, Uses: sample.ResponseLine, Eval: txnStatus},
		{Name: "unique-id", Doc: "Unique id of the stream.", Out: value.Str, Uses: sample.Constant, Eval: uniqueID},
	}
}

func method(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if !request(s, v) {
		return false
	}
	v.SetMethod(s.Req.MethodID, s.Req.Method)
	return true
}

func methodText(s *proxy.Stream, _ sample.Args, _ int64) ([]byte, int64) { return s.Req.Method, 0 }

func firstReq(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetBool(s.Sess != nil && s.Sess.Requests <= 1)
	return true
}

// numbers returns "1.1" of "HTTP/1.1"; ok is false when there is none.
func numbers(ver []byte) ([]byte, bool) {
	i := bytes.IndexByte(ver, '/')
	return ver[i+1:], i >= 0
}

func reqVer(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if !request(s, v) {
		return false
	}
	n, ok := numbers(s.Req.VerBytes)
	v.SetStr(n)
	return ok
}

func resVer(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if !response(s, v) {
		return false
	}
	n, ok := numbers(s.Res.VerBytes)
	v.SetStr(n)
	return ok
}

func captureReqVer(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetStr(s.Req.VerBytes)
	return len(s.Req.VerBytes) > 0
}

func captureResVer(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetStr(s.Res.VerBytes)
	return len(s.Res.VerBytes) > 0
}

// line cuts the first line of the request as it was received.
func line(s *proxy.Stream) (method, target []byte, ok bool) {
	method, rest, ok := bytes.Cut(s.Log.Line, blank[:])
	target, _, _ = bytes.Cut(rest, blank[:])
	return method, target, ok
}

var blank = [1]byte{' '}

func captureReqMethod(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	m, _, ok := line(s)
	v.SetStr(m)
	return ok
}

func captureReqURI(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	_, t, ok := line(s)
	if !ok {
		return false
	}
	q := msg.Request{Target: t, Form: msg.FormOf(t)}
	p := q.PathQuery()
	v.SetStr(p)
	return len(p) > 0
}

func captured(list [][]byte, a sample.Args, v *value.Value) bool {
	i := a.Int(0)
	if i < 0 || i >= int64(len(list)) || list[i] == nil {
		return false
	}
	v.SetStr(list[i])
	return true
}

// checkCapture refuses what numbers no captured header.
func checkCapture(a sample.Args, _ *sample.Env) error {
	if a[0].Int < 0 {
		return errors.New("capture identifier must be >= 0")
	}
	return nil
}

func captureReqHdr(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return captured(s.Log.ReqCapture, a, v)
}

func captureResHdr(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return captured(s.Log.ResCapture, a, v)
}

func reqBody(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if !request(s, v) {
		return false
	}
	v.SetBin(s.ReqBody.Bytes)
	return true
}

func reqBodyLen(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if !request(s, v) {
		return false
	}
	v.SetInt(int64(len(s.ReqBody.Bytes)))
	return true
}

// size is the announced length of a body, or what is there of one without.
func size(announced int64, body *proxy.BodyView) int64 {
	if announced >= 0 {
		return announced
	}
	return int64(len(body.Bytes))
}

func reqBodySize(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if !request(s, v) {
		return false
	}
	v.SetInt(size(s.Req.Body, &s.ReqBody))
	return true
}

func checkBodyParam(a sample.Args, _ *sample.Env) error {
	if len(a) > 1 && string(a[1].Str) == "i" {
		a[0].Int = 1
	}
	return nil
}

func reqBodyParam(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return request(s, v) && parameter(s.ReqBody.Bytes, a, v)
}

func resBody(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if !response(s, v) {
		return false
	}
	v.SetBin(s.ResBody.Bytes)
	return true
}

func resBodyLen(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if !response(s, v) {
		return false
	}
	v.SetInt(int64(len(s.ResBody.Bytes)))
	return true
}

func resBodySize(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if !response(s, v) {
		return false
	}
	v.SetInt(size(s.Res.Body, &s.ResBody))
	return true
}

// resCacheHit is about a response that no cache has a part in (configuration.txt 7.3.6, res.cache_hit).
func resCacheHit(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetBool(false)
	return true
}

func resComp(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetBool(s.Comp.Response != proxy.CompNone)
	return true
}

func resCompAlgo(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.Comp.Response == proxy.CompNone {
		return false
	}
	v.SetStr(s.Arena.CopyString(s.Comp.Response.String()))
	return true
}

func status(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if !response(s, v) {
		return false
	}
	v.SetInt(int64(s.Res.Status))
	return true
}

func serverStatus(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(s.Log.ServerStatus))
	return s.Log.ServerStatus > 0
}

func txnStatus(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(s.Log.Status))
	return s.Log.Status > 0
}

func uniqueID(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	id := s.UniqueID()
	v.SetStr(id)
	return id != nil
}

// checkUnit reads the unit of a date into Int of the argument: how many nanoseconds it has.
func checkUnit(at int) func(sample.Args, *sample.Env) error {
	return func(a sample.Args, _ *sample.Env) error {
		if !a.Has(at) {
			return nil
		}
		switch string(a[at].Str) {
		case "s":
			a[at].Int = 1e9
		case "ms":
			a[at].Int = 1e6
		case "us":
			a[at].Int = 1e3
		default:
			return fmt.Errorf("expects 's', 'ms' or 'us', got '%s'", a[at].Str)
		}
		return nil
	}
}
