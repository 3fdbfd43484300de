package fetch

import (
	"errors"
	"strconv"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// blockRows are the fetches for developers (configuration.txt 7.3.7). HAProxy keeps a message as a list of blocks: the
// first line, the fields, the end of the head, the body as far as it is there. These fetches describe a message of this
// program as that list would be.
func blockRows() []sample.Fetch {
	both := sample.RequestHeaders | sample.ResponseHeaders
	return []sample.Fetch{
		{Name: "internal.htx.data", Doc: "Bytes in the blocks of the message.", Out: value.Sint, Uses: both, Bind: bindBlocks(func(b *blocks, v *value.Value) { v.SetInt(b.bytes) })},
		{Name: "internal.htx.free", Doc: "Bytes left in the message's buffer.", Out: value.Sint, Uses: both, Bind: bindBlocks(func(b *blocks, v *value.Value) { v.SetInt(b.free()) })},
		{Name: "internal.htx.free_data", Doc: "Bytes left for the data of one more block.", Out: value.Sint, Uses: both, Bind: bindBlocks(func(b *blocks, v *value.Value) { v.SetInt(max(b.free()-blockCost, 0)) })},
		{Name: "internal.htx.has_eom", Doc: "Whether the message is complete.", Out: value.Bool, Uses: both, Bind: bindBlocks(func(b *blocks, v *value.Value) { v.SetBool(b.done) })},
		{Name: "internal.htx.nbblks", Doc: "Number of blocks of the message.", Out: value.Sint, Uses: both, Bind: bindBlocks(func(b *blocks, v *value.Value) { v.SetInt(int64(b.n)) })},
		{Name: "internal.htx.size", Doc: "Size of the message's buffer.", Out: value.Sint, Uses: both, Bind: bindBlocks(func(b *blocks, v *value.Value) { v.SetInt(b.size) })},
		{Name: "internal.htx.used", Doc: "Bytes used of the message's buffer.", Out: value.Sint, Uses: both, Bind: bindBlocks(func(b *blocks, v *value.Value) { v.SetInt(b.bytes + int64(b.n)*blockCost) })},
		{Name: "internal.htx_blk.data", Doc: "Bytes of a block of the body.", Args: "string", Out: value.Bin, Uses: both, Bind: bindBlock(blockData)},
		{Name: "internal.htx_blk.hdrname", Doc: "Name in a block that is a field.", Args: "string", Out: value.Str, Uses: both, Bind: bindBlock(blockName)},
		{Name: "internal.htx_blk.hdrval", Doc: "Value in a block that is a field.", Args: "string", Out: value.Str, Uses: both, Bind: bindBlock(blockValue)},
		{Name: "internal.htx_blk.size", Doc: "Size of a block.", Args: "string", Out: value.Sint, Uses: both, Bind: bindBlock(blockSize)},
		{Name: "internal.htx_blk.start_line", Doc: "First line of the message.", Args: "string", Out: value.Str, Uses: both, Bind: bindBlock(blockLine)},
		{Name: "internal.htx_blk.type", Doc: "Type of a block.", Args: "string", Out: value.Str, Uses: both, Bind: bindBlock(blockType)},
	}
}

// What HAProxy's blocks cost besides their bytes.
const (
	blockCost  = 8  // to describe a block
	lineCost   = 20 // to describe a first line
	bufferCost = 40 // to describe a message
)

// blocks is a message as a list of blocks.
type blocks struct {
	response bool
	s        *proxy.Stream
	fs       msg.Fields
	body     []byte
	done     bool
	trailers bool // a block ends the trailers of a chunked message, even if there are none
	n        int
	bytes    int64
	size     int64
}

// blocksOf describes one of the messages of s; false when its head is not there.
func blocksOf(s *proxy.Stream, res bool, v *value.Value) (b blocks, ok bool) {
	b = blocks{response: res, s: s, fs: s.Req.Fields, body: s.ReqBody.Bytes, done: s.Req.Body == 0 || s.ReqBody.Done}
	announced := s.Req.Body
	if res {
		announced = s.Res.Body
		b.fs, b.body, b.done = s.Res.Fields, s.ResBody.Bytes, s.Res.Body == 0 || s.ResBody.Done
		ok = response(s, v)
	} else {
		ok = request(s, v)
	}
	if !ok {
		return b, false
	}
	b.n, b.bytes = 2, b.lineSize()+1
	for i := b.fs.Next(msg.Name{}, 0); i >= 0; i = b.fs.Next(msg.Name{}, i+1) {
		b.n++
		b.bytes += int64(len(b.fs[i].Name) + len(b.fs[i].Value))
	}
	if len(b.body) > 0 {
		b.n++
		b.bytes += int64(len(b.body))
	}
	if announced == msg.Chunked && b.done {
		b.n++
		b.bytes++
		b.trailers = true
	}
	if s.Snap != nil && s.Snap.Global != nil {
		b.size = int64(s.Snap.Global.Tune.BufSize) - bufferCost
	}
	return b, true
}

func (b *blocks) free() int64 { return max(b.size-b.bytes-int64(b.n)*blockCost, 0) }

func (b *blocks) lineSize() int64 {
	if b.response {
		return lineCost + int64(len(b.s.Res.VerBytes)+len("200")+len(b.s.Res.Reason))
	}
	q := &b.s.Req
	return lineCost + int64(len(q.Method)+len(q.Target)+len(q.VerBytes))
}

// kind is what a block is.
type kind uint8

const (
	kindNone kind = iota
	kindLine
	kindField
	kindEnd
	kindData
	kindTrailers
)

// at returns what the block at a position is and, for a field, its index.
func (b *blocks) at(pos int64) (kind, int) {
	switch {
	case pos < 0 || pos >= int64(b.n):
		return kindNone, 0
	case pos == 0:
		return kindLine, 0
	}
	for i := b.fs.Next(msg.Name{}, 0); i >= 0; i = b.fs.Next(msg.Name{}, i+1) {
		if pos--; pos == 0 {
			return kindField, i
		}
	}
	switch {
	case pos == 1:
		return kindEnd, 0
	case b.trailers && pos == 2+int64(min(len(b.body), 1)):
		return kindTrailers, 0
	}
	return kindData, 0
}

// blockBytes is the number of bytes of the blocks, which is what the length of a buffer is in HTTP.
func blockBytes(s *proxy.Stream, res bool, v *value.Value) bool {
	b, ok := blocksOf(s, res, v)
	v.SetInt(b.bytes)
	return ok
}

// bindBlocks makes the fetch of a fact about the whole message of the side at hand.
func bindBlocks(get func(*blocks, *value.Value)) func(sample.Args, *sample.Env) (sample.Func, error) {
	side := func(res bool) sample.Func {
		return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
			b, ok := blocksOf(s, res, v)
			if ok {
				get(&b, v)
			}
			return ok
		}
	}
	return bindSide(side(false), side(true))
}

// tailBlock stands for the last block.
const tailBlock = -1

// bindBlock makes the fetch of a fact about one block: a number, or head, first or tail.
func bindBlock(get func(b *blocks, k kind, i int, v *value.Value)) func(sample.Args, *sample.Env) (sample.Func, error) {
	return func(a sample.Args, e *sample.Env) (sample.Func, error) {
		pos := int64(0)
		switch text := string(a[0].Str); text {
		case "head", "first":
		case "tail":
			pos = tailBlock
		default:
			n, err := strconv.ParseInt(text, 10, 32)
			if text == "" {
				return nil, errors.New("a block position is expected (> 0) or a special block name (head, tail, first)")
			}
			if err != nil || n < 0 {
				return nil, errors.New("invalid block position")
			}
			pos = n
		}
		return bindBlocks(func(b *blocks, v *value.Value) {
			at := pos
			if at == tailBlock {
				at = int64(b.n) - 1
			}
			k, i := b.at(at)
			get(b, k, i, v)
		})(a, e)
	}
}

func blockData(b *blocks, k kind, _ int, v *value.Value) {
	v.SetBin(nil)
	if k == kindData {
		v.SetBin(b.body)
	}
}

func blockName(b *blocks, k kind, i int, v *value.Value) {
	v.SetStr(nil)
	if k == kindField {
		v.SetStr(b.fs[i].Name)
	}
}

func blockValue(b *blocks, k kind, i int, v *value.Value) {
	v.SetStr(nil)
	if k == kindField {
		v.SetStr(b.fs[i].Value)
	}
}

func blockSize(b *blocks, k kind, i int, v *value.Value) {
	v.SetInt(0)
	switch k {
	case kindLine:
		v.SetInt(b.lineSize())
	case kindField:
		v.SetInt(int64(len(b.fs[i].Name) + len(b.fs[i].Value)))
	case kindEnd, kindTrailers:
		v.SetInt(1)
	case kindData:
		v.SetInt(int64(len(b.body)))
	}
}

func blockLine(b *blocks, k kind, _ int, v *value.Value) {
	v.SetStr(nil)
	if k != kindLine {
		return
	}
	t := b.s.Arena.Tail(256)
	if b.response {
		t = append(append(t, b.s.Res.VerBytes...), ' ')
		t = strconv.AppendInt(t, int64(b.s.Res.Status), 10)
		t = append(append(t, ' '), b.s.Res.Reason...)
	} else {
		q := &b.s.Req
		t = append(append(t, q.Method...), ' ')
		t = append(append(t, q.Target...), ' ')
		t = append(t, q.VerBytes...)
	}
	v.Type, v.Bytes = value.Str, b.s.Arena.Keep(t)
}

func blockType(b *blocks, k kind, _ int, v *value.Value) {
	name := "HTX_BLK_UNUSED"
	switch k {
	case kindLine:
		name = "HTX_BLK_REQ_SL"
		if b.response {
			name = "HTX_BLK_RES_SL"
		}
	case kindField:
		name = "HTX_BLK_HDR"
	case kindEnd:
		name = "HTX_BLK_EOH"
	case kindTrailers:
		name = "HTX_BLK_EOT"
	case kindData:
		name = "HTX_BLK_DATA"
	}
	setName(b.s, name, v)
}
