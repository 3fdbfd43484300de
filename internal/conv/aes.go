package conv

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// aesRows are the converters that encrypt and decrypt with AES.
func aesRows() []sample.Conv {
	return []sample.Conv{
		{Name: "aes_cbc_dec", Doc: "Decrypts with AES in CBC mode.", Args: "integer,string,string[,string]", In: value.Bin, Out: value.Bin, Check: checkCBC, Eval: aesCBCDec},
		{Name: "aes_cbc_enc", Doc: "Encrypts with AES in CBC mode.", Args: "integer,string,string[,string]", In: value.Bin, Out: value.Bin, Check: checkCBC, Eval: aesCBCEnc},
		{Name: "aes_gcm_dec", Doc: "Decrypts with AES in Galois counter mode and checks the tag.", Args: "integer,string,string,string[,string]", In: value.Bin, Out: value.Bin, Check: checkGCMDec, Eval: aesGCMDec},
		{Name: "aes_gcm_enc", Doc: "Encrypts with AES in Galois counter mode and keeps the tag in a variable.", Args: "integer,string,string,string[,string]", In: value.Bin, Out: value.Bin, Check: checkGCMEnc, Eval: aesGCMEnc, Keeps: true},
	}
}

var errBase64Arg = errors.New("argument needs to be base64 encoded, and can either be a string or a variable")

// base64Arg makes an argument a variable, or the bytes that it encodes.
func base64Arg(a *sample.Arg, e *sample.Env) error {
	if asVar(a, e) {
		return nil
	}
	b, err := base64.StdEncoding.AppendDecode(nil, a.Str)
	if err != nil {
		return errBase64Arg
	}
	a.Str = b
	return nil
}

// secretArg returns what base64Arg took.
func secretArg(s *proxy.Stream, a *sample.Arg) ([]byte, bool) {
	b, ok := text(s, a, value.Str)
	if !ok || !a.IsVar {
		return b, ok
	}
	out := s.Arena.Alloc(base64.StdEncoding.DecodedLen(len(b)))
	n, err := base64.StdEncoding.Decode(out, b)
	return out[:n], err == nil
}

// checkAES looks at the size of the key and at the arguments that are encoded.
func checkAES(a sample.Args, e *sample.Env, names ...string) error {
	if n := a.Int(0); n != 128 && n != 192 && n != 256 {
		return errors.New("key size must be 128, 192 or 256 (bits).")
	}
	for i, name := range names {
		if i+1 >= len(a) || name == "" {
			continue
		}
		if err := base64Arg(&a[i+1], e); err != nil {
			return fmt.Errorf("failed to parse %s : %w", name, err)
		}
	}
	return nil
}

func checkCBC(a sample.Args, e *sample.Env) error { return checkAES(a, e, "nonce", "key", "aad") }

func checkGCMDec(a sample.Args, e *sample.Env) error {
	return checkAES(a, e, "nonce", "key", "aead_tag", "aad")
}

func checkGCMEnc(a sample.Args, e *sample.Env) error {
	if err := checkAES(a, e, "nonce", "key", "", "aad"); err != nil {
		return err
	}
	ref, err := e.Var(string(a[3].Str))
	if err != nil {
		return fmt.Errorf("failed to parse aead_tag : %w", err)
	}
	a[3].Var, a[3].IsVar = ref, true
	return nil
}

// aesBlock returns the cipher of the key argument, of which as many bytes count as the first argument says.
func aesBlock(s *proxy.Stream, a sample.Args) (cipher.Block, bool) {
	key, ok := secretArg(s, &a[2])
	n := int(a[0].Int) / 8
	if !ok || len(key) < n {
		return nil, false
	}
	block, err := aes.NewCipher(key[:n])
	return block, err == nil
}

// cbcInit returns the cipher and the first vector of CBC mode. A vector that is too short ends in zeros.
func cbcInit(s *proxy.Stream, a sample.Args) (block cipher.Block, iv [aes.BlockSize]byte, ok bool) {
	nonce, ok := secretArg(s, &a[1])
	if !ok {
		return nil, iv, false
	}
	copy(iv[:], nonce)
	if len(a) > 3 {
		if _, ok = secretArg(s, &a[3]); !ok {
			return nil, iv, false
		}
	}
	block, ok = aesBlock(s, a)
	return block, iv, ok
}

func aesCBCEnc(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	block, iv, ok := cbcInit(s, a)
	pad := aes.BlockSize - len(v.Bytes)%aes.BlockSize
	if !ok || len(v.Bytes)+pad > room(s) {
		return false
	}
	out := s.Arena.Alloc(len(v.Bytes) + pad)
	for i := copy(out, v.Bytes); i < len(out); i++ {
		out[i] = byte(pad)
	}
	cipher.NewCBCEncrypter(block, iv[:]).CryptBlocks(out, out)
	setOwn(v, value.Bin, out)
	return true
}

func aesCBCDec(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	block, iv, ok := cbcInit(s, a)
	if !ok {
		return false
	}
	out, ok := decryptCBC(block, iv[:], v.Bytes, s.Arena.Alloc(len(v.Bytes)))
	if ok {
		setOwn(v, value.Bin, out)
	}
	return ok
}

// decryptCBC decrypts b into out, of the same length, and takes the padding off (RFC 5652 6.3).
func decryptCBC(block cipher.Block, iv, b, out []byte) ([]byte, bool) {
	if len(b) == 0 || len(b)%aes.BlockSize != 0 {
		return nil, false
	}
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, b)
	pad := int(out[len(out)-1])
	if pad == 0 || pad > aes.BlockSize {
		return nil, false
	}
	for _, c := range out[len(out)-pad:] {
		if int(c) != pad {
			return nil, false
		}
	}
	return out[:len(out)-pad], true
}

// gcmInit returns what seals and opens, with the nonce and the data that is only authenticated.
func gcmInit(s *proxy.Stream, a sample.Args) (aead cipher.AEAD, nonce, aad []byte, ok bool) {
	nonce, ok = secretArg(s, &a[1])
	if !ok || len(nonce) == 0 {
		return nil, nil, nil, false
	}
	if len(a) > 4 {
		if aad, ok = secretArg(s, &a[4]); !ok {
			return nil, nil, nil, false
		}
	}
	block, ok := aesBlock(s, a)
	if !ok {
		return nil, nil, nil, false
	}
	aead, err := cipher.NewGCMWithNonceSize(block, len(nonce))
	return aead, nonce, aad, err == nil
}

const gcmTag = 16

func aesGCMEnc(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	aead, nonce, aad, ok := gcmInit(s, a)
	if !ok || len(v.Bytes) > room(s) {
		return false
	}
	out := aead.Seal(s.Arena.Alloc(len(v.Bytes) + gcmTag)[:0], nonce, v.Bytes, aad)
	n := len(v.Bytes)
	tag := s.Borrow()
	tag.SetStr(s.Arena.Keep(base64.StdEncoding.AppendEncode(s.Arena.Tail(24), out[n:])))
	ok = s.SetVar(a[3].Var, tag)
	s.Return()
	setOwn(v, value.Bin, out[:n:n])
	return ok
}

func aesGCMDec(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	tag, ok := secretArg(s, &a[3])
	if !ok || len(tag) != gcmTag {
		return false
	}
	aead, nonce, aad, ok := gcmInit(s, a)
	if !ok {
		return false
	}
	sealed := s.Arena.Alloc(len(v.Bytes) + gcmTag)
	copy(sealed[copy(sealed, v.Bytes):], tag)
	out, err := aead.Open(sealed[:0], nonce, sealed, aad)
	if err != nil {
		return false
	}
	setOwn(v, value.Bin, out)
	return true
}
