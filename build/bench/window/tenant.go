//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"chatpane/build/stage"
)

// tenant is the sandbox, in a process of its own: what it needs in memory and
// CPU must not count as the pane's.
type tenant struct {
	file string // its description, for the flag -tenant of a demo build
	upn  string // of the agent to sign in as
}

// serve starts the sandbox, of typical size unless company says something else,
// and keeps its description.
func serve(ctx context.Context, s *stage.Stage, program string, company ...string) (tenant, error) {
	cmd := s.Command(context.WithoutCancel(ctx), program, append([]string{"-limits", "off"}, company...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return tenant{}, err
	}
	if err := s.Launch(cmd); err != nil {
		return tenant{}, fmt.Errorf("start the sandbox: %w", err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return tenant{}, fmt.Errorf("read where the sandbox is: %w", err)
	}
	var d struct {
		Users []struct{ UPN, Role string } `json:"users"`
	}
	if err := json.Unmarshal(line, &d); err != nil {
		return tenant{}, fmt.Errorf("read where the sandbox is: %w", err)
	}
	t := tenant{file: filepath.Join(s.Dir(), "tenant.json")}
	for _, u := range d.Users {
		if t.upn == "" && strings.EqualFold(u.Role, "agent") {
			t.upn = u.UPN
		}
	}
	if t.upn == "" {
		return tenant{}, errors.New("the sandbox names no agent to sign in as")
	}
	return t, os.WriteFile(t.file, line, 0o600)
}

// browse is the browser of the stage: it chooses the person on the sandbox's
// sign-in page and follows to where that leads.
func browse(ctx context.Context, upn, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("open the sign-in page: %w", err)
	}
	q := u.Query()
	q.Set("sandbox_user", upn)
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return fmt.Errorf("open the sign-in page: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("open the sign-in page: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("sign in as %s: %s", upn, res.Status)
	}
	return nil
}

// described is what a refill needs of the sandbox's description.
type described struct {
	Graph string `json:"graph"` // with /v1.0
	Users []struct {
		ID     string                 `json:"id"`
		Tokens struct{ Graph string } `json:"tokens"`
	} `json:"users"`
}

func readTenant(file string) (d described, err error) {
	line, err := os.ReadFile(file)
	if err != nil {
		return d, fmt.Errorf("read where the sandbox is: %w", err)
	}
	if err := json.Unmarshal(line, &d); err != nil {
		return d, fmt.Errorf("read where the sandbox is: %w", err)
	}
	return d, nil
}

func (d described) origin() string { return strings.TrimSuffix(d.Graph, "/v1.0") }

// token is an access token of a person for Graph, "" for nobody.
func (d described) token(oid string) string {
	for _, u := range d.Users {
		if u.ID == oid {
			return u.Tokens.Graph
		}
	}
	return ""
}
