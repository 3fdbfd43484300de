package config

import (
	"testing"
	"time"
)

func TestTimes(t *testing.T) {
	const ms = time.Millisecond
	for text, want := range map[string]time.Duration{
		"0": 0, "1": ms, "1us": ms, "999us": ms, "1001us": 2 * ms, "0us": 0, "1ms": ms, "1s": time.Second, "00001s": time.Second,
		"1m": time.Minute, "1h": time.Hour, "24d": 24 * 24 * time.Hour, "2147483647": MaxTime * ms, "2147483s": 2147483 * time.Second,
		"596h": 596 * time.Hour, "99999999999us": 100000000 * ms,
	} {
		if d, rest, err := ParseTime(text, ms); d != want || rest != "" || err != nil {
			t.Errorf("%s: %v %q %v, want %v", text, d, rest, err, want)
		}
	}
	for _, text := range []string{"2147483648", "2147484s", "35792m", "597h", "25d", "4294967297", "18446744073709551617",
		"999999999999999999999us", "99999999999999999999999999999d"} {
		if _, _, err := ParseTime(text, ms); err == nil || !err.Overflow {
			t.Errorf("%s: %v, want an overflow", text, err)
		}
	}
	for text, char := range map[string]string{"": "", "s": "s", "ms": "m", "-1": "-", "+1": "+", "1.5s": ".", "1S": "S", "1M": "M",
		"0x10": "x", "1u": "u", "1 s": " ", "1w": "w"} {
		if _, _, err := ParseTime(text, ms); err == nil || err.Overflow || err.Char() != char {
			t.Errorf("%s: %v, want unexpected %q", text, err, char)
		}
	}
	if d, rest, err := ParseTime("10m5s", ms); d != 10*time.Minute || rest != "5s" || err != nil {
		t.Errorf("10m5s: %v %q %v", d, rest, err)
	}
	if d, _, _ := ParseTime("1500ms", time.Second); d != 2*time.Second {
		t.Errorf("1500ms in seconds: %v", d)
	}
	if d, _, _ := ParseTime("30", time.Second); d != 30*time.Second {
		t.Errorf("30 in seconds: %v", d)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]uint32{"0": 0, "1": 1, "1k": 1 << 10, "1K": 1 << 10, "2m": 2 << 20, "3G": 3 << 30,
		"4294967295": 1<<32 - 1, "4194303k": 4194303 << 10} {
		if n, err := ParseSize(text); n != want || err != nil {
			t.Errorf("%s: %d %v, want %d", text, n, err, want)
		}
	}
	for text, rest := range map[string]string{"": "", "k": "k", "1x": "x", "-1": "-1", "1.5k": ".5k", "1kb": "b", "4g": "g",
		"4294967296": "6", "99999999999999": "99999", "4194304k": "k"} {
		if _, err := ParseSize(text); err == nil || err.Rest != rest {
			t.Errorf("%s: %+v, want unexpected %q", text, err, rest)
		}
	}
}

func TestRangesAndPercentages(t *testing.T) {
	if low, high, ok := ParseRange("1-4"); low != 1 || high != 4 || !ok {
		t.Error("1-4")
	}
	if low, high, ok := ParseRange("3"); low != 3 || high != 3 || !ok {
		t.Error("3")
	}
	for _, bad := range []string{"", "-", "1-", "-1", "4-1", "1-2-3", "a"} {
		if _, _, ok := ParseRange(bad); ok {
			t.Errorf("%q is a range", bad)
		}
	}
	if n, ok := ParsePercent("50%"); n != 50 || !ok {
		t.Error("50%")
	}
	if _, ok := ParsePercent("50"); ok {
		t.Error("50 is a percentage")
	}
}
