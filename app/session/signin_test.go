package session

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"chatpane/app/sandbox"
	"chatpane/app/vault"
	"chatpane/app/wire"
)

func smallBox() *sandbox.Sandbox {
	return sandbox.New(sandbox.Options{Seed: 7, Chats: 20, Messages: 200, Cases: 10})
}

func TestSignInOpensTheAccountAndComesBack(t *testing.T) {
	t.Parallel()
	box := smallBox()
	dir, keys := t.TempDir(), vault.MemoryKeychain()
	m := newMachine(t, box, dir, keys, nil)
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := m.await(func(a Account) bool { return a.Phase == "signedIn" })
	if a.Name != box.People[0].Name || !a.Persistent || len(a.Environments) != 2 || a.Environment == "" {
		t.Errorf("account %+v", a)
	}
	m.stop()
	again := newMachine(t, box, dir, keys, nil)
	if a := *again.Changes(0).Account; a.Phase != "signedIn" || a.Name != box.People[0].Name {
		t.Errorf("after a restart: %+v; want the account back without a browser", a)
	}
}

// The window tells that it can be seen before anybody has signed in.
func TestASessionKnowsThatTheWindowIsVisible(t *testing.T) {
	t.Parallel()
	m := newMachine(t, smallBox(), "", vault.MemoryKeychain(), nil)
	m.Visible(true)
	m.Active()
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := m.Session()
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.present.is(time.Now()) {
		t.Errorf("the session thinks that nobody is there: %+v", s.present)
	}
}

func TestSignInThatDoesNotHappen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		who    string
		change func(*Config)
		knob   func(*sandbox.Knobs)
		want   string
	}{
		"the user denies":               {who: "deny", want: "signInDeclined"},
		"an account of another tenant":  {knob: func(k *sandbox.Knobs) { k.IDToken("tid", "11111111-2222-3333-4444-555555555555") }, want: "wrongTenant"},
		"a forged nonce":                {knob: func(k *sandbox.Knobs) { k.IDToken("nonce", "other") }, want: "identity"},
		"consent is missing":            {knob: func(k *sandbox.Knobs) { k.RefuseSignIn("65001") }, want: "consent"},
		"an administrator must agree":   {knob: func(k *sandbox.Knobs) { k.RefuseSignIn("90094") }, want: "adminConsent"},
		"conditional access refuses":    {knob: func(k *sandbox.Knobs) { k.RefuseSignIn("53003") }, want: "accessPolicy"},
		"the browser cannot be started": {change: func(c *Config) { c.OpenURL = func(string) error { return errors.New("no browser") } }, want: "noBrowser"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := smallBox()
			m := newMachine(t, box, t.TempDir(), vault.MemoryKeychain(), c.change)
			if c.who != "" {
				m.who = c.who
			}
			if c.knob != nil {
				c.knob(box.Knobs)
			}
			err := m.SignIn(t.Context())
			a := *m.Changes(0).Account
			if codeOf(err) != c.want || a.Phase != "signedOut" || a.Problem == nil || a.Problem.Code != c.want {
				t.Errorf("SignIn: %v (%s), account %s with problem %+v; want %s", err, codeOf(err), a.Phase, a.Problem, c.want)
			}
			if entries, _ := os.ReadDir(m.dir); len(entries) != 0 {
				t.Errorf("a sign-in that did not happen left %v on disk", entries)
			}
		})
	}
}

func TestSignInCanBeCancelled(t *testing.T) {
	t.Parallel()
	m := newMachine(t, smallBox(), t.TempDir(), vault.MemoryKeychain(), nil)
	m.who = "close"
	done := make(chan error, 1)
	go func() { done <- m.SignIn(t.Context()) }()
	m.await(func(a Account) bool { return a.Phase == "signingIn" })
	if err := m.SignIn(t.Context()); codeOf(err) != "signInRunning" {
		t.Errorf("a second sign-in at the same time: %v", err)
	}
	m.CancelSignIn()
	if err := <-done; codeOf(err) != "signInCancelled" {
		t.Errorf("cancelled sign-in: %v", err)
	}
	m.await(func(a Account) bool { return a.Phase == "signedOut" && a.Problem.Code == "signInCancelled" })
}

func TestDeviceCodeSignIn(t *testing.T) {
	t.Parallel()
	box := smallBox()
	off := newMachine(t, box, "", vault.MemoryKeychain(), nil)
	if err := off.SignInWithCode(t.Context()); codeOf(err) != "deviceCodeOff" {
		t.Errorf("device code without policy: %v", err)
	}
	m := newMachine(t, box, "", vault.MemoryKeychain(), func(c *Config) { c.Policy.DeviceCode = true })
	done := make(chan error, 1)
	go func() { done <- m.SignInWithCode(t.Context()) }()
	a := m.await(func(a Account) bool { return a.DeviceCode != "" })
	if err := box.ApproveDevice(a.DeviceCode, box.People[0].UPN); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatalf("sign in with %s at %s: %v", a.DeviceCode, a.DeviceURL, err)
	}
	if a := m.await(func(a Account) bool { return a.Phase == "signedIn" }); a.DeviceCode != "" {
		t.Errorf("the code is still shown: %+v", a)
	}
}

// brokenKeychain is a machine without one.
type brokenKeychain struct{}

func (brokenKeychain) Get(string) ([]byte, error) { return nil, vault.ErrKeychain }
func (brokenKeychain) Set(string, []byte) error   { return vault.ErrKeychain }
func (brokenKeychain) Delete(string) error        { return vault.ErrKeychain }

func TestWithoutKeychainNothingIsKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := newMachine(t, smallBox(), dir, brokenKeychain{}, nil)
	if a := *m.Changes(0).Account; a.Persistent || a.Phase != "signedOut" {
		t.Errorf("before signing in: %+v; want it said that nothing is kept", a)
	}
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := m.await(func(a Account) bool { return a.Phase == "signedIn" }); a.Persistent {
		t.Errorf("account %+v; want one that is not kept", a)
	}
	if found := files(dir); len(found) != 0 {
		t.Errorf("kept on disk: %v", found)
	}
}

func files(dir string) []string {
	var out []string
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return nil
	})
	return out
}

func TestSignOutRemovesKeysTokensAndCache(t *testing.T) {
	t.Parallel()
	box := smallBox()
	dir, keys := t.TempDir(), vault.MemoryKeychain()
	m := newMachine(t, box, dir, keys, nil)
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := m.Session()
	if err != nil {
		t.Fatal(err)
	}
	var id string
	for _, c := range box.ListRooms() {
		if strings.Contains(strings.Join(c.Members, " "), s.me.OID) {
			id = c.ID
		}
	}
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		if list, _ := s.store.Chats(); len(list) > 0 {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	box.Knobs.Offline(true)
	if _, err := s.Send(t.Context(), Compose{Chat: id, HTML: "<p>unsent</p>"}); err != nil {
		t.Fatal(err)
	}
	if err := m.SignOut(t.Context()); codeOf(err) != "unsent" {
		t.Fatalf("sign out with a message unsent: %v", err)
	}
	if a := *m.Changes(0).Account; a.Phase != "signedIn" || a.Unsent != 1 {
		t.Errorf("account %+v; want it still signed in with one unsent", a)
	}
	if err := m.SignOutDiscarding(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := files(dir); len(found) != 0 {
		t.Errorf("left on disk: %v", found)
	}
	name := box.TenantID + "/" + box.People[0].OID
	for _, key := range []string{"/k0", "/kp"} {
		if _, err := keys.Get(name + key); !errors.Is(err, vault.ErrNoKey) {
			t.Errorf("key %s is still in the keychain (%v)", key, err)
		}
	}
	c := m.Changes(0)
	if c.Account.Phase != "signedOut" || len(c.Chats)+len(c.Lists)+len(c.Records) != 0 {
		t.Errorf("the board still shows the account: %d chats", len(c.Chats))
	}
	if _, err := m.Session(); codeOf(err) != "signedOut" {
		t.Errorf("Session: %v", err)
	}
}

// A claims challenge that only the user can answer asks for a sign-in, carries
// the claims there, and the waiting message goes on afterwards.
func TestClaimsChallengeIsAnswered(t *testing.T) {
	t.Parallel()
	box := smallBox()
	m := newMachine(t, box, t.TempDir(), vault.MemoryKeychain(), nil)
	var asked []string
	browse := m.o.OpenURL
	m.o.OpenURL = func(address string) error {
		u, err := url.Parse(address)
		if err == nil {
			asked = append(asked, u.Query().Get("claims"))
		}
		return browse(address)
	}
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	box.Knobs.ClaimsChallenge(box.People[0].OID)
	s, err := m.Session()
	if err != nil {
		t.Fatal(err)
	}
	s.Visible(true)
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatalf("sign in again: %v", err)
	}
	for _, claims := range asked {
		var v struct {
			AccessToken map[string]json.RawMessage `json:"access_token"`
		}
		if err := json.Unmarshal([]byte(claims), &v); err != nil || v.AccessToken["xms_cc"] == nil {
			t.Errorf("claims %s lack the capability cp1", claims)
		}
	}
	s, err = m.Session()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.graph.Me(t.Context()); err != nil {
		t.Errorf("after answering the challenge Graph refuses: %v", err)
	}
}

func TestASecondProgramIsToldSo(t *testing.T) {
	t.Parallel()
	box := smallBox()
	dir, keys := t.TempDir(), vault.MemoryKeychain()
	m := newMachine(t, box, dir, keys, nil)
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := newMachine(t, box, dir, keys, nil)
	a := *second.Changes(0).Account
	if a.Phase != "signedOut" || a.Problem == nil || a.Problem.Code != "secondInstance" {
		t.Errorf("the second program shows %s with %+v; want that another one runs", a.Phase, a.Problem)
	}
	if a := *m.Changes(0).Account; a.Phase != "signedIn" {
		t.Errorf("the first one was disturbed: %+v", a)
	}
}

func TestTokensNeverReachALog(t *testing.T) {
	t.Parallel()
	box := smallBox()
	var log strings.Builder
	lines := make(chan string, 10000)
	m := newMachine(t, box, t.TempDir(), vault.MemoryKeychain(), func(c *Config) {
		c.Log = slog.New(wire.RedactHandler(slog.NewTextHandler(lineWriter(lines), &slog.HandlerOptions{Level: slog.LevelDebug})))
	})
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := m.Session()
	if err != nil {
		t.Fatal(err)
	}
	box.Knobs.Fail("GET /me", 403, 2)
	_, _ = s.graph.Me(t.Context())
	_, _ = s.FindPeople(t.Context(), "Secretname", "")
	m.stop()
	close(lines)
	for l := range lines {
		log.WriteString(l)
	}
	for _, secret := range []string{"eyJ", "Secretname", "code_verifier", box.People[0].Name, box.People[0].UPN} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

type lineWriter chan string

func (w lineWriter) Write(b []byte) (int, error) {
	w <- string(b)
	return len(b), nil
}

// Switching the environment opens the same account in the other one, and back;
// the records of one are refused in the other with a sentence.
func TestChooseEnvironment(t *testing.T) {
	t.Parallel()
	box := smallBox()
	m := newMachine(t, box, t.TempDir(), vault.MemoryKeychain(), nil)
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := m.await(func(a Account) bool { return a.Phase == "signedIn" })
	first, second := a.Environments[0].URL, a.Environments[1].URL
	if err := m.ChooseEnvironment(t.Context(), "https://evil.crm.dynamics.com"); codeOf(err) != "wrongEnvironment" {
		t.Errorf("an unknown environment: %v", err)
	}
	if err := m.ChooseEnvironment(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	m.await(func(a Account) bool { return a.Phase == "signedIn" && a.Environment == second })
	s, err := m.Session()
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.OpenRecord(t.Context(), first+"/main.aspx?pagetype=entityrecord&etn=incident&id="+box.Cases[0].ID)
	if codeOf(err) != "otherEnvironment" {
		t.Errorf("a record of the first environment: %v", err)
	}
	if err := m.ChooseEnvironment(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	m.await(func(a Account) bool { return a.Environment == first })
}

// A link from outside that cannot be opened is told once, in a row that the
// pane can show: before a sign-in this was a page gone blank.
func TestALinkBeforeSigningInIsTold(t *testing.T) {
	t.Parallel()
	m := newMachine(t, smallBox(), "", vault.MemoryKeychain(), nil)
	_, err := m.Session()
	seq := m.Changes(0).Seq
	m.Tell(err)
	c := m.Changes(seq)
	if len(c.Notices) != 1 || c.Notices[0].Code != "problem.signedOut" {
		t.Fatalf("notices %+v", c.Notices)
	}
	noNil(t, "Change", reflect.ValueOf(c))
	for _, a := range []any{m.Hello(), m.Diagnostics(), *m.Changes(0).Account} {
		noNil(t, reflect.TypeOf(a).Name(), reflect.ValueOf(a))
	}
}
