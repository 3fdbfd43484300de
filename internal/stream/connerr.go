package stream

import (
	"sluice/internal/netx"
	"sluice/internal/proxy"
	"sluice/internal/wire/cip"
	"sluice/internal/wire/proxyproto"
)

// dialErrors are the errors of connections to servers by the reason that the system gave.
var dialErrors = [...]proxy.ConnError{
	netx.NoReason: proxy.ConnOK, netx.ProcFDLimit: proxy.ConnProcFD, netx.SysFDLimit: proxy.ConnSysFD, netx.SysMemLimit: proxy.ConnSysMem,
	netx.NoProtocol: proxy.ConnNoProto, netx.SockError: proxy.ConnSocket, netx.PortsInUse: proxy.ConnPortRange,
	netx.CannotBind: proxy.ConnCannotBind, netx.NoFreePorts: proxy.ConnFreePorts, netx.AddrInUse: proxy.ConnAddrInUse,
	netx.Refused: proxy.ConnRefused, netx.Reset: proxy.ConnReset, netx.Unreachable: proxy.ConnUnreachable,
	netx.NotConnected: proxy.ConnNotConnected, netx.BrokenPipe: proxy.ConnPipe,
}

// headerError tells which error a PROXY header, or with isCIP a NetScaler header, ended in. err is what is wrong with its
// bytes, nil when no more came.
func (w *worker) headerError(isCIP bool, err error) proxy.ConnError {
	e := proxy.ConnPrxBadHeader
	switch {
	case err == proxyproto.ErrNotHeader:
		e = proxy.ConnPrxNotHeader
	case err == proxyproto.ErrBadProtocol:
		e = proxy.ConnPrxBadProto
	case err == cip.ErrBadMagic:
		e = proxy.ConnCIPBadMagic
	case err == cip.ErrBadProtocol:
		e = proxy.ConnCIPBadProto
	case err == cip.ErrTruncated:
		e = proxy.ConnCIPTruncated
	case err == nil:
		e = proxy.ConnPrxTimeout
		switch {
		case w.in.err != nil:
			e = proxy.ConnPrxAbort
		case w.in.eof && w.in.len() > 0:
			e = proxy.ConnPrxTruncated
		case w.in.eof:
			e = proxy.ConnPrxEmpty
		}
		if isCIP {
			e += proxy.ConnCIPEmpty - proxy.ConnPrxEmpty
		}
	}
	return e
}
