package sandbox_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// hook is an address that waits for notifications.
type hook struct {
	*httptest.Server
	mu     sync.Mutex // guards the rest
	got    []map[string]any
	status int    // of the next answers; 0: 202
	proves string // "" : with the token
}

func newHook(t testing.TB) *hook {
	h := &hook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if token := r.URL.Query().Get("validationToken"); token != "" {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, h.proves+token)
			return
		}
		if h.status != 0 {
			w.WriteHeader(h.status)
			return
		}
		var body struct {
			Value  []map[string]any `json:"value"`
			Tokens []string         `json:"validationTokens"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || len(body.Value) != 1 {
			t.Errorf("got a notification with %d parts, %v", len(body.Value), err)
			return
		}
		body.Value[0]["tokens"] = len(body.Tokens)
		h.got = append(h.got, body.Value[0])
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(h.Close)
	return h
}

// taken returns what came since it was asked last.
func (h *hook) taken() []map[string]any {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.got
	h.got = nil
	return out
}

func (h *hook) answer(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = status
}

func (r rig) subscription(h *hook, resource string, more ...any) map[string]any {
	body := map[string]any{"changeType": "created,updated,deleted", "resource": resource, "notificationUrl": h.URL + "/n?a=b", "lifecycleNotificationUrl": h.URL + "/l",
		"expirationDateTime": r.clock.Now().Add(50 * time.Minute).Format(time.RFC3339), "clientState": "s3cret"}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	return body
}

func TestSubscriptionTellsChanges(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	h := newHook(t)
	chat := r.chat("group")
	s := r.do("POST", "/subscriptions", r.subscription(h, "/chats/"+chat+"/messages")).want(201)
	if text(s.json, "clientState") != "s3cret" || text(s.json, "creatorId") != r.me.OID || text(s.json, "applicationId") != r.ClientID {
		t.Errorf("got %s", s.body)
	}
	id := r.send(chat, "<p>x</p>")
	path := "/chats/" + escape(chat) + "/messages/" + id
	r.clock.Add(time.Second)
	r.do("POST", path+"/setReaction", map[string]any{"reactionType": "👍"}).want(204)
	r.do("POST", path+"/softDelete", nil).want(204)
	r.Deliver(t.Context())
	got := h.taken()
	if len(got) != 3 {
		t.Fatalf("got %d notifications", len(got))
	}
	for i, want := range []string{"created", "updated", "deleted"} {
		n := got[i]
		if n["changeType"] != want || text(n, "resourceData/id") != id || n["clientState"] != "s3cret" || n["resource"] != "chats('"+chat+"')/messages('"+id+"')" || n["encryptedContent"] != nil {
			t.Errorf("notification %d: got %v", i, n)
		}
	}
	if rows := r.get("/subscriptions").rows(); len(rows) != 1 || rows[0]["clientState"] != nil {
		t.Errorf("got subscriptions %v", rows)
	}
	r.do("DELETE", "/subscriptions/"+text(s.json, "id"), nil).want(204)
	r.send(chat, "<p>y</p>")
	if r.Deliver(t.Context()); len(h.taken()) != 0 {
		t.Error("a deleted subscription still tells")
	}
}

func TestSubscriptionToMembersAndTheChatItself(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	h := newHook(t)
	chat := text(r.do("POST", "/chats", map[string]any{"chatType": "group", "members": []any{member(r.me.OID, "owner"), member(r.People[1].OID, "owner")}}).want(201).json, "id")
	r.do("POST", "/subscriptions", r.subscription(h, "chats/"+chat+"/members")).want(201)
	r.do("POST", "/subscriptions", r.subscription(h, "chats/"+chat, "changeType", "updated")).want(201)
	r.do("POST", "/chats/"+escape(chat)+"/members", member(r.People[2].OID, "owner")).want(201)
	r.Deliver(t.Context())
	kinds := map[string]int{}
	for _, n := range h.taken() {
		kinds[text(n, "changeType")+" "+text(n, "resourceData/@odata.type")]++
	}
	if kinds["created #Microsoft.Graph.aadUserConversationMember"] != 1 || kinds["updated #Microsoft.Graph.chat"] != 1 || len(kinds) != 2 {
		t.Errorf("got %v", kinds)
	}
}

func TestSubscriptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	h, liar := newHook(t), newHook(t)
	liar.proves = "no: "
	chat := r.chat("group")
	messages := "/chats/" + chat + "/messages"
	at := func(d time.Duration) string { return r.clock.Now().Add(d).Format(time.RFC3339) }
	for _, c := range []struct {
		name   string
		by     rig
		body   map[string]any
		status int
		code   string
	}{
		{"an address that does not prove itself", r, r.subscription(h, messages, "notificationUrl", liar.URL), 400, "ValidationError"},
		{"a lifecycle address that does not", r, r.subscription(h, messages, "lifecycleNotificationUrl", liar.URL), 400, "ValidationError"},
		{"an address nobody listens at", r, r.subscription(h, messages, "notificationUrl", "http://127.0.0.1:1/x"), 400, "ValidationError"},
		{"another machine", r, r.subscription(h, messages, "notificationUrl", "http://192.0.2.1/x"), 400, "InvalidRequest"},
		{"a name that hides one", r, r.subscription(h, messages, "notificationUrl", "http://127.0.0.1.example/x"), 400, "InvalidRequest"},
		{"no address", r, r.subscription(h, messages, "notificationUrl", ""), 400, "InvalidRequest"},
		{"an end in the past", r, r.subscription(h, messages, "expirationDateTime", at(-time.Minute)), 400, "InvalidRequest"},
		{"an end after more than three days", r, r.subscription(h, messages, "expirationDateTime", at(73*time.Hour)), 400, "InvalidRequest"},
		{"two hours without a lifecycle address", r, r.subscription(h, messages, "expirationDateTime", at(2*time.Hour), "lifecycleNotificationUrl", ""), 400, "InvalidRequest"},
		{"an unknown change", r, r.subscription(h, messages, "changeType", "created,moved"), 400, "InvalidRequest"},
		{"an unknown resource", r, r.subscription(h, "/me/messages"), 400, "InvalidRequest"},
		{"resource data without a certificate", r, r.subscription(h, messages, "includeResourceData", true), 400, "InvalidRequest"},
		{"a certificate that is none", r, r.subscription(h, messages, "includeResourceData", true, "encryptionCertificate", "AAAA", "encryptionCertificateId", "1"), 400, "InvalidRequest"},
		{"a secret that is too long", r, r.subscription(h, messages, "clientState", strings.Repeat("x", 129)), 400, "InvalidRequest"},
		{"every message of a person", r, r.subscription(h, "/users/"+r.me.OID+"/chats/getAllMessages"), 403, "Forbidden"},
		{"a chat of others", r, r.subscription(h, "/chats/"+r.foreign()+"/messages"), 403, "Forbidden"},
		{"an unknown chat", r, r.subscription(h, "/chats/19:none@thread.v2/messages"), 404, "NotFound"},
		{"messages with the scope for chats only", r.scoped("Chat.ReadBasic"), r.subscription(h, messages), 403, "Forbidden"},
	} {
		if g := c.by.do("POST", "/subscriptions", c.body); g.status != c.status || !strings.Contains(string(g.body), `"code":"`+c.code+`"`) {
			t.Errorf("%s: got %d %s, want %d %s", c.name, g.status, g.body, c.status, c.code)
		}
	}
	r.do("POST", "/subscriptions", r.subscription(h, messages)).want(201)
	r.do("POST", "/subscriptions", r.subscription(h, messages)).refused(403, "Forbidden", "limit")
	r.do("POST", "/subscriptions", `{"expirationDateTime":"tomorrow"}`).want(400)
}

func TestSubscriptionsEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	h := newHook(t)
	chat := r.chat("group")
	make := func() string {
		return text(r.do("POST", "/subscriptions", r.subscription(h, "/chats/"+chat+"/messages")).want(201).json, "id")
	}
	renew := func(id string, d time.Duration) got {
		return r.do("PATCH", "/subscriptions/"+id, map[string]any{"expirationDateTime": r.clock.Now().Add(d).Format(time.RFC3339)})
	}
	id := make()
	r.clock.Add(45 * time.Minute)
	renew(id, 50*time.Minute).want(200)
	r.clock.Add(45 * time.Minute)
	r.get("/subscriptions/" + id).want(200)
	renew(id, 100*time.Hour).refused(400, "InvalidRequest", "4320")
	r.clock.Add(10 * time.Minute)
	r.get("/subscriptions/"+id).refused(404, "ResourceNotFound", "")
	r.send(chat, "<p>too late</p>")
	if r.Deliver(t.Context()); len(h.taken()) != 0 {
		t.Error("an expired subscription still tells")
	}
	id = make()
	other := r.colleague(chat)
	other.do("PATCH", "/subscriptions/"+id, map[string]any{}).want(400)
	other.do("DELETE", "/subscriptions/"+id, nil).refused(404, "ResourceNotFound", "")
	if err := r.RemoveMember(chat, r.me.OID); err != nil {
		t.Fatal(err)
	}
	r.Deliver(t.Context())
	if got := h.taken(); len(got) != 1 || got[0]["lifecycleEvent"] != "subscriptionRemoved" || got[0]["subscriptionId"] != id {
		t.Errorf("after leaving the chat: got %v", got)
	}
	r.get("/subscriptions/"+id).refused(404, "ResourceNotFound", "")
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	h := newHook(t)
	chat := r.chat("group")
	begin, colleague := r.clock.Now(), r.colleague(chat).me
	body := r.subscription(h, "/chats/"+chat+"/messages", "expirationDateTime", r.clock.Now().Add(70*time.Hour).Format(time.RFC3339))
	id := text(r.do("POST", "/subscriptions", body).want(201).json, "id")
	events := func() (out []string) {
		for _, n := range h.taken() {
			if e := text(n, "lifecycleEvent"); e != "" {
				out = append(out, e)
			} else {
				out = append(out, text(n, "changeType"))
			}
		}
		return out
	}
	want := func(when string, want ...string) {
		t.Helper()
		if got := events(); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: got %v, want %v", when, got, want)
		}
	}
	h.answer(503)
	r.send(chat, "<p>lost</p>")
	for range 8 {
		if wait := r.Deliver(t.Context()); wait > 0 && wait <= time.Hour {
			r.clock.Add(wait)
		}
	}
	h.answer(0)
	r.Deliver(t.Context())
	want("after an hour of refusals")
	r.send(chat, "<p>heard</p>")
	r.Deliver(t.Context())
	r.Deliver(t.Context())
	want("when it answers again", "created", "missed")
	// the token of the tests lasts a day
	r.clock.Add(begin.Add(24*time.Hour - 10*time.Minute).Sub(r.clock.Now()))
	r.Deliver(t.Context())
	r.Deliver(t.Context())
	want("before the token ends", "reauthorizationRequired")
	r.by(r.me).do("POST", "/subscriptions/"+id+"/reauthorize", nil).want(204)
	r.clock.Add(2 * time.Hour)
	x := r.by(r.me)
	x.send(chat, "<p>after</p>")
	r.Deliver(t.Context())
	want("after it was authorised anew", "created")
	r.EndSubscriptions()
	r.Deliver(t.Context())
	want("when a policy ends it", "subscriptionRemoved")
	x.do("POST", "/subscriptions", x.subscription(h, "/chats/"+chat+"/messages")).want(201)
	r.clock.Add(time.Minute)
	r.Knobs.Revoke(r.me.OID)
	if _, err := r.Say(colleague.OID, chat, "unheard"); err != nil {
		t.Fatal(err)
	}
	r.Deliver(t.Context())
	want("when the person's sign-in is revoked", "subscriptionRemoved")
}

func TestResourceDataIsSealed(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	h := newHook(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{SerialNumber: big.NewInt(1)}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	chat := r.chat("group")
	r.do("POST", "/subscriptions", r.subscription(h, "/chats/"+chat+"/messages", "includeResourceData", true,
		"encryptionCertificate", base64.StdEncoding.EncodeToString(der), "encryptionCertificateId", "c1")).want(201)
	r.send(chat, "<p>sealed words</p>")
	r.Deliver(t.Context())
	got := h.taken()
	if len(got) != 1 || got[0]["tokens"] != 1 {
		t.Fatalf("got %v, want one notification with a validation token", got)
	}
	part := func(name string) []byte {
		data, err := base64.StdEncoding.DecodeString(text(got[0], "encryptedContent/"+name))
		if err != nil || len(data) == 0 {
			t.Fatalf("read %s: %v", name, err)
		}
		return data
	}
	secret, err := rsa.DecryptOAEP(sha1.New(), nil, key, part("dataKey"), nil)
	if err != nil {
		t.Fatal(err)
	}
	data := part("data")
	mac := hmac.New(sha256.New, secret)
	mac.Write(data)
	if !hmac.Equal(mac.Sum(nil), part("dataSignature")) {
		t.Error("the signature is wrong")
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCDecrypter(block, secret[:16]).CryptBlocks(data, data)
	data = data[:len(data)-int(data[len(data)-1])]
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil || text(m, "body/content") != "<p>sealed words</p>" {
		t.Errorf("got %s, %v", data, err)
	}
	if text(got[0], "encryptedContent/encryptionCertificateId") != "c1" || len(text(got[0], "encryptedContent/encryptionCertificateThumbprint")) != 40 {
		t.Errorf("got %v", got[0]["encryptedContent"])
	}
}
