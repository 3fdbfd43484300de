package conv_test

import "sluice/internal/sticktable"

// filled is a table with one entry, in which each field holds its number times a thousand, plus the number of the element.
func filled(name string, kind sticktable.Kind, key []byte) *sticktable.Table {
	c := sticktable.Config{Name: name, Kind: kind, KeyLen: 16, Size: 10, Expire: 60000}
	for f := range sticktable.NFields {
		switch {
		case f == sticktable.GPT0 || f == sticktable.GPC0 || f == sticktable.GPC1 || f == sticktable.GPC0Rate || f == sticktable.GPC1Rate:
			continue // elements of the arrays
		case f.IsArray():
			c.Stores = append(c.Stores, sticktable.Store{Field: f, Count: 3, Period: 10000})
		default:
			c.Stores = append(c.Stores, sticktable.Store{Field: f, Period: 10000})
		}
	}
	t := sticktable.New(c)
	t.One(key, true, 0, func(l *sticktable.Look) {
		for f := range sticktable.NFields {
			for i := range t.Elements(f) {
				if f != sticktable.ServerKey {
					l.Set(f, i, uint64(f)*1000+uint64(i))
				}
			}
		}
	})
	return t
}
