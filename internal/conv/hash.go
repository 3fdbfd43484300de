package conv

import (
	"github.com/cespare/xxhash/v2"
	"github.com/zeebo/xxh3"

	"sluice/internal/hash"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// hashRows are the hashes to numbers. Those of 32 bits are the functions of hashed balancing.
func hashRows() []sample.Conv {
	return []sample.Conv{
		{Name: "crc32", Doc: "CRC-32 as in Ethernet and gzip.", Args: "[integer]", In: value.Bin, Out: value.Sint, Eval: hashed(hash.CRC32)},
		{Name: "crc32c", Doc: "CRC-32 of Castagnoli, as in SCTP.", Args: "[integer]", In: value.Bin, Out: value.Sint, Eval: hashed(hash.CRC32C)},
		{Name: "djb2", Doc: "Hash DJB2.", Args: "[integer]", In: value.Bin, Out: value.Sint, Eval: hashed(hash.DJB2)},
		{Name: "sdbm", Doc: "Hash SDBM.", Args: "[integer]", In: value.Bin, Out: value.Sint, Eval: hashed(hash.SDBM)},
		{Name: "wt6", Doc: "Hash WT6.", Args: "[integer]", In: value.Bin, Out: value.Sint, Eval: hashed(hash.WT6)},
		{Name: "xxh3", Doc: "Hash XXH3 of 64 bits, with a seed.", Args: "[integer]", In: value.Bin, Out: value.Sint, Eval: hashXXH3},
		{Name: "xxh32", Doc: "Hash XXH32, with a seed.", Args: "[integer]", In: value.Bin, Out: value.Sint, Eval: hashXXH32},
		{Name: "xxh64", Doc: "Hash XXH64, with a seed.", Args: "[integer]", In: value.Bin, Out: value.Sint, Eval: hashXXH64},
	}
}

// hashed makes a converter of a hash of 32 bits; an argument that is not zero asks for the avalanche on top.
func hashed(sum func([]byte) uint32) sample.Func {
	return func(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
		h := sum(v.Bytes)
		if a.Int(0) != 0 {
			h = hash.Avalanche(h)
		}
		v.SetInt(int64(h))
		return true
	}
}

func hashXXH3(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	v.SetInt(int64(xxh3.HashSeed(v.Bytes, uint64(a.Int(0)))))
	return true
}

func hashXXH32(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	v.SetInt(int64(hash.XXH32(v.Bytes, uint32(a.Int(0)))))
	return true
}

func hashXXH64(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	seed := uint64(a.Int(0))
	if seed == 0 {
		v.SetInt(int64(xxhash.Sum64(v.Bytes)))
		return true
	}
	var d xxhash.Digest
	d.ResetWithSeed(seed)
	d.Write(v.Bytes)
	v.SetInt(int64(d.Sum64()))
	return true
}
