package sandbox

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// upload is one upload session. files.mu guards it.
type upload struct {
	id       string
	drive    *drive
	parent   *driveItem
	name     string
	conflict string
	by       *Person
	deferred bool // nothing is a file until a POST says so
	total    int64
	data     []byte
	expires  time.Time
}

const (
	// pieceUnit divides the length of every piece but the last.
	pieceUnit = 320 << 10
	// mostPiece is what one piece may have.
	mostPiece = 60 << 20
	// uploadLife is how long a session lives after its last piece.
	uploadLife = 24 * time.Hour
)

// createUpload opens an upload session.
func (c *call) createUpload() (answer, error) {
	var in struct {
		Item struct {
			_        struct{} `also:"description fileSystemInfo driveItemSource mediaSource" type:"driveItemUploadableProperties"`
			Conflict string   `json:"@microsoft.graph.conflictBehavior"`
			Legacy   string   `json:"@name.conflictBehavior"`
			Name     string   `json:"name"`
			Size     *int64   `json:"fileSize"`
		} `json:"item"`
		Defer bool `json:"deferCommit"`
	}
	if c.r.ContentLength != 0 {
		if err := c.read(&in); err != nil {
			return answer{}, err
		}
	}
	conflict := cmp.Or(in.Item.Conflict, in.Item.Legacy, conflictReplace)
	if !slices.Contains([]string{conflictFail, conflictReplace, conflictRename}, conflict) {
		return answer{}, driveError(http.StatusBadRequest, "invalidRequest", "Invalid value for @microsoft.graph.conflictBehavior.")
	}
	c.files.mu.Lock()
	defer c.files.mu.Unlock()
	d, parent, name, err := c.target("createUploadSession")
	if err != nil {
		return answer{}, err
	}
	if in.Item.Name != "" {
		name = in.Item.Name
	}
	if err := checkFileName(name); err != nil {
		return answer{}, err
	}
	if old := parent.children[strings.ToLower(name)]; old != nil && conflict == conflictFail {
		return answer{}, driveError(http.StatusConflict, "nameAlreadyExists", "An item with the same name already exists under the parent")
	}
	if in.Item.Size != nil && d.used+*in.Item.Size > driveQuota {
		return answer{}, driveError(http.StatusInsufficientStorage, "quotaLimitReached", "Insufficient Space Available")
	}
	u := &upload{id: rand.Text() + rand.Text(), drive: d, parent: parent, name: name, conflict: conflict, by: c.me, deferred: in.Defer, expires: c.Now().Add(uploadLife)}
	c.files.uploads[u.id] = u
	return answer{status: http.StatusOK, body: map[string]any{"@odata.context": c.context("microsoft.graph.uploadSession"),
		"uploadUrl": c.origin(serviceGraph) + "/upload/" + u.id, "expirationDateTime": timeText(u.expires), "nextExpectedRanges": []string{"0-"}}}, nil
}

// uploadCall serves the address of a session. It needs no token: whoever knows
// the address may use it. OneDrive may refuse a token here; the sandbox does
// not, because both live on one host and a client cannot tell them apart.
func (s *Sandbox) uploadCall(w http.ResponseWriter, r *http.Request) {
	stampRequest(w, r)
	var body []byte
	if r.Method == http.MethodPut {
		var err error
		body, err = io.ReadAll(http.MaxBytesReader(nil, r.Body, mostPiece))
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			tooLargeBody.write(w, r, s.Now())
			return
		case err != nil: // the rest of the piece never came
			driveError(http.StatusBadRequest, "invalidRequest", "The piece is shorter than its Content-Length.").write(w, r, s.Now())
			return
		}
	}
	s.files.mu.Lock()
	defer s.files.mu.Unlock()
	u := s.files.uploads[r.PathValue("upload")]
	if u != nil && s.Now().After(u.expires) {
		delete(s.files.uploads, u.id)
		u = nil
	}
	if u == nil {
		driveError(http.StatusNotFound, "itemNotFound", "The upload session was not found").write(w, r, s.Now())
		return
	}
	status, answer, err := s.useUpload(u, r, body)
	if err != nil {
		s.graphFailure(err).write(w, r, s.Now())
		return
	}
	if answer == nil {
		w.WriteHeader(status)
		return
	}
	writeJSON(w, status, answer)
}

func (s *Sandbox) useUpload(u *upload, r *http.Request, body []byte) (int, any, error) {
	switch r.Method {
	case http.MethodGet:
		return http.StatusOK, u.state(), nil
	case http.MethodDelete:
		delete(s.files.uploads, u.id)
		return http.StatusNoContent, nil, nil
	case http.MethodPut:
		if err := u.take(r, body); err != nil {
			return 0, nil, err
		}
		if int64(len(u.data)) < u.total || u.deferred {
			u.expires = s.Now().Add(uploadLife)
			return http.StatusAccepted, u.state(), nil
		}
		return s.commit(u)
	case http.MethodPost:
		if !u.deferred || u.total == 0 || int64(len(u.data)) < u.total {
			return 0, nil, driveError(http.StatusBadRequest, "invalidRequest", "The upload is not complete.")
		}
		return s.commit(u)
	}
	return 0, nil, driveError(http.StatusMethodNotAllowed, "invalidRequest", "The method is not allowed for an upload session.")
}

var contentRange = regexp.MustCompile(`^bytes (\d+)-(\d+)/(\d+)$`)

// take appends a piece; pieces come in order.
func (u *upload) take(r *http.Request, body []byte) error {
	m := contentRange.FindStringSubmatch(r.Header.Get("Content-Range"))
	if m == nil {
		return driveError(http.StatusBadRequest, "invalidRequest", "The Content-Range header is missing or malformed.")
	}
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return math.MaxInt64
		}
		return n
	}
	from, to, total := number(m[1]), number(m[2]), number(m[3])
	have := int64(len(u.data))
	switch {
	case to < from || total == math.MaxInt64 || to >= total || int64(len(body)) != to-from+1:
		return driveError(http.StatusBadRequest, "invalidRequest", "The Content-Range header length does not match the provided number of bytes.")
	case total > driveQuota-u.drive.used:
		return driveError(http.StatusInsufficientStorage, "quotaLimitReached", "Insufficient Space Available")
	case u.total != 0 && total != u.total:
		return driveError(http.StatusBadRequest, "invalidRequest", "Declared total size does not match the first piece's.")
	case to+1 < total && len(body)%pieceUnit != 0:
		return driveError(http.StatusBadRequest, "invalidRequest", "The length of a piece must be a multiple of 320 KiB.")
	case from != have:
		return driveError(http.StatusRequestedRangeNotSatisfiable, "invalidRange", "The uploaded fragment overlaps with data that has already been received, or leaves a gap. Expected: %d-", have)
	}
	u.total = total
	u.data = append(u.data, body...)
	return nil
}

// state is what is missing.
func (u *upload) state() map[string]any {
	next := []string{}
	if have := int64(len(u.data)); have < u.total || u.total == 0 {
		next = append(next, fmt.Sprintf("%d-", have))
	}
	return map[string]any{"expirationDateTime": timeText(u.expires), "nextExpectedRanges": next}
}

// commit makes the file.
func (s *Sandbox) commit(u *upload) (int, any, error) {
	it, fresh, err := u.drive.write(u.parent, u.name, u.conflict, u.data, "", u.by, s.Now())
	if err != nil {
		return 0, nil, err
	}
	delete(s.files.uploads, u.id)
	row := s.itemRow(u.drive, it)
	row["@odata.context"] = s.context("drives('" + u.drive.id + "')/items/$entity")
	if fresh {
		return http.StatusCreated, row, nil
	}
	return http.StatusOK, row, nil
}
