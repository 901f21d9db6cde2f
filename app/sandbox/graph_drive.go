package sandbox

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// files is what OneDrive and SharePoint keep. It is empty until somebody
// uploads: seeded file cards point nowhere, as files of others often do.
type files struct {
	mu      sync.Mutex // guards the rest
	drives  map[string]*drive
	uploads map[string]*upload
}

// drive is one person's OneDrive or one team's library.
type drive struct {
	id     string
	root   *driveItem
	items  map[string]*driveItem
	used   int64
	person *Person    // nil for a library
	team   *graphTeam // nil for a OneDrive
	site   string     // begins webUrl
}

// driveQuota is what one drive holds: little beside Microsoft's terabyte,
// because it is memory here.
const driveQuota = 512 << 20

// driveItem is a file or folder.
type driveItem struct {
	id, guid, name    string
	parent            *driveItem
	children          map[string]*driveItem // by lower-case name; nil: a file
	data              []byte
	kind              string // content type
	created, modified time.Time
	by                *Person
	version           int
	shared            map[string]string // roles by object id
	download          string            // secret of its download address
}

// driveError is a refusal in OneDrive's words.
func driveError(status int, code, format string, args ...any) *graphError {
	return &graphError{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

func itemNotFound() *graphError {
	return driveError(http.StatusNotFound, "itemNotFound", "The resource could not be found.")
}

// driveOf is a person's OneDrive, made when first needed. The lock is held.
func (f *files) driveOf(w *World, p *Person) *drive {
	return f.open("b!"+strings.ReplaceAll(p.OID, "-", ""), w.Now(), func(d *drive) {
		d.person, d.site = p, "https://contoso-my.sharepoint.example/personal/"+strings.NewReplacer("@", "_", ".", "_").Replace(p.UPN)+"/Documents"
	})
}

// libraryOf is a team's library. The lock is held.
func (f *files) libraryOf(w *World, t *graphTeam) *drive {
	return f.open("b!"+strings.ReplaceAll(t.id, "-", ""), w.Now(), func(d *drive) {
		d.team, d.site = t, "https://contoso.sharepoint.example/sites/"+url.PathEscape(strings.ReplaceAll(t.name, " ", ""))+"/Shared%20Documents"
	})
}

func (f *files) open(id string, now time.Time, fill func(*drive)) *drive {
	d := f.drives[id]
	if d == nil {
		d = &drive{id: id, items: map[string]*driveItem{}}
		fill(d)
		if f.drives == nil {
			f.drives, f.uploads = map[string]*drive{}, map[string]*upload{}
		}
		f.drives[id] = d
		d.root = d.add(nil, "root", d.person, now)
		d.root.children = map[string]*driveItem{}
	}
	return d
}

// add makes an item. The lock is held.
func (d *drive) add(parent *driveItem, name string, by *Person, now time.Time) *driveItem {
	var b [20]byte
	rand.Read(b[:]) // never fails
	it := &driveItem{id: "01" + base32.StdEncoding.EncodeToString(b[:]), guid: strings.ToUpper(requestID()), name: name, parent: parent,
		by: by, created: now, modified: now, version: 1, download: rand.Text()}
	d.items[it.id] = it
	if parent != nil {
		parent.children[strings.ToLower(name)] = it
	}
	return it
}

// folder finds a folder below another one and makes what is missing. The lock
// is held.
func (d *drive) folder(from *driveItem, names []string, by *Person, now time.Time) (*driveItem, error) {
	for _, name := range names {
		next := from.children[strings.ToLower(name)]
		if next == nil {
			if err := checkFileName(name); err != nil {
				return nil, err
			}
			next = d.add(from, name, by, now)
			next.children = map[string]*driveItem{}
		}
		if next.children == nil {
			return nil, driveError(http.StatusBadRequest, "invalidRequest", "The parent of the item is not a folder.")
		}
		from = next
	}
	return from, nil
}

// checkFileName refuses the names that OneDrive refuses.
func checkFileName(name string) error {
	if name == "" || len(name) > 400 || strings.ContainsAny(name, `"*:<>?/\|`+"\x00") || strings.TrimSpace(name) != name || name == "." || name == ".." || strings.HasSuffix(name, ".") {
		return driveError(http.StatusBadRequest, "invalidRequest", "The provided name cannot contain any of the following characters: \"*:<>?/\\|")
	}
	return nil
}

// The ways to treat a name that is taken.
const (
	conflictFail    = "fail"
	conflictReplace = "replace"
	conflictRename  = "rename"
)

// write puts a file into a folder; fresh is false when it replaced another. The
// lock is held.
func (d *drive) write(parent *driveItem, name, conflict string, data []byte, kind string, by *Person, now time.Time) (it *driveItem, fresh bool, err error) {
	if err := checkFileName(name); err != nil {
		return nil, false, err
	}
	if d.used+int64(len(data)) > driveQuota {
		return nil, false, driveError(http.StatusInsufficientStorage, "quotaLimitReached", "Insufficient Space Available")
	}
	old := parent.children[strings.ToLower(name)]
	switch {
	case old == nil:
	case conflict == conflictFail || old.children != nil:
		return nil, false, driveError(http.StatusConflict, "nameAlreadyExists", "An item with the same name already exists under the parent")
	case conflict == conflictRename:
		name, old = freeName(parent, name), nil
	}
	if kind == "" || kind == "application/json" || kind == "application/octet-stream" {
		if kind = mime.TypeByExtension(path.Ext(name)); kind == "" {
			kind = "application/octet-stream"
		}
	}
	if it = old; it == nil {
		it = d.add(parent, name, by, now)
	} else {
		it.version++
	}
	d.used += int64(len(data)) - int64(len(it.data))
	it.data, it.kind, it.modified = data, kind, now
	return it, old == nil, nil
}

// freeName is "name 1.ext" with the first number that is free.
func freeName(parent *driveItem, name string) string {
	ext := path.Ext(name)
	for n := 1; ; n++ {
		try := fmt.Sprintf("%s %d%s", strings.TrimSuffix(name, ext), n, ext)
		if parent.children[strings.ToLower(try)] == nil {
			return try
		}
	}
}

// remove takes an item and what is in it away. The lock is held.
func (d *drive) remove(it *driveItem) {
	for _, child := range it.children {
		d.remove(child)
	}
	d.used -= int64(len(it.data))
	delete(d.items, it.id)
	delete(it.parent.children, strings.ToLower(it.name))
}

// names is the path of an item from the root.
func (it *driveItem) names() []string {
	var out []string
	for ; it.parent != nil; it = it.parent {
		out = append(out, it.name)
	}
	slices.Reverse(out)
	return out
}

// may reports whether a person may read or write an item: the owner of the
// drive all, team members their library, others what was shared with them.
func (d *drive) may(p *Person, it *driveItem, write bool) bool {
	switch {
	case d.person == p, d.team != nil && slices.Contains(d.team.people, p):
		return true
	}
	for ; it != nil; it = it.parent {
		if role := it.shared[p.OID]; role == "write" || role == "read" && !write {
			return true
		}
	}
	return false
}

// itemRow is an item as Graph shows it. The lock is held.
func (s *Sandbox) itemRow(d *drive, it *driveItem) map[string]any {
	who := func() map[string]any {
		if it.by == nil {
			return map[string]any{"application": map[string]any{"displayName": "SharePoint"}}
		}
		return map[string]any{"user": map[string]any{"id": it.by.OID, "displayName": it.by.Name, "email": it.by.Mail}}
	}
	address := d.site
	for _, name := range it.names() {
		address += "/" + url.PathEscape(name)
	}
	out := map[string]any{"id": it.id, "name": it.name, "eTag": fmt.Sprintf(`"{%s},%d"`, it.guid, it.version), "cTag": fmt.Sprintf(`"c:{%s},%d"`, it.guid, it.version),
		"size": len(it.data), "createdDateTime": driveTime(it.created), "lastModifiedDateTime": driveTime(it.modified), "webUrl": address,
		"createdBy": who(), "lastModifiedBy": who(),
		"fileSystemInfo": map[string]any{"createdDateTime": driveTime(it.created), "lastModifiedDateTime": driveTime(it.modified)}}
	parent := map[string]any{"driveType": d.kind(), "driveId": d.id}
	if it.parent != nil {
		where := "/drives/" + d.id + "/root:"
		for _, name := range it.parent.names() {
			where += "/" + url.PathEscape(name)
		}
		parent["id"], parent["path"], parent["name"] = it.parent.id, where, it.parent.name
	}
	out["parentReference"] = parent
	if it.children != nil {
		out["folder"] = map[string]any{"childCount": len(it.children)}
		return out
	}
	out["file"] = map[string]any{"mimeType": it.kind, "hashes": map[string]any{}}
	out["@microsoft.graph.downloadUrl"] = s.origin(serviceGraph) + "/download/" + it.id + "?tempauth=" + it.download
	return out
}

func (d *drive) kind() string {
	if d.team != nil {
		return "documentLibrary"
	}
	return "business"
}

// driveTime is a time in whole seconds, as OneDrive for work shows it.
func driveTime(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }
