package fetch

import (
	"errors"
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// bufferRows are the fetches of raw bytes (configuration.txt 7.3.5). They look at what was received and not yet sent
// on; in HTTP there is no such thing, but for its length.
func bufferRows() []sample.Fetch {
	both := sample.RequestBuffer | sample.ResponseBuffer
	return []sample.Fetch{
		{Name: "payload", Doc: "Bytes of the side at hand from an offset on.", Args: "integer,integer", Out: value.Bin, Uses: both, Bind: bindBuffer(reqPayload, resPayload)},
		{Name: "payload_lv", Doc: "Bytes of the side at hand whose length stands before them.", Args: "integer,integer[,string]", Out: value.Bin, Uses: both, Bind: bindBuffer(reqPayloadLV, resPayloadLV), Check: checkPayloadLV},
		{Name: "req.len", Doc: "Number of bytes received from the client.", Out: value.Sint, Uses: sample.RequestBuffer, Eval: reqLen},
		{Name: "req.payload", Doc: "Bytes of the request from an offset on.", Args: "integer,integer", Out: value.Bin, Uses: sample.RequestBuffer, Eval: reqPayload},
		{Name: "req.payload_lv", Doc: "Bytes of the request whose length stands before them.", Args: "integer,integer[,string]", Out: value.Bin, Uses: sample.RequestBuffer, Eval: reqPayloadLV, Check: checkPayloadLV},
		{Name: "req_len", Doc: "Number of bytes received from the client.", Out: value.Sint, Uses: sample.RequestBuffer, Eval: reqLen},
		{Name: "res.len", Doc: "Number of bytes received from the server.", Out: value.Sint, Uses: sample.ResponseBuffer, Eval: resLen},
		{Name: "res.payload", Doc: "Bytes of the response from an offset on.", Args: "integer,integer", Out: value.Bin, Uses: sample.ResponseBuffer, Eval: resPayload},
		{Name: "res.payload_lv", Doc: "Bytes of the response whose length stands before them.", Args: "integer,integer[,string]", Out: value.Bin, Uses: sample.ResponseBuffer, Eval: resPayloadLV, Check: checkPayloadLV},
	}
}

// bindBuffer is bindSide for what draws on buffers.
func bindBuffer(req, res sample.Func) func(sample.Args, *sample.Env) (sample.Func, error) {
	return func(_ sample.Args, e *sample.Env) (sample.Func, error) {
		if e.Where != 0 && e.Where&sample.RequestBuffer.Places() == 0 {
			return res, nil
		}
		return req, nil
	}
}

// received returns the raw bytes of one side; ok is false in HTTP, which has none.
func received(s *proxy.Stream, in *proxy.InputView) (b []byte, ok bool) {
	return in.Bytes, s.Mode != proxy.ModeHTTP
}

// unsure says that more bytes may change the answer, while they may still come.
func unsure(s *proxy.Stream, in *proxy.InputView, v *value.Value) {
	if s.MayWait && !in.EOF && !in.Full {
		v.Flags |= value.MayChange
	}
}

func reqLen(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.Mode == proxy.ModeHTTP {
		return blockBytes(s, false, v)
	}
	v.SetInt(int64(len(s.In.Bytes)))
	unsure(s, &s.In, v)
	return true
}

func resLen(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.Mode == proxy.ModeHTTP {
		return blockBytes(s, true, v)
	}
	v.SetInt(int64(len(s.Out.Bytes)))
	unsure(s, &s.Out, v)
	return true
}

// payload cuts a number of bytes at an offset out of what was received; 0 means all that follow.
func payload(s *proxy.Stream, in *proxy.InputView, a sample.Args, v *value.Value) bool {
	b, ok := received(s, in)
	from, n := a.Int(0), a.Int(1)
	have := int64(len(b))
	if !ok || from < 0 || n < 0 {
		return false
	}
	if from > have || n > have-from {
		unsure(s, in, v)
		return false
	}
	if n == 0 {
		unsure(s, in, v)
		n = have - from
	}
	if n == 0 {
		return false
	}
	v.SetBin(b[from : from+n])
	return true
}

func reqPayload(s *proxy.Stream, a sample.Args, v *value.Value) bool { return payload(s, &s.In, a, v) }
func resPayload(s *proxy.Stream, a sample.Args, v *value.Value) bool { return payload(s, &s.Out, a, v) }

// checkPayloadLV reads the second offset: Int is where the bytes begin, from the beginning of the buffer or, with a sign,
// from the end of the length; Mask tells which.
func checkPayloadLV(a sample.Args, _ *sample.Env) error {
	if a.Int(0) < 0 {
		return errors.New("payload offset1 must be positive")
	}
	if a.Int(1) <= 0 {
		return errors.New("payload length must be > 0")
	}
	if !a.Has(2) {
		return nil
	}
	text := string(a[2].Str)
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return errors.New("payload offset2 is not a number")
	}
	if text[0] == '+' || text[0] == '-' {
		a[2].Mask = 1
		if a.Int(0)+a.Int(1)+n < 0 {
			return errors.New("payload offset2 too negative")
		}
	}
	a[2].Int = n
	return nil
}

// payloadLV cuts bytes out of what was received whose number stands among them, the highest byte first.
func payloadLV(s *proxy.Stream, in *proxy.InputView, a sample.Args, v *value.Value) bool {
	b, ok := received(s, in)
	if !ok {
		return false
	}
	at, width, have := a.Int(0), a.Int(1), int64(len(b))
	if at > have || width > have-at {
		unsure(s, in, v)
		return false
	}
	n := int64(0)
	for _, c := range b[at : at+width] {
		if n >= 1<<32 {
			return false // no buffer is so large
		}
		n = n<<8 | int64(c)
	}
	from := at + width
	if a.Has(2) {
		if a[2].Mask == 0 {
			from = 0
		}
		from += a[2].Int
	}
	if n == 0 || from < 0 {
		return false
	}
	if from > have || n > have-from {
		unsure(s, in, v)
		return false
	}
	v.SetBin(b[from : from+n])
	return true
}

func reqPayloadLV(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return payloadLV(s, &s.In, a, v)
}

func resPayloadLV(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return payloadLV(s, &s.Out, a, v)
}
