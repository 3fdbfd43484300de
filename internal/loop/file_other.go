//go:build !unix

package loop

import "errors"

func (l *Loop) openFile(*Conn, int) error { return errors.ErrUnsupported }

func (l *Loop) listenFile(*Acceptor, int, AcceptHandler) error { return errors.ErrUnsupported }
