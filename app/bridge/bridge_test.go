package bridge_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"chatpane/app/bridge"
	"chatpane/app/entra"
	"chatpane/app/policy"
	"chatpane/app/session"
	"chatpane/app/vault"
)

// desk is a machine on which opening an address panics.
type desk struct{ shaken bool }

func (*desk) OpenURL(string) error                                     { panic("secret text") }
func (*desk) CopyText(context.Context, string) error                   { return errors.New("no clipboard") }
func (*desk) SaveFile(context.Context, string, []byte) (string, error) { return "", nil }
func (d *desk) Handshake()                                             { d.shaken = true }
func (*desk) OnTop(bool)                                               {}

func newApp(t *testing.T, log io.Writer) (*bridge.App, *desk) {
	t.Helper()
	settings, err := policy.OpenSettings("", policy.Default())
	if err != nil {
		t.Fatal(err)
	}
	l := slog.New(slog.NewTextHandler(log, nil))
	core := session.NewCore(session.Config{Version: "1", Policy: policy.Default(), Settings: settings, Keychain: vault.MemoryKeychain(),
		Cloud: entra.Clouds()[0], ClientID: "c", Ping: func(int64) {}, Log: l, Language: "en"})
	d := &desk{}
	return bridge.New(core, d, l), d
}

// Wails generates TypeScript from these signatures and loses what is not a
// text, a number, a bool, a struct or a slice of these, and any second result
// but an error (architecture.md, "bridge").
func TestSignaturesSurviveTheGenerator(t *testing.T) {
	t.Parallel()
	app := reflect.TypeFor[*bridge.App]()
	failure := reflect.TypeFor[error]()
	for i := range app.NumMethod() {
		m := app.Method(i)
		for p := 1; p < m.Type.NumIn(); p++ {
			plain(t, m.Name, m.Type.In(p), nil)
		}
		n := m.Type.NumOut()
		if n == 0 || n > 2 || m.Type.Out(n-1) != failure {
			t.Errorf("%s must return an error last, and at most one value before it", m.Name)
			continue
		}
		if n == 2 {
			plain(t, m.Name, m.Type.Out(0), nil)
		}
	}
}

func plain(t *testing.T, where string, typ reflect.Type, seen []reflect.Type) {
	t.Helper()
	for _, s := range seen {
		if s == typ {
			return
		}
	}
	seen = append(seen, typ)
	switch typ.Kind() {
	case reflect.Bool, reflect.Int64, reflect.Float64:
	case reflect.String:
		if typ.Name() != "string" {
			t.Errorf("%s: the named text %v breaks the generated types", where, typ)
		}
	case reflect.Slice, reflect.Pointer:
		plain(t, where, typ.Elem(), seen)
	case reflect.Struct:
		if typ.PkgPath() == "time" {
			t.Errorf("%s: %v becomes any in TypeScript", where, typ)
			return
		}
		for i := range typ.NumField() {
			f := typ.Field(i)
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if tag == "" || tag[0] < 'a' || tag[0] > 'z' {
				t.Errorf("%s: field %s.%s has no name for the pane", where, typ.Name(), f.Name)
			}
			plain(t, where+" → "+typ.Name()+"."+f.Name, f.Type, seen)
		}
	default:
		t.Errorf("%s: %v is lost on the way to the pane", where, typ)
	}
}

// Every call answers: an error becomes a Problem as JSON text, a panic too,
// and what it held does not reach the log.
func TestErrorsAndPanicsBecomeProblems(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	app, _ := newApp(t, &log)
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a call that needs an account": {call(app.OpenRecord("x")), "signedOut"},
		"a machine that fails":         {app.CopyText("x"), "unexpected"},
		"a panic":                      {app.OpenExternal("https://example.com"), "unexpected"},
	} {
		text, ok := bridge.FormatError(c.err).(string)
		var p session.Problem
		if err := json.Unmarshal([]byte(text), &p); !ok || err != nil || p.Code != c.want {
			t.Errorf("%s: %q (%v), want a problem %s as JSON text", name, text, err, c.want)
		}
	}
	if strings.Contains(log.String(), "secret text") {
		t.Error("the log holds what a panic held")
	}
}

func call[T any](_ T, err error) error { return err }

func TestHelloShakesHands(t *testing.T) {
	t.Parallel()
	app, d := newApp(t, io.Discard)
	h, err := app.Hello()
	if err != nil || h.Version != "1" || h.Language != "en" || !d.shaken {
		t.Errorf("Hello: %+v, %v, handshake %v", h, err, d.shaken)
	}
}

func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	t.Parallel()
	app, _ := newApp(t, io.Discard)
	files := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") })
	h := bridge.Assets(app, files)
	for path, status := range map[string]int{"/": 200, "/media/forged": 404, "/media/..%2Fetc%2Fpasswd": 404, "/photo/nobody": 404} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		csp := w.Header().Get("Content-Security-Policy")
		if w.Code != status || !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-src 'none'") ||
			w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: status %d (want %d), headers %v", path, w.Code, status, w.Header())
		}
	}
}
