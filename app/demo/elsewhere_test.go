//go:build demo

package demo

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chatpane/app/sandbox"
)

func TestTheBannerCutsTheNetworkOfASandboxThatRunsElsewhere(t *testing.T) {
	t.Parallel()
	box := sandbox.New(sandbox.Options{Seed: 1, Chats: 5, Messages: 20})
	server, err := box.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	whole := printed{box.Describe(), server.Control, server.Secret}
	for _, c := range []struct {
		name    string
		printed printed
		want    int
	}{
		{"with its knobs", whole, http.StatusNoContent},
		{"with a wrong secret", printed{whole.Description, whole.Control, "wrong"}, http.StatusBadGateway},
		{"without its knobs", printed{Description: whole.Description}, http.StatusBadGateway},
	} {
		line, err := json.Marshal(c.printed)
		if err != nil {
			t.Fatal(err)
		}
		trial := &tenant{elsewhere: filepath.Join(t.TempDir(), "tenant.json")}
		if err := os.WriteFile(trial.elsewhere, line, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := trial.Open(slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		for _, state := range []string{"offline", "online"} {
			answer := httptest.NewRecorder()
			body := strings.NewReader(`{"state":"` + state + `"}`)
			trial.Handler(http.NotFoundHandler()).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/demo/network", body))
			if answer.Code != c.want {
				t.Errorf("%s, %s: got status %d, want %d", c.name, state, answer.Code, c.want)
			}
			res, err := http.Get(whole.Graph + "/me")
			if err == nil {
				res.Body.Close()
			}
			if got, want := err != nil, c.want == http.StatusNoContent && state == "offline"; got != want {
				t.Errorf("%s, %s: got cut off %v, want %v", c.name, state, got, want)
			}
		}
		if err := trial.Close(); err != nil {
			t.Error(err)
		}
	}
}
