package policy_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"chatpane/app/policy"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"an empty object is the defaults":    {`{}`, true},
		"known settings are taken":           {`{"tenantId":"t","cloud":"gcch","sync.strict":true,"requestBudgetPerHour":40}`, true},
		"an unknown setting is named":        {`{"tenant":"t"}`, false},
		"a wrong type is named":              {`{"deviceCode":"yes"}`, false},
		"an unknown cloud is refused":        {`{"cloud":"mars"}`, false},
		"a budget too small is refused":      {`{"requestBudgetPerHour":1}`, false},
		"half a file is refused":             {`{"tenantId":`, false},
		"an unknown fixed setting is named":  {`{"settings":{"colour":"red"}}`, false},
		"a companion is an https origin":     {`{"companion":"https://join.contoso.com","companionScope":"api://x/chat.join"}`, true},
		"a companion without TLS is refused": {`{"companion":"http://join.contoso.com","companionScope":"api://x/chat.join"}`, false},
		"a companion with a user is refused": {`{"companion":"https://a@join.contoso.com","companionScope":"api://x/chat.join"}`, false},
		"a companion needs its scope":        {`{"companion":"https://join.contoso.com"}`, false},
		"a fixed setting must have its type": {`{"settings":{"zoom":"big"}}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := policy.Load(write(t, c.text))
			if (err == nil) != c.ok {
				t.Fatalf("Load(%s): error %v, want success %v", c.text, err, c.ok)
			}
			if err != nil && p.RequestBudgetPerHour != policy.Default().RequestBudgetPerHour {
				t.Errorf("a refused policy must leave the defaults, got %+v", p)
			}
		})
	}
	if p, err := policy.Load(filepath.Join(t.TempDir(), "none.json")); err != nil || p.Cloud != "global" {
		t.Errorf("no policy file: %+v, %v; want the defaults", p, err)
	}
}

func TestFixedSettingsWin(t *testing.T) {
	t.Parallel()
	p, err := policy.Load(write(t, `{"settings":{"theme":"dark","onTop":true}}`))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "deep", "settings.json")
	s, err := policy.OpenSettings(path, p)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Edit(func(s *policy.Settings) { s.Theme, s.OnTop, s.Zoom = "light", false, 900 })
	if err != nil {
		t.Fatal(err)
	}
	if got.Theme != "dark" || !got.OnTop || got.Zoom != 200 {
		t.Errorf("after an edit: %+v; want the fixed theme and onTop, and zoom at its limit", got)
	}
	if !slices.Equal(s.Locked(), []string{"onTop", "theme"}) {
		t.Errorf("locked %v", s.Locked())
	}
	free, err := policy.OpenSettings(path, policy.Default())
	if err != nil || free.Get().Zoom != 200 {
		t.Errorf("read again: %+v, %v; want the zoom kept", free.Get(), err)
	}
}

func TestDamagedSettingsAreDefaults(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(path, []byte(`{"theme":"lig`), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := policy.OpenSettings(path, policy.Default())
	if err != nil || s.Get().Theme != "system" || !s.Get().EnterSends {
		t.Errorf("damaged file: %+v, %v; want the defaults", s.Get(), err)
	}
}

func TestAllowsImage(t *testing.T) {
	t.Parallel()
	p := policy.Default()
	if !p.AllowsImage("Media.Giphy.com") || p.AllowsImage("media.giphy.com.evil.example") || p.AllowsImage("") {
		t.Error("image hosts must match whole and in any case")
	}
}
