package sandbox

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// fileRoutes are OneDrive and the libraries of teams. What follows the drive in
// the path is read by the handlers, because its colons fit no pattern.
var fileRoutes = []graphRoute{
	{"GET /v1.0/me/drive", (*call).getDrive, fileReadScopes, ""},
	{"GET /v1.0/me/drive/{place...}", (*call).getItem, fileReadScopes, ""},
	{"PUT /v1.0/me/drive/{place...}", (*call).putContent, fileScopes, ""},
	{"POST /v1.0/me/drive/{place...}", (*call).postItem, fileScopes, ""},
	{"DELETE /v1.0/me/drive/{place...}", (*call).deleteItem, fileScopes, ""},
	{"GET /v1.0/drives/{drive}", (*call).getDrive, fileReadScopes, ""},
	{"GET /v1.0/drives/{drive}/{place...}", (*call).getItem, fileReadScopes, ""},
	{"PUT /v1.0/drives/{drive}/{place...}", (*call).putContent, fileScopes, ""},
	{"POST /v1.0/drives/{drive}/{place...}", (*call).postItem, fileScopes, ""},
	{"DELETE /v1.0/drives/{drive}/{place...}", (*call).deleteItem, fileScopes, ""},
}

// place is what a path says after the drive: an item, names below it, and what
// to do.
type place struct {
	drive *drive
	from  *driveItem
	names []string
	act   string
}

// place reads "root:/a/b:/content", "items/ID/invite" and the like. The lock
// of the files is held.
func (c *call) place() (place, error) {
	d, err := c.drive()
	if err != nil {
		return place{}, err
	}
	head, below, act, err := splitPlace(c.r.PathValue("place"))
	if err != nil {
		return place{}, err
	}
	p := place{drive: d, from: d.root, names: below, act: act}
	if id, ok := strings.CutPrefix(head, "items/"); ok {
		if p.from = d.items[id]; id == "root" {
			p.from = d.root
		}
	}
	if p.from == nil {
		return p, itemNotFound()
	}
	return p, nil
}

// splitPlace splits the path after a drive into its item ("root" or
// "items/ID"), the names below it and the action at its end.
func splitPlace(text string) (head string, below []string, act string, err error) {
	head, rest, colon := strings.Cut(text, ":")
	if colon {
		names, end, closed := strings.Cut(rest, ":")
		if closed {
			act = strings.TrimPrefix(end, "/")
		}
		for _, name := range strings.Split(strings.Trim(names, "/"), "/") {
			if name != "" {
				below = append(below, name)
			}
		}
	} else if parts := strings.Split(head, "/"); parts[0] == "root" {
		head, act = "root", strings.Join(parts[1:], "/")
	} else if len(parts) > 2 {
		head, act = strings.Join(parts[:2], "/"), strings.Join(parts[2:], "/")
	}
	if id, ok := strings.CutPrefix(head, "items/"); head != "root" && (!ok || id == "" || strings.Contains(id, "/")) {
		return "", nil, "", badRequest("Resource not found for the segment '%s'.", text)
	}
	return head, below, act, nil
}

// drive finds the drive of the path. The lock of the files is held.
func (c *call) drive() (*drive, error) {
	id := c.r.PathValue("drive")
	if id == "" {
		return c.files.driveOf(c.World, c.me), nil
	}
	d := c.files.drives[id]
	if d == nil {
		return nil, itemNotFound()
	}
	return d, nil
}

// item finds an existing item that the caller may read or write. The lock of
// the files is held.
func (c *call) item(write bool) (place, *driveItem, error) {
	p, err := c.place()
	if err != nil {
		return p, nil, err
	}
	it := p.from
	for _, name := range p.names {
		if it = it.children[strings.ToLower(name)]; it == nil {
			return p, nil, itemNotFound()
		}
	}
	if !p.drive.may(c.me, it, write) {
		return p, nil, driveError(http.StatusForbidden, "accessDenied", "Access denied")
	}
	return p, it, nil
}

func (c *call) getDrive() (answer, error) {
	if err := c.allow("select"); err != nil {
		return answer{}, err
	}
	if err := c.selects("drive"); err != nil {
		return answer{}, err
	}
	c.files.mu.Lock()
	defer c.files.mu.Unlock()
	d, err := c.drive()
	if err != nil {
		return answer{}, err
	}
	if !d.may(c.me, d.root, false) {
		return answer{}, driveError(http.StatusForbidden, "accessDenied", "Access denied")
	}
	row := map[string]any{"id": d.id, "driveType": d.kind(), "name": "OneDrive", "webUrl": d.site,
		"quota": map[string]any{"total": driveQuota, "used": d.used, "remaining": driveQuota - d.used, "deleted": 0, "state": "normal"}}
	row["@odata.context"] = c.context("drives/$entity")
	return answer{status: http.StatusOK, body: row}, nil
}

func (c *call) getItem() (answer, error) {
	if err := c.allow("select", "top", "skiptoken"); err != nil {
		return answer{}, err
	}
	if err := c.selects("driveItem"); err != nil {
		return answer{}, err
	}
	c.files.mu.Lock()
	defer c.files.mu.Unlock()
	p, it, err := c.item(false)
	if err != nil {
		return answer{}, err
	}
	if p.act != "children" && (c.query.Has("$top") || c.query.Has("$skiptoken")) {
		return answer{}, badRequest("Query option 'Top' is not allowed on a single item.")
	}
	switch {
	case p.act == "":
		return c.oneItem(http.StatusOK, p.drive, it), nil
	case p.act == "content" && it.children == nil:
		a := answer{status: http.StatusFound, raw: []byte{}}
		a.location = c.itemRow(p.drive, it)["@microsoft.graph.downloadUrl"].(string)
		return a, nil
	case p.act == "children" && it.children != nil:
		return c.children(p.drive, it)
	}
	return answer{}, badRequest("Resource not found for the segment '%s'.", p.act)
}

// children lists what is in a folder, by name. The lock of the files is held.
func (c *call) children(d *drive, folder *driveItem) (answer, error) {
	top, err := c.top(200, 999)
	if err != nil {
		return answer{}, err
	}
	cur, _, err := c.skipToken()
	if err != nil {
		return answer{}, err
	}
	names := slices.Sorted(maps.Keys(folder.children))
	from := min(len(names), max(0, int(cur.key)))
	next := ""
	if names = names[from:]; len(names) > top {
		names, next = names[:top], c.nextLink(cursor{int64(from + top), ""})
	}
	rows := []any{}
	for _, name := range names {
		rows = append(rows, selected(c.itemRow(d, folder.children[name]), c.query.Get("$select")))
	}
	return c.page("drives('"+d.id+"')/items('"+folder.id+"')/children", rows, next), nil
}

func (c *call) oneItem(status int, d *drive, it *driveItem) answer {
	row := selected(c.itemRow(d, it), c.query.Get("$select"))
	row["@odata.context"] = c.context("drives('" + d.id + "')/items/$entity")
	return answer{status: status, body: row}
}

// mostContent is how much a plain upload takes.
const mostContent = 250 << 20

// putContent uploads a small file. The lock is taken after the body was read.
func (c *call) putContent() (answer, error) {
	conflict := c.query.Get("@microsoft.graph.conflictBehavior")
	if conflict == "" {
		conflict = conflictReplace
	}
	if !slices.Contains([]string{conflictFail, conflictReplace, conflictRename}, conflict) {
		return answer{}, driveError(http.StatusBadRequest, "invalidRequest", "Invalid value for @microsoft.graph.conflictBehavior.")
	}
	data, err := io.ReadAll(http.MaxBytesReader(nil, c.r.Body, mostContent))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return answer{}, tooLargeBody
	}
	if err != nil {
		return answer{}, badRequest("The body cannot be read.")
	}
	c.files.mu.Lock()
	defer c.files.mu.Unlock()
	d, parent, name, err := c.target("content")
	if err != nil {
		return answer{}, err
	}
	it, fresh, err := d.write(parent, name, conflict, data, c.r.Header.Get("Content-Type"), c.me, c.Now())
	if err != nil {
		return answer{}, err
	}
	if fresh {
		return c.oneItem(http.StatusCreated, d, it), nil
	}
	return c.oneItem(http.StatusOK, d, it), nil
}

// target finds where a path wants a file to be written; an existing item stands
// for itself. Missing folders are made. The lock of the files is held.
func (c *call) target(act string) (*drive, *driveItem, string, error) {
	p, err := c.place()
	if err != nil {
		return nil, nil, "", err
	}
	switch {
	case p.act != act:
		return nil, nil, "", badRequest("Resource not found for the segment '%s'.", p.act)
	case !p.drive.may(c.me, p.from, true):
		return nil, nil, "", driveError(http.StatusForbidden, "accessDenied", "Access denied")
	case len(p.names) > 0:
		last := len(p.names) - 1
		parent, err := p.drive.folder(p.from, p.names[:last], c.me, c.Now())
		return p.drive, parent, p.names[last], err
	case p.from.children != nil:
		return nil, nil, "", driveError(http.StatusBadRequest, "invalidRequest", "The item is a folder.")
	}
	return p.drive, p.from.parent, p.from.name, nil
}

// postItem serves what is done to an item by POST.
func (c *call) postItem() (answer, error) {
	_, _, act, err := splitPlace(c.r.PathValue("place"))
	switch {
	case err != nil:
		return answer{}, err
	case act == "createUploadSession":
		return c.createUpload()
	case act == "invite":
		return c.invite()
	}
	return answer{}, badRequest("Resource not found for the segment '%s'.", act)
}

func (c *call) deleteItem() (answer, error) {
	c.files.mu.Lock()
	defer c.files.mu.Unlock()
	p, it, err := c.item(true)
	switch {
	case err != nil:
		return answer{}, err
	case p.act != "":
		return answer{}, badRequest("Resource not found for the segment '%s'.", p.act)
	case it == p.drive.root:
		return answer{}, driveError(http.StatusForbidden, "accessDenied", "The root cannot be deleted.")
	}
	p.drive.remove(it)
	return done()
}

// invite gives people the right to open an item.
func (c *call) invite() (answer, error) {
	var in struct {
		_          struct{} `also:"password expirationDateTime retainInheritedPermissions" type:"invite"`
		Recipients []struct {
			ObjectID string `json:"objectId"`
			Email    string `json:"email"`
			Alias    string `json:"alias"`
		} `json:"recipients"`
		Message string           `json:"message"`
		SignIn  *json.RawMessage `json:"requireSignIn"`
		Send    *json.RawMessage `json:"sendInvitation"`
		Roles   []string         `json:"roles"`
	}
	if err := c.read(&in); err != nil {
		return answer{}, err
	}
	switch {
	case len(in.Recipients) == 0:
		return answer{}, driveError(http.StatusBadRequest, "invalidRequest", "One or more recipients are required.")
	case len(in.Roles) != 1 || in.Roles[0] != "read" && in.Roles[0] != "write":
		return answer{}, driveError(http.StatusBadRequest, "invalidRequest", "The roles must be 'read' or 'write'.")
	case utf8.RuneCountInString(in.Message) > 2000:
		return answer{}, driveError(http.StatusBadRequest, "invalidRequest", "The message has more than 2000 characters.")
	}
	var people []*Person
	for _, r := range in.Recipients {
		p := c.person(r.ObjectID + r.Email + r.Alias)
		if p == nil {
			return answer{}, driveError(http.StatusBadRequest, "invalidRequest", "A recipient could not be resolved.")
		}
		people = append(people, p)
	}
	c.files.mu.Lock()
	defer c.files.mu.Unlock()
	_, it, err := c.item(true)
	if err != nil {
		return answer{}, err
	}
	rows := []any{}
	for _, p := range people {
		if it.shared == nil {
			it.shared = map[string]string{}
		}
		it.shared[p.OID] = in.Roles[0]
		user := map[string]any{"user": map[string]any{"id": p.OID, "displayName": p.Name, "email": p.Mail}}
		rows = append(rows, map[string]any{"id": raw64.EncodeToString([]byte("i:0#.f|membership|" + p.UPN)), "roles": in.Roles, "grantedTo": user, "grantedToV2": user})
	}
	a := c.page("Collection(permission)", rows, "")
	delete(a.body.(map[string]any), "@odata.count")
	return a, nil
}

// filesFolder is the folder of a channel in its team's library.
func (c *call) filesFolder() (answer, error) {
	if err := c.allow("select"); err != nil {
		return answer{}, err
	}
	if err := c.selects("driveItem"); err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	r, _, err := c.inChannel()
	c.mu.RUnlock()
	if err != nil {
		return answer{}, err
	}
	c.files.mu.Lock()
	defer c.files.mu.Unlock()
	d := c.files.libraryOf(c.World, r.channel.team)
	it, err := d.folder(d.root, []string{r.topic}, nil, c.Now())
	if err != nil {
		return answer{}, err
	}
	return c.oneItem(http.StatusOK, d, it), nil
}

// download serves a file by its pre-authenticated address.
func (s *Sandbox) download(w http.ResponseWriter, r *http.Request) {
	s.files.mu.Lock()
	defer s.files.mu.Unlock()
	for _, d := range s.files.drives {
		it := d.items[r.PathValue("item")]
		if it != nil && subtle.ConstantTimeCompare([]byte(it.download), []byte(r.URL.Query().Get("tempauth"))) == 1 {
			w.Header().Set("Content-Type", it.kind)
			w.Write(it.data) // the answer has begun; there is nobody to tell
			return
		}
	}
	itemNotFound().write(w, r, s.Now())
}
