package secure

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/binary"
)

// An aesSuite is a cipher suite of TLSv1.3 whose records are made here (RFC 8446 B.4).
type aesSuite struct {
	id    uint16
	key   int // bytes of its key
	size  int // of its hash
	block int // that the hash works on
}

// aesSuites are those with AES: crypto/tls offers them first where the processor has instructions for it.
var aesSuites = [...]aesSuite{
	{tls.TLS_AES_128_GCM_SHA256, 16, sha256.Size, sha256.BlockSize},
	{tls.TLS_AES_256_GCM_SHA384, 32, sha512.Size384, sha512.BlockSize},
}

// sum is the hash of b. Both hashes are named here, so that nothing they work on leaves the stack.
func (u *aesSuite) sum(b, to []byte) {
	if u.size == sha256.Size {
		h := sha256.Sum256(b)
		copy(to, h[:])
		return
	}
	h := sha512.Sum384(b)
	copy(to, h[:])
}

func aesSuiteOf(id uint16) *aesSuite {
	for i := range aesSuites {
		if aesSuites[i].id == id {
			return &aesSuites[i]
		}
	}
	return nil
}

// secretSize is that of the largest hash of a suite.
const secretSize = sha512.Size384

// traffic is one direction of a connection: its secret and what comes of it (RFC 8446 7.3).
type traffic struct {
	aead   cipher.AEAD
	seq    uint64 // records so far with this key
	nonce  [ivSize]byte
	iv     [ivSize]byte
	secret [secretSize]byte
}

const ivSize = 12

// The last part of HkdfLabel (RFC 8446 7.1): a label and an empty context, behind the length.
const (
	labelKey    = "\x09tls13 key\x00"
	labelIV     = "\x08tls13 iv\x00"
	labelUpdate = "\x11tls13 traffic upd\x00"
)

// expand is HKDF-Expand-Label with an empty context (RFC 8446 7.1) for what one block of the hash is enough for, which all
// keys are. There are four for each handshake: the HMAC (RFC 2104) is made in place, where crypto/hkdf makes objects.
func (u *aesSuite) expand(secret []byte, label string, out []byte) {
	var inner, outer [sha512.BlockSize + secretSize]byte
	defer clear(inner[:])
	defer clear(outer[:])
	copy(inner[:], secret)
	copy(outer[:], secret)
	for i := range u.block {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	m := append(inner[:u.block], byte(len(out)>>8), byte(len(out)))
	m = append(append(m, label...), 1) // the first block of the output
	u.sum(m, outer[u.block:])
	var whole [secretSize]byte
	u.sum(outer[:u.block+u.size], whole[:])
	copy(out, whole[:])
	clear(whole[:])
}

// start takes keys from a secret.
func (d *traffic) start(u *aesSuite, secret []byte) error {
	var key [32]byte
	defer clear(key[:])
	copy(d.secret[:], secret)
	u.expand(d.secret[:u.size], labelKey, key[:u.key])
	u.expand(d.secret[:u.size], labelIV, d.iv[:])
	d.seq = 0
	block, err := aes.NewCipher(key[:u.key])
	if err == nil {
		d.aead, err = cipher.NewGCM(block)
	}
	return err
}

// update goes on to the next key (RFC 8446 7.2).
func (d *traffic) update(u *aesSuite) error {
	var next [secretSize]byte
	defer clear(next[:])
	u.expand(d.secret[:u.size], labelUpdate, next[:u.size])
	return d.start(u, next[:u.size])
}

// number makes the nonce of record seq (RFC 8446 5.3).
func (d *traffic) number(seq uint64) []byte {
	d.nonce = d.iv
	tail := d.nonce[ivSize-8:]
	binary.BigEndian.PutUint64(tail, binary.BigEndian.Uint64(tail)^seq)
	return d.nonce[:]
}

// The parts of a record (RFC 8446 5.1, 5.2).
const (
	headSize     = 5
	tagSize      = 16
	mostPlain    = 1 << 14
	mostSealed   = mostPlain + 256
	around       = headSize + 1 + tagSize // what a record has besides its content
	wireVersion  = 0x0303                 // what every record says
	typeCCS      = 20
	typeAlert    = 21
	typeMessage  = 22
	typeContent  = 23
	messageReKey = 24 // KeyUpdate
)

// seal makes a record of room, whose content is in its place already: behind the head, with room for a byte and the tag
// behind.
func (d *traffic) seal(room []byte, kind byte) {
	end := len(room) - tagSize
	room[end-1] = kind
	n := len(room) - headSize
	room[0], room[1], room[2], room[3], room[4] = typeContent, wireVersion>>8, wireVersion&0xff, byte(n>>8), byte(n)
	d.aead.Seal(room[headSize:headSize], d.number(d.seq), room[headSize:end], room[:headSize])
	d.seq++
}

// open opens a whole record into to, or in its own place where that is nil. It returns its content and kind; not ok: the
// record is not one of the peer's.
func (d *traffic) open(record, to []byte) (content []byte, kind byte, ok bool) {
	if to == nil {
		to = record[headSize:]
	}
	content, err := d.aead.Open(to[:0], d.number(d.seq), record[headSize:], record[:headSize])
	if err != nil {
		return nil, 0, false
	}
	d.seq++
	for i := len(content) - 1; i >= 0; i-- { // the kind is the last byte that is not zero
		if content[i] != 0 {
			return content[:i], content[i], true
		}
	}
	return nil, 0, true
}

// mostBefore bounds how many records a handshake may have made with the keys of what comes after it: tickets.
const mostBefore = 4

// sealed returns how many records were made with d's key when record was the last of all: the number that it opens with
// says so. One that opens with none belongs to the handshake. Not known: it is no sealed record.
func (d *traffic) sealed(record []byte) (n uint64, known bool) {
	if len(record) < around || record[0] != typeContent {
		return 0, false
	}
	for n := range uint64(mostBefore) {
		if _, err := d.aead.Open(nil, d.number(n), record[headSize:], record[:headSize]); err == nil {
			return n + 1, true
		}
	}
	return 0, true
}
