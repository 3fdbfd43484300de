package proxy

import (
	"reflect"
	"testing"
	"unsafe"
)

// TestResetForgetsEverything fills every field of a stream with something and expects that Reset leaves nothing of it but
// memory: lists that are empty, and values that the next evaluation begins anew.
func TestResetForgetsEverything(t *testing.T) {
	var s, fresh Stream
	fresh.Reset()
	kept := map[string]bool{"Task": true, "Scratch": true, "Messages": true, "samples": true, "Arena": true}
	v := reflect.ValueOf(&s).Elem()
	for i := range v.NumField() {
		if !kept[v.Type().Field(i).Name] {
			fill(v.Field(i))
		}
	}
	s.Reset()
	want := reflect.ValueOf(&fresh).Elem()
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; !kept[name] {
			compare(t, name, v.Field(i), want.Field(i), &s, &fresh)
		}
	}
}

// fill sets v to something that is not zero, where that needs no value of its own to point to.
func fill(v reflect.Value) {
	v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(3)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(3)
	case reflect.String:
		v.SetString("x")
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 4))
		if v.Type().Elem().Kind() != reflect.Interface {
			fill(v.Index(0))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	}
}

// compare expects that a and b mean the same: lists by their length, pointers to their own stream each.
func compare(t *testing.T, name string, a, b reflect.Value, s, fresh *Stream) {
	switch a.Kind() {
	case reflect.Slice:
		if a.Len() != b.Len() {
			t.Errorf("%s holds %d after Reset", name, a.Len())
		}
	case reflect.Struct:
		for i := range a.NumField() {
			compare(t, name+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i), s, fresh)
		}
	case reflect.Pointer:
		if p := a.UnsafePointer(); p != b.UnsafePointer() && (p != unsafe.Pointer(s) || b.UnsafePointer() != unsafe.Pointer(fresh)) {
			t.Errorf("%s is kept by Reset", name)
		}
	case reflect.Interface:
		if a.IsNil() != b.IsNil() {
			t.Errorf("%s is kept by Reset", name)
		}
	case reflect.Func, reflect.Map, reflect.Chan:
		if a.IsNil() != b.IsNil() {
			t.Errorf("%s is kept by Reset", name)
		}
	default:
		if !a.Equal(b) {
			t.Errorf("%s is %v after Reset", name, a)
		}
	}
}
