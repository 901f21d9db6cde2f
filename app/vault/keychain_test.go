package vault_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"

	"chatpane/app/vault"
)

func TestErrorsOfTheLibraryAreToldApart(t *testing.T) {
	t.Parallel()
	odd := errors.New("failed to unlock correct collection")
	var text string
	var fault error
	k := vault.OSKeychainForTest(
		func(service, user string) (string, error) {
			if service != "Chatpane" || user != "a/k0" {
				t.Errorf("asked for %s, %s", service, user)
			}
			return text, fault
		},
		func(_, _, password string) error { text = password; return fault },
		func(_, _ string) error { return fault }, time.Second)
	if err := k.Set("a/k0", []byte{0, 255, 10}); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Get("a/k0"); err != nil || !bytes.Equal(got, []byte{0, 255, 10}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, c := range []struct{ fault, want, not error }{
		{keyring.ErrNotFound, vault.ErrNoKey, vault.ErrKeychain}, {odd, vault.ErrKeychain, vault.ErrNoKey},
		{keyring.ErrUnsupportedPlatform, vault.ErrKeychain, vault.ErrNoKey},
	} {
		fault = c.fault
		_, getErr := k.Get("a/k0")
		for name, err := range map[string]error{"get": getErr, "set": k.Set("a/k0", nil), "delete": k.Delete("a/k0")} {
			if !errors.Is(err, c.want) || errors.Is(err, c.not) {
				t.Errorf("%s, %v: got %v", name, c.fault, err)
			}
		}
	}
	fault, text = nil, "not base64!"
	if _, err := k.Get("a/k0"); !errors.Is(err, vault.ErrTampered) {
		t.Errorf("not base64: %v", err)
	}
}

func TestASilentKeychainIsGivenUpAndCallsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var done []string
		answer := make(chan struct{})
		k := vault.OSKeychainForTest(
			func(_, _ string) (string, error) { return "AAAA", nil },
			func(_, user, _ string) error {
				if user == "slow" {
					<-answer
				}
				done = append(done, user)
				return nil
			},
			func(_, _ string) error { return nil }, 5*time.Second)
		start := time.Now()
		if err := k.Set("slow", nil); !errors.Is(err, vault.ErrKeychain) || time.Since(start) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if err := k.Set("second", nil); !errors.Is(err, vault.ErrKeychain) || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		close(answer)
		synctest.Wait()
		if err := k.Set("third", nil); err != nil {
			t.Error(err)
		}
		if got := strings.Join(done, ","); got != "slow,third" {
			t.Errorf("done: %s", got)
		}
	})
}

// TestTheSecretServiceOfLinux runs the test of a real key ring in a D-Bus
// session of its own, once unlocked and once locked.
func TestTheSecretServiceOfLinux(t *testing.T) {
	t.Parallel()
	if mode := os.Getenv("CHATPANE_KEYRING_TEST"); mode != "" {
		realKeyring(t, mode)
		return
	}
	for _, tool := range []string{"dbus-run-session", "gnome-keyring-daemon", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s on this machine", tool)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for mode, start := range map[string]string{
		"unlocked": `printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$0" -test.run '^TestTheSecretServiceOfLinux$'`,
		"locked":   `gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1; exec "$0" -test.run '^TestTheSecretServiceOfLinux$'`,
		"absent":   `DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent exec "$0" -test.run '^TestTheSecretServiceOfLinux$'`,
	} {
		home := t.TempDir()
		cmd := exec.Command("dbus-run-session", "--", "sh", "-c", start, self)
		cmd.Env = append(os.Environ(), "CHATPANE_KEYRING_TEST="+mode, "HOME="+home, "XDG_DATA_HOME="+home,
			"XDG_RUNTIME_DIR="+home, "XDG_CACHE_HOME="+home, "XDG_CONFIG_HOME="+home)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", mode, err, out)
		}
	}
}

func realKeyring(t *testing.T, mode string) {
	k := vault.OSKeychain("Chatpane test", 2*time.Second)
	start := time.Now()
	v, err := vault.Open(place(t), account, k)
	if mode != "unlocked" {
		if !errors.Is(err, vault.ErrKeychain) || time.Since(start) > 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(v.AddChats("19:a"), v.Shred("19:a"), v.Destroy()); err != nil {
		t.Error(err)
	}
	if _, err := k.Get(account + "/k0"); !errors.Is(err, vault.ErrNoKey) {
		t.Errorf("after the destruction: %v", err)
	}
}
