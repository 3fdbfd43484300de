package stream

import (
	"strconv"
	"time"

	"sluice/internal/proxy"
)

// logConnError writes the line about a client whose handshakes failed (configuration.txt 8.2.5).
func (h *Home) logConnError(x *session) {
	f := x.Front
	if len(f.Loggers) == 0 || f.Options.Has(proxy.OptDontLogNull) && nothingSaid(x.Extra.Err) {
		return
	}
	s := h.before(x)
	s.Mode = f.Mode
	s.Log.ActConn, s.Log.FeConn = h.eng.Proc.Conns.Load(), f.State.Front.Cur.Load()
	level := proxy.LogInfo
	if f.Options.Has(proxy.OptLogSeparateErrors) {
		level = proxy.LogErr
	}
	format := f.LogErr
	if format == nil {
		format = connErrorLine{}
	}
	h.emit(s, entry{proxy.OriginSessError, format, nil, level, false})
}

// nothingSaid reports whether the client left without a word.
func nothingSaid(e proxy.ConnError) bool {
	return e == proxy.ConnSSLEmpty || e == proxy.ConnPrxEmpty || e == proxy.ConnCIPEmpty
}

// connErrorLine is the format of such lines unless error-log-format says another.
type connErrorLine struct{}

// Append implements proxy.Format: address, date, frontend and listener, and what happened.
func (connErrorLine) Append(dst []byte, s *proxy.Stream) []byte {
	x := s.Sess
	if x.Src.IsValid() {
		dst = append(append(dst, x.Src.Addr().Unmap().String()...), ':')
		dst = strconv.AppendUint(dst, uint64(x.Src.Port()), 10)
	} else {
		dst = append(append(dst, "unix:"...), strconv.Itoa(x.Bind.ID)...)
	}
	dst = time.Unix(0, x.Accepted).AppendFormat(append(dst, " ["...), "02/Jan/2006:15:04:05.000")
	dst = append(append(append(dst, "] "...), x.Front.Name...), '/')
	if x.Bind.Name != "" {
		dst = append(dst, x.Bind.Name...)
	} else {
		dst = strconv.AppendInt(dst, int64(x.Bind.ID), 10)
	}
	return append(append(dst, ": "...), x.Extra.Err.Text()...)
}
