package odata

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"sort"
	"strings"
)

// BatchMultipart sends at most 1000 requests in Dataverse's multipart form,
// each for itself (no change sets), and returns their answers in the order of
// the items: one that fails does not stop the others. The batch is never repeated.
func (c *Client) BatchMultipart(ctx context.Context, items []BatchItem, opts ...Option) ([]BatchAnswer, error) {
	if err := checkItems(items, MaxBatchMultipart); err != nil || len(items) == 0 {
		return nil, err
	}
	boundary := "batch_" + rand.Text()
	body, err := c.writeBatch(boundary, items)
	if err != nil {
		return nil, err
	}
	k, err := c.newCall(http.MethodPost, "/$batch", nil, nil, opts)
	if err != nil {
		return nil, err
	}
	k.body = body
	k.header.Set("Content-Type", `multipart/mixed; boundary="`+boundary+`"`)
	k.header.Set("Prefer", strings.Join(append(k.header.Values("Prefer"), "odata.continue-on-error"), ", "))
	r, err := c.do(ctx, k)
	if err != nil {
		return nil, err
	}
	got, err := c.readBatch(r, items)
	if err != nil {
		return nil, fmt.Errorf("POST /$batch (request %s): %w: %w", r.request, err, ErrAmbiguous)
	}
	return inOrder(items, got), nil
}

// writeBatch writes the multipart body. Every line ends in CRLF.
func (c *Client) writeBatch(boundary string, items []BatchItem) ([]byte, error) {
	var b bytes.Buffer
	for _, it := range items {
		b.WriteString("--" + boundary + "\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n")
		if err := c.writePart(&b, it); err != nil {
			return nil, fmt.Errorf("batch item %s: %w", it.ID, err)
		}
		b.WriteString("\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.Bytes(), nil
}

func (c *Client) writePart(b *bytes.Buffer, it BatchItem) error {
	address, err := c.resolve(it.Path, nil)
	if err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("%w: path", ErrBadRequest)
	}
	method := it.method()
	if strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return fmt.Errorf("%w: method", ErrBadRequest)
	}
	var data []byte
	if it.Body != nil {
		if data, err = json.Marshal(it.Body); err != nil {
			return fmt.Errorf("encode the body: %w", err)
		}
	}
	b.WriteString(method + " " + u.RequestURI() + " HTTP/1.1\r\n")
	header := c.itemHeader(it)
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		value := strings.Join(header.Values(name), ", ")
		if strings.ContainsAny(name+value, "\r\n\x00") || strings.ContainsAny(name, " :") {
			return fmt.Errorf("%w: header", ErrBadRequest)
		}
		b.WriteString(name + ": " + value + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(data)
	return nil
}

// readBatch reads the multipart answer. The n-th part answers the n-th item;
// fewer parts leave the last items unanswered, more are refused.
func (c *Client) readBatch(r *reply, items []BatchItem) (map[string]BatchAnswer, error) {
	media, params, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	if err != nil || media != "multipart/mixed" || params["boundary"] == "" {
		return nil, fmt.Errorf("%w: not multipart/mixed", ErrBadReply)
	}
	parts := multipart.NewReader(bytes.NewReader(r.data), params["boundary"])
	got := make(map[string]BatchAnswer, len(items))
	for i := 0; ; i++ {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			// The reader takes the end of the text for the end of the batch.
			if i == 0 || !bytes.Contains(r.data, []byte("--"+params["boundary"]+"--")) {
				return nil, fmt.Errorf("%w: multipart without its end", ErrBadReply)
			}
			return got, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: broken multipart", ErrBadReply)
		}
		if i >= len(items) {
			return nil, fmt.Errorf("%w: more parts than requests", ErrBadReply)
		}
		a, err := c.readPart(items[i].ID, part)
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", i+1, err)
		}
		got[a.ID] = a
	}
}

func (c *Client) readPart(id string, part *multipart.Part) (BatchAnswer, error) {
	media, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil || media != "application/http" {
		return BatchAnswer{}, fmt.Errorf("%w: not application/http", ErrBadReply)
	}
	resp, err := http.ReadResponse(bufio.NewReader(part), nil)
	if err != nil {
		return BatchAnswer{}, fmt.Errorf("%w: broken HTTP in a part", ErrBadReply)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return BatchAnswer{}, fmt.Errorf("%w: cut part", ErrBadReply)
	}
	body = bytes.TrimSpace(body)
	if resp.StatusCode < 300 && len(body) > 0 && !json.Valid(body) {
		return BatchAnswer{ID: id, Status: resp.StatusCode, Header: resp.Header,
			Err: fmt.Errorf("%w: broken JSON in a part: %w", ErrBadReply, ErrAmbiguous)}, nil
	}
	return c.answer(id, resp.StatusCode, resp.Header, body), nil
}
