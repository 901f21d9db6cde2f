package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"syscall"
)

// What can go wrong besides what the server answers.
var (
	// ErrUnsent marks a request that certainly never left this machine.
	ErrUnsent = errors.New("request not sent")
	// ErrOffline marks a failure of the network: no connection to the server
	// could be made. A request that failed with it also never left.
	ErrOffline = errors.New("server not reachable")
	// ErrToken marks a request that was not sent because no token could be had.
	ErrToken = errors.New("no token")
	// ErrForeignOrigin is the refusal of a request to another origin than the
	// client's. No token was asked for.
	ErrForeignOrigin = errors.New("address of a foreign origin")
	// ErrRedirect is the refusal to follow a redirect.
	ErrRedirect = errors.New("server answered with a redirect")
	// ErrTooLarge means that a body exceeds its cap.
	ErrTooLarge = errors.New("body too large")
	// ErrTooSlow means that the server sent its answer slower than 1 KiB in 30 seconds.
	ErrTooSlow = errors.New("answer too slow")
)

// failure is an error with the marks above. It prints only the cause, which
// says enough, and keeps the marks for errors.Is.
type failure struct {
	cause error
	marks []error
}

func (f *failure) Error() string { return f.cause.Error() }

func (f *failure) Unwrap() []error { return append([]error{f.cause}, f.marks...) }

// unsent marks err as the failure of a request that never left.
func unsent(err error, more ...error) error {
	return &failure{err, append([]error{ErrUnsent}, more...)}
}

// isDialError reports whether err can only come from making a connection. It
// serves transports that do not report their connections.
func isDialError(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return true
	}
	var dns *net.DNSError
	var verify *tls.CertificateVerificationError
	var host x509.HostnameError
	var authority x509.UnknownAuthorityError
	return errors.As(err, &dns) || errors.As(err, &verify) || errors.As(err, &host) ||
		errors.As(err, &authority) || errors.Is(err, syscall.ECONNREFUSED)
}

// sendError turns the error of a round trip into one that tells whether the
// request left. asked and got tell whether a connection was asked for and
// obtained; a transport that reports neither is judged by its error.
func sendError(err error, asked, got bool) error {
	if got || !asked && !isDialError(err) {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return unsent(err)
	}
	return unsent(err, ErrOffline)
}
