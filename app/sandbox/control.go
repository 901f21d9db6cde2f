package sandbox

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// turn is what POST /sandbox/knobs takes: one knob and how it is set.
type turn struct {
	Knob    string   `json:"knob"`
	On      bool     `json:"on"`
	Match   string   `json:"match"`
	Status  int      `json:"status"`
	Times   int      `json:"times"`
	Millis  int64    `json:"millis"`
	Size    int      `json:"size"`
	Value   string   `json:"value"`
	Scopes  []string `json:"scopes"`
	Chat    string   `json:"chat"`
	Text    string   `json:"text"`
	Persons []string `json:"persons"`
	// Table, Row and Values are of Dataverse's knobs.
	Table  string         `json:"table"`
	Row    string         `json:"row"`
	Values map[string]any `json:"values"`
}

// control lets another process turn the knobs and look at the state: it wants
// the secret of this run, and exists only while the sandbox has ports.
func (s *Sandbox) control(w http.ResponseWriter, r *http.Request) {
	v := s.Knobs.attached()
	if v == nil || r.Host != strings.TrimSuffix(strings.TrimPrefix(v.Control, "http://"), "/sandbox") && "http://"+r.Host != s.origin(serviceEntra) {
		http.NotFound(w, r)
		return
	}
	want := "Bearer " + v.Secret
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(want)) != 1 {
		http.Error(w, "The secret of this run is missing.", http.StatusUnauthorized)
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /sandbox/knobs":
		var t turn
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&t); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := s.turn(t); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	case "GET /sandbox/state":
		q := r.URL.Query()
		counts := map[string]int{}
		for c, n := range s.Knobs.Counts() {
			counts[c.Kind] += n
		}
		writeJSON(w, http.StatusOK, map[string]any{"messages": s.CountMessages(q.Get("chat"), q.Get("text")), "requests": counts})
	default:
		http.NotFound(w, r)
	}
}

// turn sets one knob.
func (s *Sandbox) turn(t turn) error {
	k := s.Knobs
	wait := time.Duration(t.Millis) * time.Millisecond
	person := func(i int) string {
		if i < len(t.Persons) {
			return t.Persons[i]
		}
		return ""
	}
	switch t.Knob {
	case "reset":
		k.Reset()
	case "offline":
		return k.Offline(t.On)
	case "throttle":
		k.ThrottleKind(t.Match, t.Times, wait)
	case "fail":
		k.Fail(t.Match, t.Status, t.Times)
	case "cut":
		k.Cut(t.Match, When(t.Value), t.Times)
	case "fault":
		f, err := ParseFault(t.Value)
		if err != nil {
			return err
		}
		return k.Inject(f)
	case "delay":
		k.Delay(t.Match, wait, t.Times)
	case "html":
		k.HTML(t.Match, t.Times)
	case "half":
		k.HalfJSON(t.Match, t.Times)
	case "huge":
		k.Huge(t.Match, t.Size, t.Times)
	case "foreignlink":
		k.ForeignLink(t.Match, t.Times)
	case "stripmarker":
		k.StripMarker(t.On)
	case "refuseorder":
		k.RefuseOrder(t.On)
	case "expiretokens":
		k.ExpireTokens()
	case "withhold":
		k.Withhold(t.Scopes...)
	case "refusesignin":
		k.RefuseSignIn(t.Value)
	case "claimschallenge":
		if s.person(person(0)) == nil {
			return fmt.Errorf("challenge: nobody is called %q", person(0))
		}
		k.ClaimsChallenge(person(0))
	case "stepup", "revoke":
		if s.person(person(0)) == nil {
			return fmt.Errorf("%s: nobody is called %q", t.Knob, person(0))
		}
		if t.Knob == "revoke" {
			k.Revoke(person(0))
		} else {
			k.StepUp(person(0), t.Value)
		}
	case "consent":
		k.Consent(Consent(t.Value), t.Scopes...)
	case "removemember":
		return s.RemoveMember(t.Chat, person(0))
	case "tokenlife":
		k.TokenLife(wait)
	case "say":
		_, err := s.Say(person(0), t.Chat, t.Text)
		return err
	case "answer":
		return s.Answer(t.Chat)
	case "addmember":
		return s.AddMember(t.Chat, person(0), person(1))
	case "approvedevice":
		return s.ApproveDevice(t.Value, person(0))
	default:
		if mine, err := s.turnDataverse(t); mine {
			return err
		}
		return fmt.Errorf("no knob is called %q", t.Knob)
	}
	return nil
}
