package dataverse_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"chatpane/app/dataverse"
	"chatpane/app/odata"
	"chatpane/app/sandbox"
	"chatpane/app/wire"
)

// meddler lets something happen at the server just before each write of a client.
type meddler struct {
	http.RoundTripper
	before func(n int)
	writes atomic.Int32
}

func (m *meddler) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPatch {
		m.before(int(m.writes.Add(1)))
	}
	return m.RoundTripper.RoundTrip(r)
}

// pairOf is a fresh pair in a sandbox.
func pairOf(s *sandbox.Sandbox) dataverse.Link {
	return dataverse.Link{ID: "7d0e5c1a-0000-5000-8000-000000000001", ChatID: "19:0123456789abcdef0123456789abcdef@thread.v2",
		RecordID: s.Cases[3].ID, Table: "incident", Name: "Pump"}
}

func meddled(t *testing.T, s *sandbox.Sandbox, before func(n int)) (*dataverse.Client, *meddler) {
	t.Helper()
	m := &meddler{RoundTripper: s.Transport(), before: before}
	origin := s.Origins()["dataverse"]
	h, err := wire.NewClient(origin, wire.Options{Transport: m, Token: func(context.Context, string) (string, error) {
		return s.Token(s.People[0].OID, "dataverse"), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return dataverse.New(&odata.Client{Base: origin + "/api/data/v9.2", HTTP: h}), m
}

func TestConnectMeetsAFasterClient(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		disconnect bool
		writes     int32
	}{
		{"its live row is adopted", false, 1},
		{"its row that is dead again is revived", true, 2},
	} {
		s := company()
		other := as(t, s, s.People[1].OID)
		client, m := meddled(t, s, func(n int) {
			if n > 1 {
				return
			}
			if _, err := other.PutLink(t.Context(), pairOf(s)); err != nil {
				t.Error(err)
			}
			if c.disconnect {
				if _, err := other.SetLink(t.Context(), pairOf(s).ID, false, ""); err != nil {
					t.Error(err)
				}
			}
		})
		got, err := client.PutLink(t.Context(), pairOf(s))
		if err != nil || !got.Live || got.CreatedBy != s.People[1].SystemUserID || m.writes.Load() != c.writes {
			t.Errorf("%s: %v %+v after %d writes", c.name, err, got, m.writes.Load())
		}
	}
}

func TestConnectReadsAChangedRowOnceMore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		meddle  func(s *sandbox.Sandbox, n int) error
		fails   bool
		writes  int32
		creator int // index of the person whose row it is in the end
	}{
		{"somebody else revived it", func(s *sandbox.Sandbox, n int) error {
			return s.SetLink(pairOf(s).ID, true, s.People[1].OID)
		}, false, 1, 0},
		{"somebody renamed it", func(s *sandbox.Sandbox, n int) error {
			if n > 1 {
				return nil
			}
			return s.SetRow("msdyn_teamschatassociation", pairOf(s).ID, map[string]any{"msdyn_teamschatassociationname": "x"})
		}, false, 2, 0},
		{"somebody deleted it", func(s *sandbox.Sandbox, n int) error {
			if n > 1 {
				return nil
			}
			return s.DeleteRow("msdyn_teamschatassociation", pairOf(s).ID)
		}, false, 2, 0},
		{"it never rests", func(s *sandbox.Sandbox, n int) error {
			return s.SetRow("msdyn_teamschatassociation", pairOf(s).ID, map[string]any{"msdyn_teamschatassociationname": strings.Repeat("x", n)})
		}, true, 2, 0},
	} {
		s := company()
		first := as(t, s, s.People[0].OID)
		if _, err := first.PutLink(t.Context(), pairOf(s)); err != nil {
			t.Fatal(err)
		}
		if _, err := first.SetLink(t.Context(), pairOf(s).ID, false, ""); err != nil {
			t.Fatal(err)
		}
		client, m := meddled(t, s, func(n int) {
			if err := c.meddle(s, n); err != nil {
				t.Error(err)
			}
		})
		got, err := client.PutLink(t.Context(), pairOf(s))
		if c.fails != errors.Is(err, odata.ErrConflict) || !c.fails && (err != nil || !got.Live) || m.writes.Load() != c.writes {
			t.Errorf("%s: %v %+v after %d writes", c.name, err, got, m.writes.Load())
		}
	}
}

func TestConnectFindsARowWrittenInAnotherForm(t *testing.T) {
	t.Parallel()
	s := company()
	c := as(t, s, s.People[0].OID)
	made, err := c.PutLink(t.Context(), pairOf(s))
	if err != nil {
		t.Fatal(err)
	}
	odd := map[string]any{"msdyn_regardingobjectid": "{" + strings.ToUpper(pairOf(s).RecordID) + "}", "msdyn_regardingobjectname": "Incident"}
	if err := s.SetRow("msdyn_teamschatassociation", made.ID, odd); err != nil {
		t.Fatal(err)
	}
	want := pairOf(s)
	want.ID = "7d0e5c1a-0000-5000-8000-000000000009"
	got, err := c.PutLink(t.Context(), want)
	if err != nil || got.ID != made.ID || got.RecordID != pairOf(s).RecordID || got.Table != "incident" {
		t.Errorf("%v %+v", err, got)
	}
	opened, err := c.OpenRecord(t.Context(), incident(t, c), pairOf(s).RecordID, s.People[0].SystemUserID)
	if err != nil || len(opened.Links) == 0 || opened.Links[0].RecordID != pairOf(s).RecordID {
		t.Errorf("opened: %v %+v", err, opened.Links)
	}
}

func TestConnectRefusesARowOfAnotherPair(t *testing.T) {
	t.Parallel()
	s := company()
	c := as(t, s, s.People[0].OID)
	if _, err := c.PutLink(t.Context(), pairOf(s)); err != nil {
		t.Fatal(err)
	}
	want := pairOf(s)
	want.RecordID = s.Cases[4].ID
	if got, err := c.PutLink(t.Context(), want); !errors.Is(err, odata.ErrConflict) {
		t.Errorf("got %+v, %v", got, err)
	}
}
