package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"time"
)

// serviceEntraTLS is the second door of Entra, for clients that refuse plain
// http there, as Microsoft's do. What is handed out through a door names it.
const serviceEntraTLS = "entraTls"

// here is the origin of the door of Entra that a request came through.
func (s *Sandbox) here(r *http.Request) string {
	if r.TLS != nil {
		return s.origin(serviceEntraTLS)
	}
	return s.origin(serviceEntra)
}

// SecureEntra serves Entra over TLS too, on one more loopback port, under a
// certificate of an authority made for this run. It returns the origin and the
// authority's certificate as PEM; no key leaves memory. It is called at most
// once, before the first request.
func (v *Server) SecureEntra(addr string) (origin string, authority []byte, err error) {
	s := v.knobs.s
	host, port, err := splitLoopback(addr)
	if err != nil {
		return "", nil, err
	}
	// Certificates are judged by the real clock, whatever the sandbox's says.
	cert, authority, err := throwAway(net.ParseIP(host), time.Now())
	if err != nil {
		return "", nil, fmt.Errorf("make a certificate: %w", err)
	}
	g, err := openGate(fmt.Sprintf("%s:%d", host, port))
	if err != nil {
		return "", nil, fmt.Errorf("listen for Entra over TLS: %w", err)
	}
	origin = "https://" + g.addr
	s.addresses.Lock()
	s.origins[serviceEntraTLS] = origin
	s.addresses.Unlock()
	v.gates = append(v.gates, g)
	v.serve(g, s.handlers[serviceEntra], &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
	return origin, authority, nil
}

// throwAway makes an authority and a certificate of it for loopback, both valid
// for two days around now.
func throwAway(ip net.IP, now time.Time) (tls.Certificate, []byte, error) {
	caKey, err1 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	key, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err := errors.Join(err1, err2); err != nil {
		return tls.Certificate{}, nil, err
	}
	from, until := now.Add(-24*time.Hour), now.Add(48*time.Hour)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Chatpane sandbox, this run only"}, NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"}, NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{ip}}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), nil
}
