// Package policy knows the settings of Chatpane: the ones an administrator
// manages for the machine and the ones the user chose, merged and typed.
//
// Managed settings win, and a setting they fix is named in Locked, so that the
// pane can say so. It promises that a missing file means defaults, and that a
// damaged or unknown managed setting is an error that names it, never a
// silent default: an administrator must notice. No secret is ever kept here.
package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Policy are the managed settings of the machine (product.md 14.2). The JSON
// names are those of the policy file.
type Policy struct {
	// TenantID is the Entra tenant, a GUID or domain; "" lets any organisation sign in.
	TenantID string `json:"tenantId"`
	// ClientID is the application (client) id of the app registration.
	ClientID string `json:"clientId"`
	// Cloud is "global", "gcc", "gcch", "dod" or "china".
	Cloud string `json:"cloud"`
	// DeviceCode allows signing in with a device code.
	DeviceCode bool `json:"deviceCode"`
	// HideOtherChats hides chats that belong to no record.
	HideOtherChats bool `json:"hideOtherChats"`
	// SyncStrict turns the clocks of background reading off.
	SyncStrict bool `json:"sync.strict"`
	// RequestBudgetPerHour is how many Graph requests an hour may cost.
	RequestBudgetPerHour int `json:"requestBudgetPerHour"`
	// CacheDir replaces the folder of the cache; "" is the user's local one.
	CacheDir string `json:"cacheDir"`
	// MemoryOnly keeps nothing on disk (VDI).
	MemoryOnly bool `json:"memoryOnly"`
	// ImageHosts are the hosts whose linked pictures are shown without a click.
	ImageHosts []string `json:"imageHosts"`
	// AskAfterHours is how long a message may wait unsent before the user is asked.
	AskAfterHours int `json:"askAfterHours"`
	// RetentionDays is for how many days messages stay in the cache after they
	// were written, CacheMegabytes how much all of them may take; 0 = no limit.
	// The newest message of a chat always stays.
	RetentionDays  int `json:"retentionDays"`
	CacheMegabytes int `json:"cacheMegabytes"`
	// MediaMegabytes is how much the pictures of messages and people may take;
	// the oldest go first. 0 = no limit.
	MediaMegabytes int `json:"mediaMegabytes"`
	// PicturesAhead reads the pictures of linked chats before somebody looks at
	// them, so that they are there offline; without it those that were seen are.
	PicturesAhead bool `json:"picturesAhead"`
	// Companion is the origin of the organisation's companion server, https;
	// without one nobody can join a chat by himself. CompanionScope is the
	// permission it exposes, such as "api://…/chat.join".
	Companion      string `json:"companion"`
	CompanionScope string `json:"companionScope"`
	// ApplicationNames name applications by their id where Teams does not, such
	// as Microsoft's "Dynamics 365 collaboration with Microsoft Teams".
	ApplicationNames map[string]string `json:"applicationNames"`
	// Fixed are user settings that the user cannot change, by their JSON names.
	Fixed map[string]json.RawMessage `json:"settings"`
}

// Default is the policy of a machine without a policy file.
func Default() Policy {
	return Policy{
		Cloud: "global", RequestBudgetPerHour: 150, AskAfterHours: 24, MediaMegabytes: 500, PicturesAhead: true,
		ImageHosts: []string{"media.giphy.com", "media0.giphy.com", "media1.giphy.com", "media2.giphy.com",
			"media3.giphy.com", "media4.giphy.com", "i.giphy.com", "media.tenor.com", "c.tenor.com"},
	}
}

// Path is where the managed settings of this machine are.
func Path() string {
	switch runtime.GOOS {
	case "windows":
		return filepath.Join(os.Getenv("ProgramData"), "Chatpane", "policy.json")
	case "darwin":
		return "/Library/Application Support/Chatpane/policy.json"
	}
	return "/etc/chatpane/policy.json"
}

// Load reads the managed settings from a file; a missing file gives the
// defaults. An unknown key or a value of the wrong type is an error.
func Load(path string) (Policy, error) {
	p := Default()
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read policy: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return Default(), fmt.Errorf("read policy %s: %w", path, err)
	}
	if err := p.check(); err != nil {
		return Default(), fmt.Errorf("read policy %s: %w", path, err)
	}
	return p, nil
}

func (p Policy) check() error {
	switch {
	case !slices.Contains([]string{"global", "gcc", "gcch", "dod", "china"}, p.Cloud):
		return fmt.Errorf("cloud %q is not known", p.Cloud)
	case p.RequestBudgetPerHour < 10:
		return errors.New("requestBudgetPerHour is below 10")
	case p.AskAfterHours < 1:
		return errors.New("askAfterHours is below 1")
	case p.Companion != "" && !httpsOrigin(p.Companion):
		return errors.New("companion is no https origin")
	case (p.Companion == "") != (p.CompanionScope == ""):
		return errors.New("companion and companionScope belong together")
	}
	var s Settings
	for name, raw := range p.Fixed {
		one, err := json.Marshal(map[string]json.RawMessage{name: raw})
		if err == nil {
			err = decodeStrict(one, &s)
		}
		if err != nil {
			return fmt.Errorf("settings.%s: %w", name, err)
		}
	}
	return nil
}

// httpsOrigin reports whether a text is an https address of nothing but a host.
func httpsOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && (u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == ""
}

func decodeStrict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// AllowsImage reports whether pictures of a host are shown without a click.
func (p Policy) AllowsImage(host string) bool {
	return slices.Contains(p.ImageHosts, strings.ToLower(host))
}
