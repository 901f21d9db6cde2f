package sandbox_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"chatpane/app/sandbox"
)

// control sends to the knobs of a running sandbox.
func control(t *testing.T, v *sandbox.Server, secret, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, v.Control+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(data)
}

func TestServerOverLoopback(t *testing.T) {
	r := newRig(t, small)
	v, err := r.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{}
	r.client = &http.Client{Transport: tr}
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		http.DefaultClient.CloseIdleConnections()
		if err := v.Close(); err != nil {
			t.Error(err)
		}
		goleak.VerifyNone(t, goleak.IgnoreCurrent())
	})
	r.token = r.Token(r.me.OID, "graph")
	chat := r.chat("group")
	origins := map[string]bool{}
	for _, o := range r.Origins() {
		origins[o] = true
	}
	if len(origins) != len(r.Origins()) || !strings.HasPrefix(r.Origins()["graph"], "http://127.0.0.1:") {
		t.Errorf("got origins %v", r.Origins())
	}
	id := r.send(chat, `<p>over the wire</p>`)
	if _, body := control(t, v, v.Secret, "GET", "/state?chat="+escape(chat)+"&text=over+the+wire", ""); !strings.Contains(body, `"messages":1`) {
		t.Errorf("got state %s", body)
	}
	for _, secret := range []string{"", "wrong"} {
		if status, _ := control(t, v, secret, "POST", "/knobs", `{"knob":"offline","on":true}`); status != 401 {
			t.Errorf("secret %q: got status %d", secret, status)
		}
	}
	if status, body := control(t, v, v.Secret, "POST", "/knobs", `{"knob":"banana"}`); status != 400 || !strings.Contains(body, "banana") {
		t.Errorf("got %d %s", status, body)
	}
	if status, body := control(t, v, v.Secret, "POST", "/knobs", `{"knob":"offline","on":true}`); status != 204 {
		t.Fatalf("go offline: %d %s", status, body)
	}
	if _, err := r.try("GET", "/me", nil); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("offline: got %v, want a refused connection", err)
	}
	if status, body := control(t, v, v.Secret, "POST", "/knobs", `{"knob":"offline","on":false}`); status != 204 {
		t.Fatalf("go online: %d %s", status, body)
	}
	r.get("/chats/" + escape(chat) + "/messages/" + id).want(200)
	r.Knobs.Cut("graph GET /me", sandbox.Before, 1)
	if g, err := r.try("GET", "/me/", nil); err == nil && g.status < 400 {
		t.Errorf("cut: got %d", g.status)
	}
}

func TestServerListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	for _, addr := range []string{":0", "0.0.0.0:0", "[::]:0", "nonsense"} {
		if v, err := r.Start(addr); err == nil {
			t.Errorf("%s: started", addr)
			v.Close()
		}
	}
}

func TestControlTurnsTheKnobs(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	v, err := r.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	r.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r.token = r.Token(r.me.OID, "graph")
	chat := r.chat("group")
	turn := func(body string) {
		t.Helper()
		if status, text := control(t, v, v.Secret, "POST", "/knobs", body); status != 204 {
			t.Fatalf("%s: got %d %s", body, status, text)
		}
	}
	turn(`{"knob":"throttle","match":"graph GET /me","times":1,"millis":3000}`)
	r.get("/me").want(429)
	turn(`{"knob":"fail","match":"graph GET /me","status":503,"times":0}`)
	r.get("/me").want(503)
	turn(`{"knob":"reset"}`)
	turn(`{"knob":"html","match":"graph GET /me","times":1}`)
	if g := r.get("/me"); !bytes.Contains(g.body, []byte("<!doctype html>")) {
		t.Errorf("got %s", g.body)
	}
	turn(`{"knob":"cut","match":"graph GET /me","value":"after","times":1}`)
	if _, err := r.try("GET", "/me", nil, "Connection", "close"); err == nil {
		g := r.get("/me")
		t.Logf("net/http asked again after the cut: %d", g.status)
	}
	other := r.colleague(chat)
	turn(`{"knob":"say","chat":"` + chat + `","persons":["` + other.me.UPN + `"],"text":"<p>said by control</p>"}`)
	if n := r.CountMessages(chat, "said by control"); n != 1 {
		t.Errorf("got %d messages", n)
	}
	turn(`{"knob":"expiretokens"}`)
	r.get("/me").want(401)
}
