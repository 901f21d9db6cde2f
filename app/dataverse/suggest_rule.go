package dataverse

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"chatpane/app/odata"
)

// ErrRule is a rule of suggested contacts that cannot be understood; nothing
// of it was sent.
var ErrRule = errors.New("not a rule that can be carried out")

// Bounds of what a rule may hold. A path may have 10 tables (reference
// dataverse.md §1.7) and the column at its end.
const (
	maxFetch    = 64 << 10
	maxSteps    = 11
	maxPathText = 4000
	maxAction   = 128
	maxPeople   = 50 // a rule finds at most this many
)

// ParsePath reads the path of a related-entity rule: the navigation properties
// from the record to a user, with slashes, dots or ">" between. Microsoft does
// not document its form.
func ParsePath(text string) ([]string, error) {
	if len(text) > maxPathText {
		return nil, fmt.Errorf("%w: path of %d bytes", ErrRule, len(text))
	}
	steps := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/.> \t\r\n", r) })
	if len(steps) == 0 || len(steps) > maxSteps {
		return nil, fmt.Errorf("%w: path of %d steps", ErrRule, len(steps))
	}
	for _, s := range steps {
		if !identifier(s) {
			return nil, fmt.Errorf("%w: path step that is no name", ErrRule)
		}
	}
	return steps, nil
}

// identifier reports whether s can be the name of a property or an action.
func identifier(s string) bool {
	if s == "" || len(s) > maxAction {
		return false
	}
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// pathItem reads the lookup at the end of a path. One that leads nowhere is
// answered without content.
func pathItem(id, row string, steps []string) odata.BatchItem {
	for _, s := range steps[:len(steps)-1] {
		row += "/" + url.PathEscape(s)
	}
	column := "_" + strings.ToLower(steps[len(steps)-1]) + "_value"
	return odata.BatchItem{ID: id, Path: row + odata.Query(url.Values{"$select": {column}}), Header: annotated()}
}

// recordWords stand for the record in a rule's FetchXML. Microsoft does not
// document its placeholders; these are accepted in any case of letters.
var recordWords = []string{"{recordid}", "@recordid", "{0}"}

// fetchTree is FetchXML as far as it is looked at.
type fetchTree struct {
	XMLName xml.Name    `xml:"fetch"`
	Attrs   []xml.Attr  `xml:",any,attr"`
	Root    fetchEntity `xml:"entity"`
}

type fetchEntity struct {
	Name  string `xml:"name,attr"`
	Inner []byte `xml:",innerxml"`
}

// prepareFetch checks a rule's FetchXML, puts the record into it and bounds
// what it returns. root is the logical name of the table it asks.
func prepareFetch(text, table, primary, id string, top int) (root, ready string, err error) {
	if len(text) > maxFetch {
		return "", "", fmt.Errorf("%w: FetchXML of %d bytes", ErrRule, len(text))
	}
	if err := plainXML(text); err != nil {
		return "", "", err
	}
	named := false
	for _, w := range recordWords {
		for i := indexFold(text, w); i >= 0; i = indexFold(text, w) {
			text = text[:i] + id + text[i+len(w):]
			named = true
		}
	}
	var f fetchTree
	if err := xml.Unmarshal([]byte(text), &f); err != nil {
		return "", "", fmt.Errorf("%w: FetchXML: %s", ErrRule, "not well-formed")
	}
	if _, err := logicalName(f.Root.Name); err != nil {
		return "", "", fmt.Errorf("%w: FetchXML without its table", ErrRule)
	}
	inner := string(f.Root.Inner)
	if !named && f.Root.Name == table && primary != "" {
		// It asks about the record's own table and does not say which record.
		inner += `<filter><condition attribute="` + primary + `" operator="eq" value="` + id + `" /></filter>`
	}
	var b strings.Builder
	b.WriteString("<fetch")
	for _, a := range f.Attrs {
		switch a.Name.Local {
		case "top", "count", "page", "paging-cookie", "returntotalrecordcount":
			continue
		}
		b.WriteString(" " + a.Name.Local + `="`)
		_ = xml.EscapeText(&b, []byte(a.Value)) // a Builder never fails
		b.WriteString(`"`)
	}
	fmt.Fprintf(&b, ` top="%d"><entity name="%s">%s</entity></fetch>`, bound(top), f.Root.Name, inner)
	return f.Root.Name, b.String(), nil
}

// bound is how many people a rule may find.
func bound(top int) int {
	if top <= 0 {
		return maxPeople
	}
	return min(top, maxPeople)
}

// plainXML refuses what FetchXML has no use for: document types, entities,
// processing instructions, and nesting without end.
func plainXML(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	depth := 0
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: FetchXML: %s", ErrRule, "not well-formed")
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > 40 || !identifier(strings.ReplaceAll(t.Name.Local, "-", "_")) || t.Name.Space != "" {
				return fmt.Errorf("%w: FetchXML with elements it does not know", ErrRule)
			}
		case xml.EndElement:
			depth--
		case xml.Directive, xml.ProcInst:
			return fmt.Errorf("%w: FetchXML with a document type or instruction", ErrRule)
		}
	}
}

// indexFold is where an ASCII word is in a text, whatever its case, else -1.
func indexFold(text, word string) int {
	for i := 0; i+len(word) <= len(text); i++ {
		if strings.EqualFold(text[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

// users finds people in rows of any shape: the row's own id when it is a user,
// else lookups to users and the ids of linked users, in the order of the
// columns' names. Each is named once.
func users(rows []fields) []string {
	var out []string
	add := func(id string) {
		if id != "" && !slices.Contains(out, id) && len(out) < maxPeople {
			out = append(out, id)
		}
	}
	for _, f := range rows {
		if id := f.id("systemuserid"); id != "" {
			add(id)
			continue
		}
		for _, name := range sortedKeys(f) {
			lookup := f.text(name+"@Microsoft.Dynamics.CRM.lookuplogicalname") == "systemuser"
			if lookup || strings.HasSuffix(name, ".systemuserid") || strings.HasSuffix(name, "_x002e_systemuserid") {
				add(f.id(name))
			}
		}
	}
	return out
}

func sortedKeys(f fields) []string {
	keys := make([]string, 0, len(f))
	for k := range f {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// ActionUser is somebody a custom action suggests; one of the ids may be empty.
type ActionUser struct{ EntraID, SystemUser, Description string }

// readActionUsers reads CustomActionSuggestedUsers: a list of {AADUserId,
// systemUserId, description}, as a JSON text or as the list itself. An element
// that cannot be read costs only itself.
func readActionUsers(raw json.RawMessage) ([]ActionUser, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = json.RawMessage(text)
	}
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var list []fields
	var kind *json.UnmarshalTypeError
	if err := json.Unmarshal(raw, &list); err != nil && !errors.As(err, &kind) {
		return nil, fmt.Errorf("%w: CustomActionSuggestedUsers is no list", odata.ErrBadReply)
	}
	var out []ActionUser
	for _, f := range list {
		u := ActionUser{f.anyID("AADUserId"), f.anyID("systemUserId"), f.anyText("description")}
		if (u.EntraID != "" || u.SystemUser != "") && len(out) < maxPeople {
			out = append(out, u)
		}
	}
	return out, nil
}

// zero is the GUID that .NET writes for none.
const zero = "00000000-0000-0000-0000-000000000000"

// anyText is a text under a name of any case of letters.
func (f fields) anyText(name string) string {
	for _, k := range sortedKeys(f) {
		if strings.EqualFold(k, name) {
			return f.text(k)
		}
	}
	return ""
}

func (f fields) anyID(name string) string {
	id, err := guid(f.anyText(name))
	if err != nil || id == zero {
		return ""
	}
	return id
}
