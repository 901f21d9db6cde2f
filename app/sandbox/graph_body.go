package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
)

var tooLargeBody = &graphError{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLarge", message: "Request Entity too large."}

// read decodes a JSON body. As OData does, it wants the type of its content to
// be JSON and each property to be one of the type, written exactly and once;
// annotations (with "@") may be any.
//
// A struct tells of properties that it does not read, and the name of its type,
// by a blank field: `also:"id etag" type:"chatMessage"`.
func (c *call) read(into any) error {
	data, err := io.ReadAll(http.MaxBytesReader(nil, c.r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return tooLargeBody
	case err != nil:
		return badRequest("The body cannot be read.")
	case len(data) == 0:
		return badRequest("Empty Payload. JSON content expected.")
	}
	unreadable := badRequest("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	if kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return unreadable
	}
	if err := json.Unmarshal(data, into); err != nil {
		return unreadable
	}
	if trimmed := bytes.TrimLeft(data, " \t\r\n"); trimmed[0] != '{' {
		return unreadable // null is an answer of no request
	}
	return exact(json.NewDecoder(bytes.NewReader(data)), reflect.TypeOf(into))
}

// exact reads one value and refuses properties that its type does not have. The
// value is valid JSON; nil stands for a type that takes any.
func exact(dec *json.Decoder, t reflect.Type) error {
	start, err := dec.Token()
	if err != nil {
		return badRequest("Unable to read JSON request payload.")
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch start {
	case json.Delim('['):
		var element reflect.Type
		if t != nil && t.Kind() == reflect.Slice {
			element = t.Elem()
		}
		for dec.More() {
			if err := exact(dec, element); err != nil {
				return err
			}
		}
	case json.Delim('{'):
		if err := exactObject(dec, t); err != nil {
			return err
		}
	default:
		return nil
	}
	_, err = dec.Token() // the closing bracket
	return err
}

func exactObject(dec *json.Decoder, t reflect.Type) error {
	properties, name := propertiesOf(t)
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return badRequest("Unable to read JSON request payload.")
		}
		key, _ := token.(string)
		property, known := properties[key]
		switch {
		case seen[key]:
			return badRequest("Multiple properties with the name '%s' were detected in a resource or a complex value.", key)
		case properties != nil && !known && !strings.Contains(key, "@"):
			return badRequest("The property '%s' does not exist on type 'microsoft.graph.%s'. Make sure to only use property names that are defined by the type.", key, name)
		}
		seen[key] = true
		if err := exact(dec, property); err != nil {
			return err
		}
	}
	return nil
}

// propertiesOf are the properties of an object with their types, and what the
// object is called; nil for what takes any.
func propertiesOf(t reflect.Type) (properties map[string]reflect.Type, name string) {
	if t == nil || t.Kind() != reflect.Struct {
		return nil, ""
	}
	properties, name = map[string]reflect.Type{}, "parameters"
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "_" {
			name = f.Tag.Get("type")
			for _, other := range strings.Fields(f.Tag.Get("also")) {
				properties[other] = nil
			}
			continue
		}
		properties[f.Tag.Get("json")] = f.Type
	}
	return properties, name
}

// only refuses properties that an object of any form must not have.
func only(of map[string]any, name string, properties ...string) error {
	known := map[string]bool{}
	for _, p := range properties {
		known[p] = true
	}
	for key := range of {
		if !known[key] && !strings.Contains(key, "@") {
			return badRequest("The property '%s' does not exist on type 'microsoft.graph.%s'. Make sure to only use property names that are defined by the type.", key, name)
		}
	}
	return nil
}
