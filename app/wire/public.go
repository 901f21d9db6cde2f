package wire

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// errNotPublic refuses to connect to an address that is not public.
var errNotPublic = errors.New("address is not public")

// NewPublicTransport is like [NewTransport], but connects to public addresses
// only. The check comes after the name was resolved, so a name that leads
// inside is refused too (threats.md B7). It is for content named by others.
func NewPublicTransport() *http.Transport {
	t := NewTransport()
	d := net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !isPublic(at.Addr()) {
			return errNotPublic
		}
		return nil
	}}
	t.DialContext = d.DialContext
	t.Proxy = nil
	return t
}

// reserved are the ranges that netip does not name but nobody serves pictures from.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001::/32"),
}

func isPublic(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Zone() != "" {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
