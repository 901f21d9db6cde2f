package main

import (
	"bufio"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"chatpane/app/companion"
	"chatpane/app/sandbox"
)

// place is where the companion finds the company, and then where it is itself.
type place struct {
	Entra, Graph, Environment string
	Tenant, Desktop           string
	Origin                    string
	Audit                     bool // keep the audit, so that it can be checked
}

// join is one request, and whom it lets into which chat.
type join struct{ Token, Link, Chat, Person string }

// plan is the line the company prints when it is ready.
type plan struct {
	Place  place
	Joins  []join
	Forged []string
}

// order tells the company to throw people out and what is to fail; it answers
// with added.
type order struct {
	Remove []join
	Faults []sandbox.Fault
}

// check asks the companion about its audit; it answers with audited.
type check struct{}

// audited is how many whole lines the audit has, or what is wrong with it.
type audited struct {
	Lines int
	Error string
}

// added is how often Graph was asked to add a member.
type added struct{ Added int }

// company is the child that serves the sandbox until its input ends.
func company() error {
	s := sandbox.New(sandbox.Options{Seed: 5, Chats: 600, Messages: 1800, Cases: 20})
	server, err := s.Start("127.0.0.1:0")
	if err != nil {
		return err
	}
	o := s.Origins()
	p := plan{Place: place{Entra: o["entra"], Graph: o["graph"], Environment: o["dataverse"], Tenant: s.TenantID, Desktop: s.ClientID}}
	if p.Joins, err = pairs(s, warm+joins); err != nil {
		return err
	}
	if p.Forged, err = forged(s, p.Joins[0].Token); err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(p); err != nil {
		return err
	}
	for in := json.NewDecoder(bufio.NewReader(os.Stdin)); ; {
		var do order
		if err := in.Decode(&do); errors.Is(err, io.EOF) {
			return server.Close()
		} else if err != nil {
			return err
		}
		for _, j := range do.Remove {
			if err := s.RemoveMember(j.Chat, j.Person); err != nil {
				return err
			}
		}
		for _, f := range do.Faults {
			if err := s.Knobs.Inject(f); err != nil {
				return err
			}
		}
		if err := out.Encode(added{s.Knobs.Requests("graph POST /chats/{id}/members")}); err != nil {
			return err
		}
	}
}

// pairs connects group chats to a case, each by one of its members, and lists
// the people who may write the case and are not in the chat.
func pairs(s *sandbox.Sandbox, n int) ([]join, error) {
	tokens := map[string]string{}
	var able []*sandbox.Person
	for _, p := range s.People {
		if p.SystemUserID != "" && (p.Role == "supervisor" || p.Role == "admin" || p.Role == "agent") {
			able = append(able, p)
			tokens[p.OID] = s.Token(p.OID, "companion")
		}
	}
	cas, err := writable(s, able)
	if err != nil {
		return nil, err
	}
	var out []join
	for _, c := range s.Describe().Chats {
		if !strings.HasSuffix(c.ID, "@thread.v2") || strings.Contains(c.ID, "meeting") || len(out) >= n {
			continue
		}
		in := map[string]bool{}
		for _, m := range c.Members {
			in[m] = true
		}
		link := ""
		for _, p := range able {
			if in[p.OID] && link == "" {
				if link, err = s.AddLink(c.ID, "incident", cas.id, p.OID); err != nil {
					return nil, err
				}
			}
		}
		for _, p := range cas.writers {
			if link != "" && !in[p.OID] && len(out) < n {
				out = append(out, join{tokens[p.OID], link, c.ID, p.OID})
			}
		}
	}
	if len(out) < n {
		return nil, fmt.Errorf("the company has only %d people to join chats, not %d", len(out), n)
	}
	return out, nil
}

// forged are tokens that somebody without the service's key, or with a token
// for something else, could send.
func forged(s *sandbox.Sandbox, good string) ([]string, error) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	part := strings.Split(good, ".")
	data, err := base64.RawURLEncoding.DecodeString(part[1])
	var claims map[string]any
	if err != nil || json.Unmarshal(data, &claims) != nil {
		return nil, errors.New("the company's token is unreadable")
	}
	raw := base64.RawURLEncoding
	out := []string{
		raw.EncodeToString([]byte(`{"alg":"none"}`)) + "." + part[1] + ".",
		part[0] + "." + part[1] + "." + strings.Repeat("A", len(part[2])),
		s.Token(claims["oid"].(string), "graph"), s.Token(claims["oid"].(string), "dataverse"), s.AppToken("graph"),
	}
	text := part[0] + "." + part[1]
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(nil, other, crypto.SHA256, sum[:])
	if err != nil {
		return nil, err
	}
	out = append(out, text+"."+raw.EncodeToString(sig))
	head, err := raw.DecodeString(part[0])
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]any{
		"aud": "another", "tid": "11111111-2222-3333-4444-555555555555", "iss": "https://evil.example/v2.0", "exp": time.Now().Add(-time.Hour).Unix(),
		"nbf": time.Now().Add(time.Hour).Unix(), "scp": "other", "azp": "another", "acct": 1, "idtyp": "app", "ver": "1.0",
	} {
		was, had := claims[name]
		claims[name] = value
		spoilt, err := json.Marshal(claims)
		if err != nil {
			return nil, err
		}
		out = append(out, s.Forge(string(head), string(spoilt)))
		if claims[name] = was; !had {
			delete(claims, name)
		}
	}
	return out, nil
}

// serve is the child that is measured: a companion on one core.
func serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	var p place
	if err := in.Decode(&p); err != nil {
		return fmt.Errorf("read where the company is: %w", err)
	}
	audit, err := os.CreateTemp("", "chatpane-audit")
	if err != nil {
		return err
	}
	defer os.Remove(audit.Name())
	defer audit.Close()
	kept := io.Writer(audit)
	if !p.Audit {
		kept = io.Discard
	}
	origin, run, err := companion.Local{
		Authority: p.Entra, Graph: p.Graph, TenantID: p.Tenant, ClientID: sandbox.CompanionClientID, Desktop: p.Desktop, Secret: sandbox.CompanionSecret,
		Environments: []string{p.Environment}, Name: "Companion", Audit: kept,
	}.Start("127.0.0.1:0")
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	if err := json.NewEncoder(os.Stdout).Encode(place{Origin: origin}); err != nil {
		return err
	}
	for in.Decode(&check{}) == nil { // until the parent is done
		if err := json.NewEncoder(os.Stdout).Encode(lookAt(audit.Name())); err != nil {
			return err
		}
	}
	cancel()
	return <-ended
}

// lookAt checks the audit so far.
func lookAt(file string) audited {
	f, err := os.Open(file)
	if err != nil {
		return audited{Error: err.Error()}
	}
	defer f.Close()
	n, err := companion.CheckAudit(f)
	if err != nil {
		return audited{Lines: n, Error: err.Error()}
	}
	return audited{Lines: n}
}
