package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// dvDecode reads the JSON value of a column and checks it as the platform does.
func dvDecode(t *dvTable, c *dvColumn, raw json.RawMessage) (any, *dvError) {
	if string(raw) == "null" {
		return nil, nil
	}
	wrong := dvBadBody(t.set, "Cannot convert the literal '%s' to the expected type '%s'.", strings.Trim(string(raw), `"`), c.kind.edm())
	var text string
	isText := json.Unmarshal(raw, &text) == nil
	switch c.kind {
	case dvString, dvMemo:
		if !isText {
			return nil, wrong
		}
		if text == "" {
			return nil, nil // the platform keeps no empty texts
		}
		return text, dvTooLong(t, c, text)
	case dvBool:
		var b bool
		if json.Unmarshal(raw, &b) != nil {
			return nil, wrong
		}
		return b, nil
	case dvInt, dvBigInt, dvChoice:
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil {
			return nil, wrong
		}
		return n, dvInRange(t, c, n)
	case dvTime:
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return nil, wrong
		}
		return at.UTC().Truncate(time.Second), nil
	case dvGUID:
		if !dvIsGUID(text) {
			return nil, wrong
		}
		return strings.ToLower(text), nil
	}
	return nil, wrong
}

// dvTooLong refuses a text longer than its column. Lengths are of UTF-16 units.
func dvTooLong(t *dvTable, c *dvColumn, text string) *dvError {
	if c.max == 0 || len(utf16.Encode([]rune(text))) <= c.max {
		return nil
	}
	return &dvError{status: http.StatusBadRequest, code: "0x80044331", message: fmt.Sprintf(
		"A validation error occurred.  The length of the '%s' attribute of the '%s' entity exceeded the maximum allowed length of '%d'.", c.name, t.logical, c.max)}
}

func dvInRange(t *dvTable, c *dvColumn, n int64) *dvError {
	if c.kind != dvChoice {
		return nil
	}
	if _, ok := c.option(n); ok {
		return nil
	}
	var accepted []string
	for _, o := range c.options {
		accepted = append(accepted, strconv.FormatInt(o.value, 10))
	}
	return &dvError{status: http.StatusBadRequest, code: "0x8004431a", message: fmt.Sprintf(
		"A validation error occurred. The value %d of '%s' on record of type '%s' is outside the valid range. Accepted Values: %s",
		n, c.name, t.logical, strings.Join(accepted, ","))}
}

// bound reads "customerid_account@odata.bind": "/accounts(…)".
func (o *dvOrg) bound(call *dvCall, t *dvTable, name string, raw json.RawMessage) (*dvColumn, any, *dvError) {
	nav, ok := t.navs[name]
	if !ok {
		return nil, nil, dvBadBody(t.set, "An undeclared property '%s' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values.", name)
	}
	var address string
	if json.Unmarshal(raw, &address) != nil {
		return nil, nil, dvBadBody(t.set, "Cannot convert the literal '%s' to an entity reference.", string(raw))
	}
	d, r, err := o.reference(call, address)
	if err != nil {
		return nil, nil, err
	}
	if target := d.table.logical; nav.column.navs[target] != name {
		return nil, nil, dvBadBody(t.set, "Entity %s cannot be bound to the navigation property '%s'.", target, name)
	}
	return nav.column, dvRef{d.table.logical, r.id}, nil
}

// reference finds the row an address names, relative, absolute, or as $1.
func (o *dvOrg) reference(call *dvCall, address string) (*dvData, *dvRow, *dvError) {
	path := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(address, o.origin()), "/api/data/v9.2"), "/")
	if id, ok := strings.CutPrefix(path, "$"); ok && call.content[id] != "" {
		path = call.content[id]
	}
	segments, err := dvSegments(path)
	if err != nil {
		return nil, nil, err
	}
	if len(segments) != 1 || !segments[0].keyed {
		return nil, nil, dvBad("Resource not found for the segment '%s'.", path)
	}
	d := o.sets[segments[0].name]
	if d == nil || d.fault == dvAbsent {
		return nil, nil, dvNoSegment(segments[0].name)
	}
	r, err := o.find(call, d, segments[0].args)
	return d, r, err
}
