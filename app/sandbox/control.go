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
		writeJSON(w, http.StatusOK, map[string]any{"messages": s.CountMessages(q.Get("chat"), q.Get("text")), "requests": counts, "perMinute": s.Knobs.PerMinute(q.Get("kind"))})
	default:
		http.NotFound(w, r)
	}
}

// turn sets one knob.
func (s *Sandbox) turn(t turn) error {
	for _, some := range []func(turn) (bool, error){s.turnWire, s.turnSignIn, s.turnCompany, s.turnDataverse} {
		if mine, err := some(t); mine {
			return err
		}
	}
	return fmt.Errorf("no knob is called %q", t.Knob)
}

func (t turn) wait() time.Duration { return time.Duration(t.Millis) * time.Millisecond }

// person is the i-th person of a turn, empty when there are fewer.
func (t turn) person(i int) string {
	if i < len(t.Persons) {
		return t.Persons[i]
	}
	return ""
}

// turnWire sets the knobs of requests and answers.
func (s *Sandbox) turnWire(t turn) (mine bool, err error) {
	k := s.Knobs
	switch t.Knob {
	case "reset":
		k.Reset()
	case "offline":
		return true, k.Offline(t.On)
	case "throttle":
		k.ThrottleKind(t.Match, t.Times, t.wait())
	case "fail":
		k.Fail(t.Match, t.Status, t.Times)
	case "cut":
		k.Cut(t.Match, When(t.Value), t.Times)
	case "fault":
		f, err := ParseFault(t.Value)
		if err != nil {
			return true, err
		}
		return true, k.Inject(f)
	case "delay":
		k.Delay(t.Match, t.wait(), t.Times)
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
	case "shortpages":
		k.ShortPages(t.Size)
	case "endsubscriptions":
		s.EndSubscriptions()
	case "refuseorder":
		k.RefuseOrder(t.On)
	default:
		return false, nil
	}
	return true, nil
}

// turnSignIn sets the knobs of Entra.
func (s *Sandbox) turnSignIn(t turn) (mine bool, err error) {
	k := s.Knobs
	switch t.Knob {
	case "expiretokens":
		k.ExpireTokens()
	case "tokenlife":
		k.TokenLife(t.wait())
	case "withhold":
		k.Withhold(t.Scopes...)
	case "consent":
		if how := Consent(t.Value); how != ConsentUser && how != ConsentAdmin && how != "" {
			return true, fmt.Errorf("consent is %q or %q, not %q", ConsentUser, ConsentAdmin, how)
		}
		k.Consent(Consent(t.Value), t.Scopes...)
	case "refusesignin":
		k.RefuseSignIn(t.Value)
	case "approvedevice":
		return true, s.ApproveDevice(t.Value, t.person(0))
	case "claimschallenge", "stepup", "revoke":
		who := t.person(0)
		if s.person(who) == nil {
			return true, fmt.Errorf("%s: nobody is called %q", t.Knob, who)
		}
		switch t.Knob {
		case "claimschallenge":
			k.ClaimsChallenge(who)
		case "stepup":
			k.StepUp(who, t.Value)
		default:
			k.Revoke(who)
		}
	default:
		return false, nil
	}
	return true, nil
}

// turnCompany lets people do things.
func (s *Sandbox) turnCompany(t turn) (mine bool, err error) {
	switch t.Knob {
	case "say":
		_, err = s.Say(t.person(0), t.Chat, t.Text)
	case "answer":
		err = s.Answer(t.Chat)
	case "act":
		if !s.Act(t.Value) {
			err = fmt.Errorf("act: there is nothing to %s", t.Value)
		}
	case "addmember":
		err = s.AddMember(t.Chat, t.person(0), t.person(1))
	case "removemember":
		err = s.RemoveMember(t.Chat, t.person(0))
	case "rename":
		err = s.Rename(t.Chat, t.person(0), t.Text)
	default:
		return false, nil
	}
	return true, err
}
