package chat_test

import (
	"errors"
	"testing"
	"time"

	"chatpane/app/chat"
	"github.com/google/uuid"
)

func TestGUIDsOfAllForms(t *testing.T) {
	t.Parallel()
	const want = "0a1b2c3d-4e5f-6789-abcd-ef0123456789"
	for _, s := range []string{
		want, "0A1B2C3D-4E5F-6789-ABCD-EF0123456789", "{0a1b2c3d-4e5f-6789-abcd-ef0123456789}",
		"%7B0a1b2c3d-4e5f-6789-abcd-ef0123456789%7D", "%7b0A1B2C3D-4E5F-6789-ABCD-EF0123456789%7d", "  " + want + "\n",
	} {
		if got, err := chat.ParseGUID(s); err != nil || got != want {
			t.Errorf("ParseGUID(%q) = %q, %v, want %q", s, got, err, want)
		}
	}
	for _, s := range []string{
		"", "0a1b2c3d", want + "0", want[:35], "0a1b2c3d-4e5f-6789-abcd-ef012345678g", "0a1b2c3d04e5f-6789-abcd-ef0123456789",
		"0a1b2c3d4e5f6789abcdef0123456789", "0a1b2c3d-4e5f-6789-abcd-ef01234567é", "' or 1 eq 1 or title eq 'aaaaaaaaaaaa",
	} {
		if got, err := chat.ParseGUID(s); !errors.Is(err, chat.ErrGUID) {
			t.Errorf("ParseGUID(%q) = %q, %v, want ErrGUID", s, got, err)
		}
	}
}

func FuzzGUIDsAreLowerCaseAndBare(f *testing.F) {
	f.Add("{0A1B2C3D-4E5F-6789-ABCD-EF0123456789}")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := chat.ParseGUID(s)
		if err != nil {
			return
		}
		if u, err := uuid.Parse(got); err != nil || u.String() != got {
			t.Errorf("ParseGUID(%q) = %q, which is no canonical GUID", s, got)
		}
	})
}

func TestRecordKeysReadBack(t *testing.T) {
	t.Parallel()
	ref := chat.RecordRef{Env: "https://contoso.crm.dynamics.com", Table: "incident", ID: "x"}
	if got, err := chat.ParseRecordKey(ref.Key()); err != nil || got != ref {
		t.Errorf("ParseRecordKey(%q) = %+v, %v", ref.Key(), got, err)
	}
	for _, s := range []string{"", "a", "a|b", "a|b|", "|b|c", "a||c", "a|b|c|d"} {
		if _, err := chat.ParseRecordKey(s); err == nil {
			t.Errorf("ParseRecordKey(%q) was accepted", s)
		}
	}
	if ref.IsZero() || !(chat.RecordRef{}).IsZero() {
		t.Error("only the home is zero")
	}
}

func TestTwoClientsMeetOnOneLinkRow(t *testing.T) {
	t.Parallel()
	p := chat.Pair{Chat: "19:abc@thread.v2", Record: chat.RecordRef{Env: "https://contoso.crm.dynamics.com", Table: "incident", ID: "11111111-2222-3333-4444-555555555555"}}
	// The id must stay what it is for ever: other installations compute the same.
	if got, want := chat.LinkRowID(p), "aac98742-71b1-5719-b539-e94206e5018b"; got != want {
		t.Errorf("row id = %s, want %s", got, want)
	}
	if u := uuid.MustParse(chat.LinkRowID(p)); u.Version() != 5 {
		t.Errorf("version %d, want 5", u.Version())
	}
	seen := map[string]bool{chat.LinkRowID(p): true}
	for _, other := range []chat.Pair{
		{Chat: "19:abd@thread.v2", Record: p.Record}, {Chat: p.Chat, Record: chat.RecordRef{Env: "https://fabrikam.crm.dynamics.com", Table: "incident", ID: p.Record.ID}},
		{Chat: p.Chat, Record: chat.RecordRef{Env: p.Record.Env, Table: "account", ID: p.Record.ID}},
	} {
		if id := chat.LinkRowID(other); seen[id] {
			t.Errorf("%+v shares its row", other)
		} else {
			seen[id] = true
		}
	}
	if l := (chat.Link{Chat: p.Chat, Record: p.Record}); l.Pair() != p {
		t.Errorf("pair = %+v", l.Pair())
	}
}

func TestTheNewestLinkRowIsTheTruth(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rows := []chat.Link{
		{RowID: "a", Modified: at.Add(time.Hour)}, {RowID: "b", Modified: at, Live: true}, {RowID: "d", Modified: at}, {RowID: "c", Modified: at},
	}
	for i, a := range rows {
		for j, b := range rows {
			if got := chat.NewestLink(a, b); got != (i < j) {
				t.Errorf("NewestLink(%s, %s) = %v, want %v", a.RowID, b.RowID, got, i < j)
			}
		}
	}
}
