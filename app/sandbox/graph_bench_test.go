package sandbox_test

import (
	"io"
	"net/http"
	"net/url"
	"testing"

	"chatpane/app/sandbox"
)

// benchList measures one list request as a server sees it: the answer is read
// and thrown away, so that the decoder of a client is not measured.
func benchList(b *testing.B, path string, options ...string) {
	r := newRig(b, func(o *sandbox.Options) { o.Chats, o.Messages = 2000, 1_000_000 })
	if path == "messages" {
		path = "/chats/" + escape(r.chat("group")) + "/messages"
	}
	q := url.Values{}
	for i := 0; i+1 < len(options); i += 2 {
		q.Set(options[i], options[i+1])
	}
	address := r.Origins()["graph"] + "/v1.0" + path + "?" + q.Encode()
	transport := r.Transport()
	bytes := int64(0)
	for b.Loop() {
		req, err := http.NewRequestWithContext(b.Context(), "GET", address, nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+r.token)
		res, err := transport.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			b.Fatalf("got status %d, %v", res.StatusCode, err)
		}
		bytes = n
		res.Body.Close()
	}
	b.SetBytes(bytes)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

func BenchmarkListOfChats(b *testing.B) { benchList(b, "/me/chats", "$top", "50") }

func BenchmarkListOfChatsExpanded(b *testing.B) {
	benchList(b, "/me/chats", "$top", "50", "$expand", "members,lastMessagePreview", "$orderby", "lastMessagePreview/createdDateTime desc")
}

func BenchmarkListOfMessages(b *testing.B) { benchList(b, "messages", "$top", "50") }
