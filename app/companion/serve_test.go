package companion_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chatpane/app/companion"
	"chatpane/app/entra"
)

// certificate makes a certificate of its own, and the PEM files of it.
func certificate(t *testing.T) (cred entra.Credential, certFile, keyFile string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return entra.Credential{Certificate: cert, Key: key}, certFile, keyFile
}

func TestItProvesItselfByACertificate(t *testing.T) {
	t.Parallel()
	cred, _, _ := certificate(t)
	r := newRig(t, func(o *companion.Options) { o.Credential = cred })
	if got := r.join(r.ben, r.link); got.status != http.StatusServiceUnavailable {
		t.Errorf("with a certificate that nobody registered: %v", got)
	}
	r.box.TrustCompanionKey(&cred.Key.PublicKey)
	if got := r.join(r.ben, r.link); got.outcome != "joined" {
		t.Errorf("with a registered certificate: %v", got)
	}
}

func TestConfigurationSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	_, cert, key := certificate(t)
	_, otherCert, _ := certificate(t)
	good := []string{
		"CHATPANE_COMPANION_TENANT_ID=11111111-2222-3333-4444-555555555555", "CHATPANE_COMPANION_CLIENT_ID=21111111-2222-3333-4444-555555555555",
		"CHATPANE_COMPANION_DESKTOP_CLIENT_IDS=31111111-2222-3333-4444-555555555555", "CHATPANE_COMPANION_ENVIRONMENTS=https://contoso.crm4.dynamics.com",
		"CHATPANE_COMPANION_CERTIFICATE=" + cert, "CHATPANE_COMPANION_CERTIFICATE_KEY=" + key, "PATH=/bin",
	}
	start := func(file string, more ...string) error {
		c, err := companion.LoadConfig(file, append(append([]string{}, good...), more...))
		if err != nil {
			return err
		}
		o, err := c.Options()
		if err != nil {
			return err
		}
		o.Audit = io.Discard
		_, err = companion.New(o)
		return err
	}
	if err := start(""); err != nil {
		t.Fatalf("a good configuration: %v", err)
	}
	for env, want := range map[string]string{
		"TENANT_ID=contoso.com":                                       "tenantId",
		"CLIENT_ID=x":                                                 "clientId",
		"DESKTOP_CLIENT_IDS=x":                                        "desktopClientIds",
		"ENVIRONMENTS=https://evil.example":                           "no Dynamics environment",
		"ENVIRONMENTS=http://contoso.crm4.dynamics.com":               "no Dynamics environment",
		"ENVIRONMENTS=https://contoso.crm4.dynamics.com,https://x.de": "no Dynamics environment",
		"CLOUD=moon":                                                  "cloud",
		"LISTEN=203.0.113.7:443":                                      "public address",
		"TLS_CERTIFICATE=/x":                                          "belong together",
		"CERTIFICATE=" + otherCert:                                    "not the key of",
		"CERTIFICATE_KEY=":                                            "belong together",
		"CLIENT_SECRET=s3cret":                                        "development only",
		"CHAT_PER_MINUTE=5":                                           "chatPerMinute",
		"PERSON_PER_DAY=-1":                                           "negative",
		"PERSON_PER_MINUTE=many":                                      "number",
		"ALLOW_GUESTS=perhaps":                                        "true or false",
		"NO_SUCH=1":                                                   "no such setting",
		"NAME=":                                                       "name",
		"SCOPE=":                                                      "scope",
		"ENVIRONMENTS=https://contoso.crm4.dynamics.com.evil.example": "no Dynamics environment",
	} {
		if err := start("", "CHATPANE_COMPANION_"+env); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want a sentence with %q", env, err, want)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the sentence holds the secret: %v", env, err)
		}
	}
	file := filepath.Join(t.TempDir(), "c.json")
	if err := os.WriteFile(file, []byte(`{"tenant": "x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := start(file); err == nil || !strings.Contains(err.Error(), "tenant") {
		t.Errorf("an unknown setting in the file: %v", err)
	}
	if err := start("../../build/companion/companion.json"); err != nil {
		t.Errorf("the example: %v", err)
	}
}

func TestItFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	r.must(err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.server.Serve(ctx, l) }()
	begun := make(chan struct{})
	r.box.Knobs.ResetCounts()
	r.box.Knobs.Delay("graph GET", 300*time.Millisecond, 1)
	answered := make(chan int, 1)
	go func() {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+l.Addr().String()+"/join", strings.NewReader(r.body(r.link)))
		if err != nil {
			answered <- 0
			return
		}
		req.Header.Set("Authorization", "Bearer "+r.box.Token(r.ben.OID, "companion"))
		close(begun)
		res, err := new(http.Transport).RoundTrip(req)
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		res.Body.Close()
		answered <- res.StatusCode
	}()
	<-begun
	for r.box.Knobs.Requests("dataverse POST") == 0 { // it is under way
		select {
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	if got := <-answered; got != http.StatusOK {
		t.Errorf("the request under way was answered %d", got)
	}
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("the end: %v", err)
	}
	if _, err := net.DialTimeout("tcp", l.Addr().String(), time.Second); err == nil {
		t.Error("it still listens")
	}
}
