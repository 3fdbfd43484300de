package conv

import (
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// captureRows are the converters that keep a string for the log.
func captureRows() []sample.Conv {
	return []sample.Conv{
		{Name: "capture-req", Doc: "Keeps the string in a capture slot of requests.", Args: "integer", In: value.Str, Out: value.Str, Eval: captureRequest, Keeps: true},
		{Name: "capture-res", Doc: "Keeps the string in a capture slot of responses.", Args: "integer", In: value.Str, Out: value.Str, Eval: captureResponse, Keeps: true},
	}
}

func captureRequest(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return s.Front != nil && capture(s, &s.Log.ReqCapture, s.Front.Capture.Request, a[0].Int, v.Bytes)
}

func captureResponse(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	return s.Front != nil && capture(s, &s.Log.ResCapture, s.Front.Capture.Response, a[0].Int, v.Bytes)
}

// capture keeps the beginning of b in a slot, if the frontend has that slot.
func capture(s *proxy.Stream, list *[][]byte, slots []proxy.CaptureHeader, slot int64, b []byte) bool {
	if slot < 0 || slot >= int64(len(slots)) {
		return false
	}
	for len(*list) < len(slots) {
		*list = append(*list, nil)
	}
	(*list)[slot] = s.Arena.Copy(b[:min(len(b), slots[slot].Len)])
	return true
}
