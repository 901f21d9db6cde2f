package wire

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

var errOrigin = errors.New("not an http(s) origin")

// Origin returns the origin of an address in its one normal form:
// scheme://host[:port], lower case, without the scheme's default port. It
// refuses user names, fragments of hosts, and names that are not plain ASCII.
func Origin(rawURL string) (string, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		// The error of url.Parse repeats the address, which may hold a secret.
		return "", errOrigin
	}
	return originOf(u)
}

func originOf(u *url.URL) (string, error) {
	scheme := strings.ToLower(u.Scheme)
	if scheme != "https" && scheme != "http" || u.Opaque != "" || u.User != nil {
		return "", errOrigin
	}
	host := strings.ToLower(u.Hostname())
	if !plainHost(host) {
		return "", errOrigin
	}
	port := u.Port()
	if port == "" && strings.HasSuffix(u.Host, ":") {
		return "", errOrigin
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		return scheme + "://" + host, nil
	}
	return scheme + "://" + host + ":" + port, nil
}

func plainHost(host string) bool {
	if host == "" || strings.HasSuffix(host, ".") || strings.HasPrefix(host, ".") {
		return false
	}
	if strings.Contains(host, ":") {
		a, err := netip.ParseAddr(host)
		return err == nil && a.Zone() == ""
	}
	for _, r := range host {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.' {
			return false
		}
	}
	return true
}

// loopback reports whether the origin's host is this machine.
func loopback(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	if u.Hostname() == "localhost" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}

// checkOrigin normalises the origin a client is to be bound to.
func checkOrigin(origin string, allowLoopbackHTTP bool) (string, error) {
	o, err := Origin(origin)
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(o, "http://") && !(allowLoopbackHTTP && loopback(o)) {
		return "", fmt.Errorf("%s: plain http is refused", o)
	}
	return o, nil
}
