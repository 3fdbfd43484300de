package conv

import (
	"errors"
	"fmt"

	"sluice/internal/buf"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// mapRows are the converters that look something up in a map.
// size: a table with one line for each keyword.
func mapRows() []sample.Conv {
	return []sample.Conv{
		{Name: "map", Doc: "Value of a text in a map.", Args: "string[,string]", In: value.Str, Out: value.Str, Bind: mapped("str", value.Str)},
		{Name: "map_beg", Doc: "Value of the longest key of a map that begins a text.", Args: "string[,string]", In: value.Str, Out: value.Str, Bind: mapped("beg", value.Str)},
		{Name: "map_beg_int", Doc: "Integer of the longest key of a map that begins a text.", Args: "string[,integer]", In: value.Str, Out: value.Sint, Bind: mapped("beg", value.Sint)},
		{Name: "map_beg_ip", Doc: "Address of the longest key of a map that begins a text.", Args: "string[,string]", In: value.Str, Out: value.Addr, Bind: mapped("beg", value.Addr)},
		{Name: "map_beg_key", Doc: "Longest key of a map that begins a text.", Args: "string", In: value.Str, Out: value.Str, Bind: mapKeys("beg")},
		{Name: "map_dir", Doc: "Value of the first key of a map that stands between the slashes of a text.", Args: "string[,string]", In: value.Str, Out: value.Str, Bind: mapped("dir", value.Str)},
		{Name: "map_dir_int", Doc: "Integer of the first key of a map that stands between the slashes of a text.", Args: "string[,integer]", In: value.Str, Out: value.Sint, Bind: mapped("dir", value.Sint)},
		{Name: "map_dir_ip", Doc: "Address of the first key of a map that stands between the slashes of a text.", Args: "string[,string]", In: value.Str, Out: value.Addr, Bind: mapped("dir", value.Addr)},
		{Name: "map_dir_key", Doc: "First key of a map that stands between the slashes of a text.", Args: "string", In: value.Str, Out: value.Str, Bind: mapKeys("dir")},
		{Name: "map_dom", Doc: "Value of the first key of a map that stands between the dots of a text.", Args: "string[,string]", In: value.Str, Out: value.Str, Bind: mapped("dom", value.Str)},
		{Name: "map_dom_int", Doc: "Integer of the first key of a map that stands between the dots of a text.", Args: "string[,integer]", In: value.Str, Out: value.Sint, Bind: mapped("dom", value.Sint)},
		{Name: "map_dom_ip", Doc: "Address of the first key of a map that stands between the dots of a text.", Args: "string[,string]", In: value.Str, Out: value.Addr, Bind: mapped("dom", value.Addr)},
		{Name: "map_dom_key", Doc: "First key of a map that stands between the dots of a text.", Args: "string", In: value.Str, Out: value.Str, Bind: mapKeys("dom")},
		{Name: "map_end", Doc: "Value of the first key of a map that ends a text.", Args: "string[,string]", In: value.Str, Out: value.Str, Bind: mapped("end", value.Str)},
		{Name: "map_end_int", Doc: "Integer of the first key of a map that ends a text.", Args: "string[,integer]", In: value.Str, Out: value.Sint, Bind: mapped("end", value.Sint)},
		{Name: "map_end_ip", Doc: "Address of the first key of a map that ends a text.", Args: "string[,string]", In: value.Str, Out: value.Addr, Bind: mapped("end", value.Addr)},
		{Name: "map_end_key", Doc: "First key of a map that ends a text.", Args: "string", In: value.Str, Out: value.Str, Bind: mapKeys("end")},
		{Name: "map_int", Doc: "Value of the first key of a map, a number or range, that holds an integer.", Args: "string[,string]", In: value.Sint, Out: value.Str, Bind: mapped("int", value.Str)},
		{Name: "map_int_int", Doc: "Integer of the first key of a map, a number or range, that holds an integer.", Args: "string[,integer]", In: value.Sint, Out: value.Sint, Bind: mapped("int", value.Sint)},
		{Name: "map_int_ip", Doc: "Address of the first key of a map, a number or range, that holds an integer.", Args: "string[,string]", In: value.Sint, Out: value.Addr, Bind: mapped("int", value.Addr)},
		{Name: "map_int_key", Doc: "First key of a map, a number or range, that holds an integer.", Args: "string", In: value.Sint, Out: value.Str, Bind: mapKeys("int")},
		{Name: "map_ip", Doc: "Value of the narrowest network of a map that holds an address.", Args: "string[,string]", In: value.Addr, Out: value.Str, Bind: mapped("ip", value.Str)},
		{Name: "map_ip_int", Doc: "Integer of the narrowest network of a map that holds an address.", Args: "string[,integer]", In: value.Addr, Out: value.Sint, Bind: mapped("ip", value.Sint)},
		{Name: "map_ip_ip", Doc: "Address of the narrowest network of a map that holds an address.", Args: "string[,string]", In: value.Addr, Out: value.Addr, Bind: mapped("ip", value.Addr)},
		{Name: "map_ip_key", Doc: "Narrowest network of a map that holds an address.", Args: "string", In: value.Addr, Out: value.Str, Bind: mapKeys("ip")},
		{Name: "map_reg", Doc: "Value of the first regular expression of a map that matches a text.", Args: "string[,string]", In: value.Str, Out: value.Str, Bind: mapped("reg", value.Str)},
		{Name: "map_reg_int", Doc: "Integer of the first regular expression of a map that matches a text.", Args: "string[,integer]", In: value.Str, Out: value.Sint, Bind: mapped("reg", value.Sint)},
		{Name: "map_reg_ip", Doc: "Address of the first regular expression of a map that matches a text.", Args: "string[,string]", In: value.Str, Out: value.Addr, Bind: mapped("reg", value.Addr)},
		{Name: "map_reg_key", Doc: "First regular expression of a map that matches a text.", Args: "string", In: value.Str, Out: value.Str, Bind: mapKeys("reg")},
		{Name: "map_regm", Doc: "Value of the first regular expression of a map that matches a text, with the back-references in it replaced.", Args: "string[,string]", In: value.Str, Out: value.Str, Bind: expanded},
		{Name: "map_str", Doc: "Value of a text in a map.", Args: "string[,string]", In: value.Str, Out: value.Str, Bind: mapped("str", value.Str)},
		{Name: "map_str_int", Doc: "Integer of a text in a map.", Args: "string[,integer]", In: value.Str, Out: value.Sint, Bind: mapped("str", value.Sint)},
		{Name: "map_str_ip", Doc: "Address of a text in a map.", Args: "string[,string]", In: value.Str, Out: value.Addr, Bind: mapped("str", value.Addr)},
		{Name: "map_str_key", Doc: "The text itself where it is a key of a map.", Args: "string", In: value.Str, Out: value.Str, Bind: mapKeys("str")},
		{Name: "map_sub", Doc: "Value of the first key of a map that a text holds.", Args: "string[,string]", In: value.Str, Out: value.Str, Bind: mapped("sub", value.Str)},
		{Name: "map_sub_int", Doc: "Integer of the first key of a map that a text holds.", Args: "string[,integer]", In: value.Str, Out: value.Sint, Bind: mapped("sub", value.Sint)},
		{Name: "map_sub_ip", Doc: "Address of the first key of a map that a text holds.", Args: "string[,string]", In: value.Str, Out: value.Addr, Bind: mapped("sub", value.Addr)},
		{Name: "map_sub_key", Doc: "First key of a map that a text holds.", Args: "string", In: value.Str, Out: value.Str, Bind: mapKeys("sub")},
	}
}

// open opens the map that the first argument names.
func open(a sample.Args, e *sample.Env, use sample.MapUse) (sample.Map, error) {
	if e.Maps == nil {
		return nil, errors.New("no map can be named here")
	}
	use.Name = string(a.Str(0))
	return e.Maps.Map(use, e)
}

// fallback is the value of what is not in a map: the second argument.
func fallback(a sample.Args, as value.Type) (v value.Value, given bool, err error) {
	if !a.Has(1) {
		return v, false, nil
	}
	if as == value.Sint {
		v.SetInt(a.Int(1))
		return v, true, nil
	}
	v.SetStr(a.Str(1))
	if as == value.Addr && !v.Cast(value.Addr, new(buf.Arena)) {
		return v, false, fmt.Errorf("map: cannot parse default ip <%s>.", a.Str(1))
	}
	return v, true, nil
}

// mapped returns what makes the converter that gives values.
func mapped(method string, as value.Type) func(sample.Args, *sample.Env) (sample.Func, error) {
	return func(a sample.Args, e *sample.Env) (sample.Func, error) {
		m, err := open(a, e, sample.MapUse{Method: method, Value: as})
		if err != nil {
			return nil, err
		}
		other, given, err := fallback(a, as)
		if err != nil {
			return nil, err
		}
		return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
			_, text, ok := m.Find(v, &s.Arena)
			if !ok {
				if given {
					replace(v, &other)
				}
				return given
			}
			v.SetStr(text)
			return v.Cast(as, &s.Arena)
		}, nil
	}
}

// replace gives v another value and leaves its flags but for who owns the bytes.
func replace(v, by *value.Value) {
	v.Type, v.Int, v.IP, v.Bytes = by.Type, by.Int, by.IP, by.Bytes
	v.Flags |= value.Const
}

// mapKeys returns what makes the converter that gives keys.
func mapKeys(method string) func(sample.Args, *sample.Env) (sample.Func, error) {
	return func(a sample.Args, e *sample.Env) (sample.Func, error) {
		m, err := open(a, e, sample.MapUse{Method: method, Value: value.Str})
		if err != nil {
			return nil, err
		}
		return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
			key, _, ok := m.Find(v, &s.Arena)
			if ok {
				v.SetStr(key)
			}
			return ok
		}, nil
	}
}

// expanded makes map_regm.
func expanded(a sample.Args, e *sample.Env) (sample.Func, error) {
	m, err := open(a, e, sample.MapUse{Method: "reg", Value: value.Str, Expand: true})
	if err != nil {
		return nil, err
	}
	other, given, _ := fallback(a, value.Str)
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		text, ok := m.Expand(v, &s.Arena)
		switch {
		case ok:
			v.SetStr(text)
			v.Flags &^= value.Const
		case given:
			replace(v, &other)
		}
		return ok || given
	}, nil
}
