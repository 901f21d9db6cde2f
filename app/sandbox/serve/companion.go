package main

import (
	"context"
	"fmt"
	"io"

	"chatpane/app/companion"
	"chatpane/app/sandbox"
)

// startCompanion starts the real companion beside the sandbox, on a free port;
// its audit goes to out. It returns where it is, and what serves there.
func startCompanion(s *sandbox.Sandbox, limited bool, out io.Writer) (origin string, serve func(context.Context) error, err error) {
	o := s.Origins()
	l := companion.Local{
		Authority: o["entra"], Graph: o["graph"], TenantID: s.TenantID, ClientID: sandbox.CompanionClientID, Desktop: s.ClientID,
		Secret: sandbox.CompanionSecret, Environments: []string{o["dataverse"], o["training"]}, Name: "Chatpane Companion", Audit: out,
	}
	if limited {
		l.Limits = companion.DefaultLimits()
	}
	if origin, serve, err = l.Start("127.0.0.1:0"); err != nil {
		return "", nil, fmt.Errorf("start the companion: %w", err)
	}
	return origin, serve, nil
}
