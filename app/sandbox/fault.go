package sandbox

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"
)

// writeFault writes an error that no handler decided on, in the form that the
// asked service uses.
func (s *Sandbox) writeFault(w http.ResponseWriter, r *http.Request, status int, after time.Duration) {
	if after > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(int(math.Ceil(after.Seconds()))))
	}
	text := http.StatusText(status)
	switch {
	case strings.HasPrefix(r.URL.Path, "/v1.0/"):
		code := strings.ReplaceAll(text, " ", "")
		e := &graphError{status: status, code: code, message: text + "."}
		if status == http.StatusTooManyRequests {
			e.message = "Please retry again later."
			e.inner = map[string]any{"code": "429", "message": "Please retry after", "status": "429"}
		}
		stampRequest(w, r)
		e.write(w, r, s.Now())
	case strings.Contains(r.URL.Path, "/oauth2/"):
		writeJSON(w, status, map[string]any{"error": "temporarily_unavailable", "error_description": "AADSTS90033: A transient error has occurred. Please try again.", "error_codes": []int{90033}})
	default:
		dvSend(w, r, dvFailure(status).reply(false))
	}
}

// writeJSON writes v as Microsoft writes JSON: no HTML escapes.
func writeJSON(w http.ResponseWriter, status int, v any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.Encode(v) // the answer has begun; there is nobody to tell
}
