package bridge

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"chatpane/app/session"
)

// policyOfContent is the one content security policy (frontend.md). The pane's
// index.html repeats it.
const policyOfContent = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; frame-src 'none'; child-src 'none'; worker-src 'none'; object-src 'none'; media-src 'self'; " +
	"base-uri 'none'; form-action 'none'"

// mediaWait is how long an image may take.
const mediaWait = 30 * time.Second

// Assets serves the pane's files with its security headers, and the images of
// messages and people below /media/ and /photo/, so that the page itself never
// loads anything from elsewhere.
func Assets(a *App, files http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", files)
	mux.HandleFunc("GET /media/{id}", func(w http.ResponseWriter, r *http.Request) {
		serveImage(a, w, r, func(ctx context.Context, s *session.Session) ([]byte, string, error) {
			return s.Media(ctx, r.PathValue("id"))
		})
	})
	mux.HandleFunc("GET /photo/{user}", func(w http.ResponseWriter, r *http.Request) {
		serveImage(a, w, r, func(ctx context.Context, s *session.Session) ([]byte, string, error) {
			size := r.URL.Query().Get("s")
			return s.Photo(ctx, r.PathValue("user"), size+"x"+size)
		})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policyOfContent)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), clipboard-read=(), payment=(), usb=()")
		mux.ServeHTTP(w, r)
	})
}

// serveImage answers with an image whose type Go has checked, or with 404.
func serveImage(a *App, w http.ResponseWriter, r *http.Request, read func(context.Context, *session.Session) ([]byte, string, error)) {
	type picture struct {
		data []byte
		kind string
	}
	ctx, cancel := context.WithTimeout(r.Context(), mediaWait)
	defer cancel()
	p, err := in(a, "image", mediaWait, func(_ context.Context, s *session.Session) (picture, error) {
		data, kind, err := read(ctx, s)
		return picture{data, kind}, err
	})
	if err != nil || !strings.HasPrefix(p.kind, "image/") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", p.kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(p.data)))
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, _ = w.Write(p.data) // the page went away
}
