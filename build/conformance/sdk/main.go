// Package main lets Microsoft's Go SDK for Graph judge the sandbox: it prints
// PASS or FAIL per check. It promises to use the SDK's own builders, models,
// middleware, batch and page iterator. It is a module of its own, because the SDK
// takes minutes and gigabytes to compile: go run ./build conformance sdk
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	kjson "github.com/microsoft/kiota-serialization-json-go"
	ktext "github.com/microsoft/kiota-serialization-text-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/chats"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
)

// place is what app/sandbox/serve prints, as far as it is needed.
type place struct {
	Graph string `json:"graph"`
	Users []struct {
		ID     string                 `json:"id"`
		UPN    string                 `json:"upn"`
		Name   string                 `json:"name"`
		Role   string                 `json:"role"`
		Tokens struct{ Graph string } `json:"tokens"`
	} `json:"users"`
	Chats []struct {
		ID      string   `json:"id"`
		Topic   string   `json:"topic"`
		Members []string `json:"members"`
	} `json:"chats"`
}

// judge runs the checks as one person.
type judge struct {
	ctx     context.Context
	at      place
	me      string // object id
	adapter *core.GraphRequestAdapterBase
	chats   *chats.ChatsRequestBuilder
	failed  int
}

// bearer adds a fixed token to requests.
type bearer string

// AuthenticateRequest implements the SDK's authentication provider.
func (b bearer) AuthenticateRequest(_ context.Context, r *abstractions.RequestInformation, _ map[string]any) error {
	r.Headers.Add("Authorization", "Bearer "+string(b))
	return nil
}

func main() {
	j, err := newJudge()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	j.reading()
	j.writing()
	j.failing()
	j.elsewhere()
	if j.failed > 0 {
		os.Exit(1)
	}
}

func newJudge() (*judge, error) {
	data, err := os.ReadFile(os.Getenv("CONFORMANCE_SANDBOX"))
	if err != nil {
		return nil, err
	}
	j := &judge{ctx: context.Background()}
	if err := json.Unmarshal(data, &j.at); err != nil {
		return nil, err
	}
	abstractions.RegisterDefaultSerializer(func() serialization.SerializationWriterFactory { return kjson.NewJsonSerializationWriterFactory() })
	abstractions.RegisterDefaultSerializer(func() serialization.SerializationWriterFactory { return ktext.NewTextSerializationWriterFactory() })
	abstractions.RegisterDefaultDeserializer(func() serialization.ParseNodeFactory { return kjson.NewJsonParseNodeFactory() })
	abstractions.RegisterDefaultDeserializer(func() serialization.ParseNodeFactory { return ktext.NewTextParseNodeFactory() })
	for _, u := range j.at.Users {
		if u.Role == "agent" {
			j.me = u.ID
			options := core.GraphClientOptions{GraphServiceLibraryVersion: "1.89.0"}
			j.adapter, err = core.NewGraphRequestAdapterBase(bearer(u.Tokens.Graph), options)
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if j.adapter == nil {
		return nil, errors.New("the sandbox names no agent")
	}
	j.adapter.SetBaseUrl(j.at.Graph)
	j.chats = chats.NewChatsRequestBuilderInternal(map[string]string{"baseurl": j.at.Graph}, j.adapter)
	return j, nil
}

// check runs one check; it passes when work returns no error and does not panic,
// as the SDK does over answers that it does not expect.
func (j *judge) check(name string, work func() error) {
	err := func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
		}()
		return work()
	}()
	if err != nil {
		j.failed++
		fmt.Printf("FAIL %s: %s\n", name, strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	fmt.Println("PASS " + name)
}

// same compares what a pointer of the SDK holds.
func same[T comparable](what string, got *T, want T) error {
	if got == nil {
		return fmt.Errorf("%s: got nothing, want %v", what, want)
	}
	if *got != want {
		return fmt.Errorf("%s: got %v, want %v", what, *got, want)
	}
	return nil
}

// refused wants an error of Graph with a status and a code.
func refused(err error, status int, code string) error {
	var e *odataerrors.ODataError
	switch {
	case err == nil:
		return errors.New("not refused")
	case !errors.As(err, &e):
		return fmt.Errorf("no error of Graph: %w", err)
	case e.ResponseStatusCode != status:
		return fmt.Errorf("status %d, want %d", e.ResponseStatusCode, status)
	case e.GetErrorEscaped() == nil:
		return errors.New("no error in the body")
	}
	inner := e.GetErrorEscaped().GetInnerError()
	if inner == nil || inner.GetRequestId() == nil || inner.GetClientRequestId() == nil || inner.GetDate() == nil {
		return errors.New("innerError lacks date, request-id or client-request-id")
	}
	return same("code", e.GetErrorEscaped().GetCode(), code)
}

// chat is a group chat with the agent in it, or one without.
func (j *judge) chat(inside bool) string {
	for _, c := range j.at.Chats {
		in := strings.Contains(strings.Join(c.Members, " "), j.me)
		if in == inside && strings.HasSuffix(c.ID, "@thread.v2") && !strings.Contains(c.ID, "meeting") && len(c.Members) > 2 && len(c.Members) < 20 {
			return c.ID
		}
	}
	return ""
}

// raw asks for a path below v1.0.
func (j *judge) raw(path string) *abstractions.RequestInformation {
	r := abstractions.NewRequestInformation()
	u, err := url.Parse(j.at.Graph + path)
	if err != nil {
		panic(err) // our own constant
	}
	r.SetUri(*u)
	r.Method = abstractions.GET
	r.Headers.Add("Accept", "application/json")
	return r
}

func ptr[T any](v T) *T { return &v }
