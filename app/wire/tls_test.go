package wire_test

import (
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chatpane/app/wire"
)

// trusted starts a TLS server and a transport that trusts its certificate,
// which is for example.com and 127.0.0.1.
func trusted(t *testing.T, h http.HandlerFunc) (*httptest.Server, *http.Transport) {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	tr := wire.NewTransport()
	tr.TLSClientConfig.RootCAs = x509.NewCertPool()
	tr.TLSClientConfig.RootCAs.AddCert(srv.Certificate())
	t.Cleanup(tr.CloseIdleConnections)
	return srv, tr
}

func TestHTTP2IsSpokenAndACutOneLeavesTheOutcomeOpen(t *testing.T) {
	t.Parallel()
	srv, tr := trusted(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/cut" {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, r.Proto)
	})
	h := client(t, srv.URL, wire.Options{Transport: tr})
	resp, err := h.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if string(got) != "HTTP/2.0" {
		t.Errorf("spoke %s", got)
	}
	if _, err := h.Post(srv.URL+"/cut", "text/plain", strings.NewReader("hello")); err == nil || errors.Is(err, wire.ErrUnsent) {
		t.Errorf("got %v", err)
	}
}

func TestACertificateOfAnotherNameIsRefused(t *testing.T) {
	t.Parallel()
	srv, tr := trusted(t, func(http.ResponseWriter, *http.Request) { t.Error("the request arrived") })
	other := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	_, err := client(t, other, wire.Options{Transport: tr}).Get(other)
	var name x509.HostnameError
	if !errors.As(err, &name) || !errors.Is(err, wire.ErrUnsent) || !errors.Is(err, wire.ErrOffline) {
		t.Errorf("got %v", err)
	}
}

func TestAHugeHeaderIsRefused(t *testing.T) {
	t.Parallel()
	srv, tr := trusted(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Huge", strings.Repeat("x", 1<<20))
	})
	resp, err := client(t, srv.URL, wire.Options{Transport: tr}).Get(srv.URL)
	if err == nil {
		t.Errorf("%d bytes of header were taken", len(resp.Header.Get("X-Huge")))
		resp.Body.Close()
	}
}
