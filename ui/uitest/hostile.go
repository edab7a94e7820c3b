package uitest

import "reflect"

// Hostile are texts that try to leave the place they are put in. Every view is rendered with each of them everywhere.
var Hostile = []string{
	`"><script>alert(1)</script>`,
	`' onmouseover='alert(1)`,
	`" autofocus onfocus="alert(1)" x="`,
	`javascript:alert(1)`,
	`</title></textarea></style><img src=x onerror=alert(1)>`,
	"\x00\xff{{.}}${x}<!--",
}

// Fill sets every string in the struct that view points at, in the structs and slices within it too. An empty slice of structs or strings
// gets one element.
func Fill(view any, text string) {
	fill(reflect.ValueOf(view).Elem(), text)
}

func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), text)
			}
		}
	case reflect.Slice:
		kind := v.Type().Elem().Kind()
		if v.Len() == 0 && (kind == reflect.Struct || kind == reflect.String) && v.CanSet() {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			fill(v.Index(i), text)
		}
	}
}
