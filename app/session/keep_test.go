package session

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/markup"
	"chatpane/app/odata"
	"chatpane/app/store"
	"chatpane/app/vault"
	"chatpane/app/wire"
)

// colleague is a client of somebody else who is in a chat of the agent's.
func (d *desk) colleague(id string) *odata.Client {
	d.t.Helper()
	members := membersOf(d.box, id)
	i := slices.IndexFunc(members, func(oid string) bool { return oid != d.who.OID })
	origin := d.box.Origins()["graph"]
	h, err := wire.NewClient(origin, wire.Options{Transport: d.box.Transport(),
		Token: func(context.Context, string) (string, error) { return d.box.Token(members[i], "graph"), nil }})
	if err != nil {
		d.t.Fatal(err)
	}
	return &odata.Client{Base: origin + "/v1.0", HTTP: h}
}

// showPicture lets a colleague post a picture into a chat and returns the message's id.
func showPicture(t *testing.T, d *desk, id string) string {
	t.Helper()
	var shot bytes.Buffer
	if err := png.Encode(&shot, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	var made struct {
		ID string `json:"id"`
	}
	err := d.colleague(id).Send(t.Context(), http.MethodPost, "/chats/"+url.PathEscape(id)+"/messages", map[string]any{
		"body": map[string]any{"contentType": "html", "content": `<p>look <img src="../hostedContents/1/$value"></p>`},
		"hostedContents": []any{map[string]any{"@microsoft.graph.temporaryId": "1",
			"contentBytes": base64.StdEncoding.EncodeToString(shot.Bytes()), "contentType": "image/png"}},
	}, &made)
	if err != nil {
		t.Fatal(err)
	}
	return made.ID
}

// withPictures reads pictures ahead, as the default policy does.
func withPictures(p *parts) { p.policy.PicturesAhead = true }

// handleOf is the handle of a row's first picture.
func handleOf(nodes []markup.Node) string {
	for _, n := range nodes {
		if n.Media != "" {
			return n.Media
		}
		if h := handleOf(n.Children); h != "" {
			return h
		}
	}
	return ""
}

// arrive lets time pass in which the agent is there and the list is read.
func (d *desk) arrive(minutes int) {
	d.t.Helper()
	for range minutes {
		d.Active()
		time.Sleep(time.Minute)
	}
	synctest.Wait()
	d.pull()
}

// A picture of a linked chat is there without a network although nobody had
// opened the chat, after a restart too; so is a face that was shown.
func TestPicturesOfLinkedChatsAreThereOffline(t *testing.T) {
	t.Parallel()
	root := diskFor(t)
	defer os.RemoveAll(root)
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann, keys := person(t, box, "agent", 0), vault.MemoryKeychain()
		_, id := linkedCase(t, box, ann, true)
		sitDown := func() *desk {
			v, err := vault.Open(root+"/account", "account", keys)
			if err != nil {
				t.Fatal(err)
			}
			return sitOver(t, box, ann, v, box.Transport(), withPictures)
		}
		d := sitDown()
		m := showPicture(t, d, id)
		d.arrive(3)
		face := ""
		for _, p := range box.People {
			if data, _, err := d.Photo(t.Context(), p.OID, "96x96"); err == nil && len(data) > 0 {
				face = p.OID
				break
			}
		}
		d.stop()
		d.offline()
		d = sitDown()
		d.offline()
		d.openChat(id)
		handle := handleOf(d.row(id, m).Body)
		data, kind, err := d.Media(t.Context(), handle)
		if err != nil || kind != "image/png" || len(data) == 0 {
			t.Errorf("picture offline: %d bytes of %q, %v", len(data), kind, err)
		}
		if data, _, err := d.Photo(t.Context(), face, "96x96"); err != nil || len(data) == 0 {
			t.Errorf("photo offline: %d bytes, %v", len(data), err)
		}
	})
}

// A picture goes with its message, and all of a chat's when the user has to
// leave the chat.
func TestPicturesGoWithTheirMessages(t *testing.T) {
	t.Parallel()
	root := diskFor(t)
	defer os.RemoveAll(root)
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		_, id := linkedCase(t, box, ann, true)
		v, err := vault.Open(root+"/account", "account", vault.MemoryKeychain())
		if err != nil {
			t.Fatal(err)
		}
		d := sitOver(t, box, ann, v, box.Transport(), withPictures)
		first, second := showPicture(t, d, id), showPicture(t, d, id)
		d.arrive(3)
		d.openChat(id)
		one, two := handleOf(d.row(id, first).Body), handleOf(d.row(id, second).Body)
		kept := func(handle string) bool {
			p, ok := pictureOf(handle)
			return ok && d.media.Has(p.key())
		}
		if !kept(one) || !kept(two) {
			t.Fatalf("kept: %v and %v, want both", kept(one), kept(two))
		}
		if err := d.colleague(id).Send(t.Context(), http.MethodPost, "/chats/"+url.PathEscape(id)+"/messages/"+first+"/softDelete", nil, nil); err != nil {
			t.Fatal(err)
		}
		showPicture(t, d, id) // its chat is read again
		d.arrive(3)
		if kept(one) || !kept(two) {
			t.Errorf("after a deletion kept: %v and %v, want the second only", kept(one), kept(two))
		}
		if _, _, err := d.Media(t.Context(), one); err == nil {
			t.Error("the picture of a deleted message is shown")
		}
		if err := box.RemoveMember(id, ann.OID); err != nil {
			t.Fatal(err)
		}
		d.arrive(10)
		if kept(two) || d.media.HasOf(chat.ID(id)) {
			t.Error("a picture stays of a chat that the user had to leave")
		}
	})
}

// A chat that is purged while pictures of it may be missing is not looked for at
// every later start: its want goes with it.
func TestThePicturesWantedOfAPurgedChatAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		_, id := linkedCase(t, box, ann, true)
		d := sitOver(t, box, ann, vault.OpenMemory(), box.Transport(), withPictures)
		d.arrive(2)
		mark := markPictures(chat.ID(id))
		if _, err := d.store.Apply(t.Context(), store.Batch{Marks: []store.Mark{{Feed: mark, Value: "wanted"}}}); err != nil {
			t.Fatal(err)
		}
		if err := box.RemoveMember(id, ann.OID); err != nil {
			t.Fatal(err)
		}
		d.arrive(3)
		if _, mine := d.pane.chats[id]; mine {
			t.Fatal("the chat was not purged")
		}
		if got := d.store.Mark(mark); got != "" {
			t.Errorf("pictures of the purged chat are still %q", got)
		}
	})
}
