//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// demo is what the sandbox tells about itself, in one line of JSON.
type demo struct {
	Graph     string     `json:"graph"`     // …/v1.0
	Dataverse string     `json:"dataverse"` // …/api/data/v9.2
	Users     []demoUser `json:"users"`
	Cases     []demoCase `json:"cases"`
	Chats     []demoChat `json:"chats"`
}

// demoUser is one of the company's people, with tokens to act in their name.
type demoUser struct {
	ID     string `json:"id"`
	UPN    string `json:"upn"`
	Name   string `json:"name"`
	Role   string `json:"role"`
	System string `json:"systemuserid"`
	Tokens struct {
		Graph     string `json:"graph"`
		Dataverse string `json:"dataverse"`
	} `json:"tokens"`
}

// demoCase is one of the company's cases.
type demoCase struct {
	ID     string `json:"id"`
	Number string `json:"ticketnumber"`
	Title  string `json:"title"`
}

// demoChat is one of the company's chats, with its members' object ids.
type demoChat struct {
	ID      string   `json:"id"`
	Topic   string   `json:"topic"`
	Members []string `json:"members"`
}

// tenantFile is where the app reads what the sandbox tells about itself.
func (t *tour) tenantFile() string { return filepath.Join(t.stage.Dir(), "tenant.json") }

// serve starts the sandbox and keeps the line in which it tells about itself.
func (t *tour) serve(ctx context.Context, program string) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	cmd := t.stage.Command(context.WithoutCancel(ctx), program, "-limits", "off", "-knobs")
	said, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := t.stage.Launch(cmd); err != nil {
		return fmt.Errorf("start the sandbox: %w", err)
	}
	line, err := bufio.NewReader(said).ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("the sandbox ended before it told where it is: %w", err)
	}
	if err := json.Unmarshal(line, &t.demo); err != nil {
		return fmt.Errorf("read where the sandbox is: %w", err)
	}
	return os.WriteFile(t.tenantFile(), line, 0o600)
}

// caseURL is what the address bar shows when Dynamics has the case open.
func (d demo) caseURL(id string) (string, error) {
	u, err := url.Parse(d.Dataverse)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s://%s/main.aspx?etn=incident&pagetype=entityrecord&id=%s", u.Scheme, u.Host, id), nil
}

// messagesWith counts the messages in which text stands, in all chats that the
// user's newest fifty are, as the sandbox's own Graph has them.
func (d demo) messagesWith(ctx context.Context, token, text string) (int, error) {
	var chats struct {
		Value []struct {
			ID string `json:"id"`
		} `json:"value"`
	}
	if err := d.get(ctx, token, "/me/chats?$top=50", &chats); err != nil {
		return 0, err
	}
	count := 0
	for _, c := range chats.Value {
		var messages struct {
			Value []struct {
				Body struct {
					Content string `json:"content"`
				} `json:"body"`
			} `json:"value"`
		}
		if err := d.get(ctx, token, "/me/chats/"+url.PathEscape(c.ID)+"/messages?$top=50", &messages); err != nil {
			return 0, err
		}
		for _, m := range messages.Value {
			if strings.Contains(m.Body.Content, text) {
				count++
			}
		}
	}
	return count, nil
}

func (d demo) get(ctx context.Context, token, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.Graph+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask the sandbox: %w", err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return errors.New("the sandbox answered " + res.Status + " to " + path)
	}
	return json.Unmarshal(data, into)
}
