package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"chatpane/app/sandbox"
)

// described is the line that is printed.
type described struct {
	sandbox.Description
	EntraTLS string `json:"entraTls"` // origin of sign-in over TLS
	CAFile   string `json:"caFile"`   // PEM of the authority that its certificate is of
	// Control and Secret are of the knobs, and told only when asked for.
	Control string `json:"control,omitempty"`
	Secret  string `json:"secret,omitempty"`
}

const caName = "authority.pem"

// doors is how many ports of a fixed address the sandbox takes before this one.
const doors = 6

// secure opens Entra over TLS and leaves its authority in a new folder. With a
// fixed address it takes the port after those of the services.
func secure(server *sandbox.Server, addr string) (origin, dir string, err error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", "", fmt.Errorf("read the address %s: %w", addr, err)
	}
	if n, err := strconv.Atoi(port); err == nil && n > 0 {
		port = strconv.Itoa(n + doors)
	}
	origin, authority, err := server.SecureEntra(net.JoinHostPort(host, port))
	if err != nil {
		return "", "", fmt.Errorf("serve Entra over TLS: %w", err)
	}
	if dir, err = os.MkdirTemp("", "chatpane-sandbox-"); err != nil {
		return "", "", fmt.Errorf("keep the authority: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, caName), authority, 0o600); err != nil {
		return "", "", fmt.Errorf("keep the authority: %w", err)
	}
	return origin, dir, nil
}
