package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"chatpane/app/wire"
)

func TestOriginHasOneNormalForm(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://graph.microsoft.com/v1.0":   "https://graph.microsoft.com",
		"HTTPS://Graph.Microsoft.COM:443":    "https://graph.microsoft.com",
		"http://localhost:80/x":              "http://localhost",
		"https://localhost:8443/?q#f":        "https://localhost:8443",
		"https://[2001:DB8::1]:8443":         "https://[2001:db8::1]:8443",
		"https://user@graph.microsoft.com":   "",
		"https://graph.microsoft.com.":       "",
		"https://.graph.microsoft.com":       "",
		"https://graph.microsoft.com:":       "",
		"https://gräph.microsoft.com":        "",
		"https://graph.microsoft.com\\@evil": "",
		"https://[fe80::1%25eth0]/":          "",
		"https:graph.microsoft.com":          "",
		"//graph.microsoft.com":              "",
		"/v1.0/me":                           "",
		"ftp://graph.microsoft.com":          "",
		"https://":                           "",
		"https://a b/":                       "",
		"https://graph_x.com":                "",
	} {
		got, err := wire.Origin(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestASecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	const canary = "eyCANARY.secret"
	s := wire.NewSecret(canary)
	type holder struct {
		Name   string
		Secret wire.Secret
		Ptr    *wire.Secret
		hidden wire.Secret
	}
	h := holder{"x", s, &s, s}
	if h.hidden.Reveal() != canary {
		t.Error("Reveal does not give the secret")
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%20s"} {
		fmt.Fprintf(&out, verb+verb+verb+verb, s, h, &h, map[string]wire.Secret{"a": s})
	}
	fmt.Fprint(&out, s, h)
	data, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(data)
	for _, lh := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(lh).Info("x", "secret", s, "holder", h)
	}
	if got := out.String(); strings.Contains(got, "CANARY") || strings.Contains(got, "6579434") {
		t.Errorf("the secret was printed: %s", got)
	}
	if (wire.Secret{}).Reveal() != "" {
		t.Error("the zero value is not empty")
	}
}

func TestTheHandlerLetsOnlyListedAttributesThrough(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(wire.RedactHandler(slog.NewTextHandler(&out, nil)))
	log.With("name", "CANARY1", "chat", "19:a@thread.v2").WithGroup("g").Info("opening https://x.example/CANARY2?q=CANARY3",
		"body", "CANARY4", "status", 200, "took", 3*time.Second,
		"err", fmt.Errorf("call: %w", &url.Error{Op: "Get", URL: "https://user:CANARY5@graph.example/me?code=CANARY6#CANARY7", Err: errors.New("cut")}),
		slog.Group("kind", slog.String("subject", "CANARY8"), slog.String("code", "403")),
		"where", "Bearer CANARY9", "op", struct{ X string }{"CANARYa"}, "code", "eyJCANARYb0123456.eyJhIn0.x",
		"state", wire.NewSecret("CANARYc"))
	got := out.String()
	if strings.Contains(got, "CANARY") {
		t.Errorf("something slipped through: %s", got)
	}
	for _, want := range []string{"chat=19:a@thread.v2", "g.status=200", "g.took=3s", "https://graph.example/…", "cut", "g.kind.code=403", "https://x.example/…"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing: %s", want, got)
		}
	}
}
