package sandbox

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

// dvMaxBatch is how many requests one batch may hold.
const dvMaxBatch = 1000

// dvPart is one part of a multipart body.
type dvPart struct {
	header textproto.MIMEHeader
	body   []byte
}

// dvParts cuts a multipart body. As in the real service, lines must end in CRLF.
func dvParts(contentType string, body []byte) ([]dvPart, *dvError) {
	kind, params, err := mime.ParseMediaType(contentType)
	boundary := params["boundary"]
	if err != nil || kind != "multipart/mixed" || boundary == "" {
		return nil, dvBadBody("", "A missing or invalid 'Content-Type' header was found: '%s'. A batch must be multipart/mixed with a boundary.", contentType)
	}
	sections := bytes.Split(append([]byte("\r\n"), body...), []byte("\r\n--"+boundary))
	if len(sections) < 2 {
		return nil, dvBadBody("", "The boundary '%s' was not found in the message. Lines must end with CRLF.", boundary)
	}
	var parts []dvPart
	for _, section := range sections[1:] {
		if bytes.HasPrefix(section, []byte("--")) {
			return parts, nil
		}
		rest, ok := bytes.CutPrefix(bytes.TrimLeft(section, " \t"), []byte("\r\n"))
		if !ok {
			return nil, dvBadBody("", "The boundary '%s' is not followed by CRLF.", boundary)
		}
		header, content, bad := dvHeaders(rest)
		if bad != nil {
			return nil, bad
		}
		parts = append(parts, dvPart{header, content})
	}
	return nil, dvBadBody("", "The stream ended before the closing boundary '--%s--'.", boundary)
}

// dvHeaders cuts header lines off the front of a part.
func dvHeaders(s []byte) (textproto.MIMEHeader, []byte, *dvError) {
	h := textproto.MIMEHeader{}
	for {
		line, rest, ok := bytes.Cut(s, []byte("\r\n"))
		if len(line) == 0 {
			return h, rest, nil
		}
		name, value, colon := strings.Cut(string(line), ":")
		if !colon || strings.TrimSpace(name) == "" {
			return nil, nil, dvBadBody("", "The header line '%s' is not valid.", strings.ToValidUTF8(string(line), "?"))
		}
		h.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		if !ok {
			return h, nil, nil
		}
		s = rest
	}
}

// inner reads the request inside an application/http part.
func (o *dvOrg) inner(part dvPart, user string) (*dvCall, *dvError) {
	if kind, _, err := mime.ParseMediaType(part.header.Get("Content-Type")); err != nil || kind != "application/http" {
		return nil, dvBadBody("", "The content type '%s' of a part is not application/http.", part.header.Get("Content-Type"))
	}
	if !strings.EqualFold(part.header.Get("Content-Transfer-Encoding"), "binary") {
		return nil, dvBadBody("", "The 'Content-Transfer-Encoding' header of a part must be 'binary'.")
	}
	line, rest, _ := bytes.Cut(part.body, []byte("\r\n"))
	words := strings.Split(string(line), " ")
	if len(words) != 3 || words[2] != "HTTP/1.1" {
		return nil, dvBadBody("", "The request line '%s' is not valid.", strings.ToValidUTF8(string(line), "?"))
	}
	header, body, err := dvHeaders(rest)
	if err != nil {
		return nil, err
	}
	path, query, _ := strings.Cut(words[1], "?")
	path = strings.TrimPrefix(path, o.origin())
	if strings.HasPrefix(path, "/") {
		var below bool
		if path, below = dvBelowRoot(path); !below {
			return nil, dvNoSegment(words[1])
		}
	}
	if strings.Contains(path, "://") || strings.HasPrefix(path, "$batch") {
		return nil, dvBadBody("", "The request '%s' cannot be part of this batch.", words[1])
	}
	call := &dvCall{method: words[0], path: path, query: query, header: http.Header(header), body: bytes.TrimSpace(body), user: user}
	call.prefer = dvReadPrefer(call.header)
	if id := part.header.Get("Content-ID"); id != "" {
		call.header.Set("Content-ID", id)
	}
	if n, err := strconv.Atoi(call.header.Get("Content-Length")); err == nil && n < len(call.body) {
		call.body = call.body[:max(n, 0)]
	}
	return call, nil
}

// batch answers $batch. Without continue-on-error it stops at the first refusal
// and answers with its status.
func (o *dvOrg) batch(call *dvCall) dvReply {
	call.prefer = dvReadPrefer(call.header)
	parts, err := dvParts(call.header.Get("Content-Type"), call.body)
	if err != nil {
		return err.reply(false)
	}
	if n := o.batchSize(parts); n > dvMaxBatch {
		return (&dvError{status: http.StatusBadRequest, code: "0x8005e000", message: fmt.Sprintf("Batch request exceeds the maximum of %d requests; it holds %d.", dvMaxBatch, n)}).reply(false)
	}
	status := http.StatusOK
	var out []dvAnswer
	for _, part := range parts {
		answer := o.batchPart(part, call.user)
		out = append(out, answer)
		if worst := answer.worst(); worst >= http.StatusBadRequest && !call.prefer.continues {
			status = worst
			break
		}
	}
	boundary := "batchresponse_" + requestID()
	r := dvReply{status: status, header: http.Header{}, body: dvWriteParts(boundary, out)}
	r.header.Set("Content-Type", "multipart/mixed; boundary="+boundary)
	return r
}

// batchSize counts the requests of a batch, those in change sets too.
func (o *dvOrg) batchSize(parts []dvPart) int {
	n := 0
	for _, p := range parts {
		inner, err := dvParts(p.header.Get("Content-Type"), p.body)
		if err != nil {
			inner = nil
		}
		n += max(1, len(inner))
	}
	return n
}

// dvAnswer is what one part of a batch led to: one reply, or those of a change set.
type dvAnswer struct {
	replies []dvReply
	ids     []string // Content-ID of each reply, empty for none
	set     bool
}

func (a dvAnswer) worst() int {
	worst := 0
	for _, r := range a.replies {
		worst = max(worst, r.status)
	}
	return worst
}

func dvOne(r dvReply, id string) dvAnswer {
	return dvAnswer{replies: []dvReply{r}, ids: []string{id}}
}

func (o *dvOrg) batchPart(part dvPart, user string) dvAnswer {
	if kind, _, _ := mime.ParseMediaType(part.header.Get("Content-Type")); kind == "multipart/mixed" {
		return o.changeSet(part, user)
	}
	call, err := o.inner(part, user)
	if err != nil {
		return dvOne(err.reply(false), part.header.Get("Content-ID"))
	}
	return dvOne(o.serve(call), part.header.Get("Content-ID"))
}

// changeSet runs the writes of a change set as one transaction: if one is
// refused, none has happened and only the refusal is answered.
func (o *dvOrg) changeSet(part dvPart, user string) dvAnswer {
	inner, err := dvParts(part.header.Get("Content-Type"), part.body)
	if err != nil {
		return dvOne(err.reply(false), "")
	}
	var calls []*dvCall
	content := map[string]string{}
	for _, p := range inner {
		call, err := o.inner(p, user)
		switch {
		case err != nil:
		case p.header.Get("Content-ID") == "":
			err = dvBad("The Content-ID header is not present on a request of the change set.")
		case call.reads():
			err = dvBad("A GET request is not allowed in a change set.")
		}
		if err != nil {
			return dvOne(err.reply(false), p.header.Get("Content-ID"))
		}
		call.content = content
		calls = append(calls, call)
	}
	return o.runSet(calls, user)
}

func (o *dvOrg) runSet(calls []*dvCall, user string) dvAnswer {
	o.mu.Lock()
	defer o.mu.Unlock()
	tx := &dvTx{org: o, user: dvRef{"systemuser", user}}
	out := dvAnswer{set: true}
	for _, call := range calls {
		call.tx = tx
		id := call.header.Get("Content-ID")
		r := o.answerLocked(call)
		if r.status >= http.StatusBadRequest {
			tx.rollback()
			return dvAnswer{replies: []dvReply{r}, ids: []string{id}, set: true}
		}
		out.replies, out.ids = append(out.replies, r), append(out.ids, id)
	}
	return out
}

// dvWriteParts writes the answers of a batch as a multipart body.
func dvWriteParts(boundary string, answers []dvAnswer) []byte {
	var out bytes.Buffer
	for _, a := range answers {
		fmt.Fprintf(&out, "--%s\r\n", boundary)
		if a.set {
			inner := "changesetresponse_" + requestID()
			fmt.Fprintf(&out, "Content-Type: multipart/mixed; boundary=%s\r\n\r\n", inner)
			for i, r := range a.replies {
				fmt.Fprintf(&out, "--%s\r\n", inner)
				dvWritePart(&out, r, a.ids[i])
			}
			fmt.Fprintf(&out, "--%s--\r\n", inner)
			continue
		}
		dvWritePart(&out, a.replies[0], a.ids[0])
	}
	fmt.Fprintf(&out, "--%s--\r\n", boundary)
	return out.Bytes()
}

func dvWritePart(out *bytes.Buffer, r dvReply, id string) {
	out.WriteString("Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n")
	if id != "" {
		fmt.Fprintf(out, "Content-ID: %s\r\n", id)
	}
	fmt.Fprintf(out, "\r\nHTTP/1.1 %d %s\r\n", r.status, http.StatusText(r.status))
	names := make([]string, 0, len(r.header))
	for name := range r.header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(out, "%s: %s\r\n", name, strings.Join(r.header[name], ","))
	}
	fmt.Fprintf(out, "OData-Version: 4.0\r\n\r\n%s\r\n", r.body)
}
