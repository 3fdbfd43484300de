package compression

import (
	"bytes"

	"sluice/internal/buf"
	"sluice/internal/msg"
	"sluice/internal/proxy"
)

// typed reports whether the media type of a message begins as one of types, which nil means all are.
func typed(fs msg.Fields, types []string) bool {
	if types == nil {
		return true
	}
	f := fs.First(msg.ContentType)
	if f == nil {
		return false
	}
	for _, t := range types {
		if hasPrefixFold(f.Value, t) {
			return true
		}
	}
	return false
}

// multipart reports whether a message consists of parts, each with a type of its own.
func multipart(fs msg.Fields) bool {
	f := fs.First(msg.ContentType)
	return f != nil && hasPrefixFold(f.Value, "multipart")
}

// noTransform reports whether nobody may change the response (RFC 9111 5.2.2.6).
func noTransform(fs msg.Fields) bool {
	for v := fs.Values(msg.CacheControl.Name()); ; {
		item, ok := v.Next()
		if !ok {
			return false
		}
		if equalFold(item, "no-transform") {
			return true
		}
	}
}

// entityTag returns the ETag of a message, nil without one, and false when it has several or one that is none (RFC 9110
// 8.8.3): such a message cannot be told from its compressed form.
func entityTag(fs msg.Fields) (tag *msg.Field, ok bool) {
	for i := range fs {
		if f := &fs[i]; f.Known == msg.ETag && !f.Dead {
			if tag != nil {
				return nil, false
			}
			tag = f
		}
	}
	if tag == nil {
		return nil, true
	}
	v := bytes.TrimPrefix(tag.Value, weak[:])
	return tag, len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"'
}

var weak = [...]byte{'W', '/'}

// weaken makes a tag say that what it names is equal in meaning, not byte for byte.
func weaken(tag *msg.Field, a *buf.Arena) {
	if bytes.HasPrefix(tag.Value, weak[:]) {
		return
	}
	v := a.Alloc(len(weak) + len(tag.Value))
	copy(v[copy(v, weak[:]):], tag.Value)
	tag.Value, tag.Line = v, 0
}

// vary says that the message depends on Accept-Encoding: in the last Vary field, if there is one (RFC 9110 12.5.5).
func (f *Filter) vary(fs *msg.Fields, s *proxy.Stream) {
	name, a := f.shops.names.vary, &s.Arena
	for v := fs.Values(name); ; {
		item, ok := v.Next()
		if !ok {
			break
		}
		if equalFold(item, "accept-encoding") {
			return
		}
	}
	i := fs.Nth(name, -1)
	if i < 0 {
		fs.Append(name, acceptEncoding[:], a)
		return
	}
	last := &(*fs)[i]
	v := a.Alloc(len(last.Value) + 1 + len(acceptEncoding))
	n := copy(v, last.Value)
	if n > 0 {
		v[n] = ','
		n++
	}
	n += copy(v[n:], acceptEncoding[:])
	last.Value, last.Line = v[:n], 0
}

var acceptEncoding = [...]byte{'A', 'c', 'c', 'e', 'p', 't', '-', 'E', 'n', 'c', 'o', 'd', 'i', 'n', 'g'}
