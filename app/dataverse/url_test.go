package dataverse_test

import (
	"errors"
	"strings"
	"testing"

	"chatpane/app/dataverse"
)

const (
	caseID = "0b0c1111-2222-4333-8444-555566667777"
	origin = "https://contoso.crm4.dynamics.com"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	want := dataverse.URL{Origin: origin, Table: "incident", ID: caseID}
	for _, text := range []string{
		origin + "/main.aspx?etn=incident&pagetype=entityrecord&id=%7B" + caseID + "%7D",
		origin + "/main.aspx?etn=incident&pagetype=entityrecord&id=%7b" + strings.ToUpper(caseID) + "%7d",
		origin + "/main.aspx?etn=incident&pagetype=entityrecord&id={" + caseID + "}",
		origin + "/main.aspx?appid=00000000-0000-0000-0000-000000000001&forceUCI=1&pagetype=entityrecord&etn=incident&id=" + caseID + "&formid=1&lid=2&newWindow=true",
		"  " + origin + "/main.aspx?id=" + caseID + "&etn=Incident#frag\n",
		"HTTPS://Contoso.CRM4.dynamics.com:443/Main.ASPX?PageType=EntityRecord&ETN=incident&ID=" + caseID,
		origin + "/?etn=incident&id=" + caseID,
		origin + "/org/main.aspx?etn=incident&id=" + caseID + "&id=" + caseID,
		origin + "/main.aspx?etn=incident&etc=112&id=" + caseID,
	} {
		if got, err := dataverse.ParseURL(text); err != nil || got != want {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
	if got, err := dataverse.ParseURL("http://127.0.0.1:4000/main.aspx?etn=incident&id=" + caseID); err != nil || got.Origin != "http://127.0.0.1:4000" {
		t.Errorf("loopback: got %+v, %v", got, err)
	}
	if again, err := dataverse.ParseURL(want.Address()); err != nil || again != want {
		t.Errorf("address %s: got %+v, %v", want.Address(), again, err)
	}
}

func TestParseURLRefuses(t *testing.T) {
	t.Parallel()
	tail := "/main.aspx?etn=incident&id=" + caseID
	for _, c := range []struct {
		text string
		want error
	}{
		{"", dataverse.ErrNotRecordURL},
		{"case CAS-01", dataverse.ErrNotRecordURL},
		{"http://contoso.crm.dynamics.com" + tail, dataverse.ErrNotRecordURL},
		{"ftp://contoso.crm.dynamics.com" + tail, dataverse.ErrNotRecordURL},
		{"javascript:alert(1)//" + tail, dataverse.ErrNotRecordURL},
		{"//contoso.crm.dynamics.com" + tail, dataverse.ErrNotRecordURL},
		{"https://user@contoso.crm.dynamics.com" + tail, dataverse.ErrNotRecordURL},
		{"https://contoso.crm.dynamics.com\\@evil.example" + tail, dataverse.ErrNotRecordURL},
		{"https://bücher.example" + tail, dataverse.ErrNotRecordURL},
		{"https://contoso" + tail, dataverse.ErrNotRecordURL},
		{"https://" + tail, dataverse.ErrNotRecordURL},
		{origin + "/api/data/v9.2/incidents(" + caseID + ")", dataverse.ErrNotRecordURL},
		{origin + "/main.aspx?etn=incident&id=12", dataverse.ErrNotRecordURL},
		{origin + "/main.aspx?etn=inci'dent&id=" + caseID, dataverse.ErrNotRecordURL},
		{origin + "/main.aspx?etn=incident&id=" + caseID + "&id=11111111-2222-4333-8444-555566667777", dataverse.ErrNotRecordURL},
		{origin + "/main.aspx?etn=incident&etn=account&id=" + caseID, dataverse.ErrNotRecordURL},
		{origin + "/main.aspx?etn=incident&id=%zz", dataverse.ErrNotRecordURL},
		{origin + tail + "\nhttps://evil.example", dataverse.ErrNotRecordURL},
		{origin + tail + strings.Repeat("&x=1", 3000), dataverse.ErrNotRecordURL},
		{origin, dataverse.ErrNoRecord},
		{origin + "/main.aspx", dataverse.ErrNoRecord},
		{origin + "/main.aspx?pagetype=entitylist&etn=incident&viewid=x", dataverse.ErrNoRecord},
		{origin + "/main.aspx?pagetype=dashboard&id=" + caseID, dataverse.ErrNoRecord},
		{origin + "/main.aspx?pagetype=entityrecord&etn=incident", dataverse.ErrNoRecord},
		{origin + "/main.aspx?pagetype=entityrecord&etn=incident&id={}", dataverse.ErrNoRecord},
		{origin + "/main.aspx?etc=112&id=" + caseID, dataverse.ErrTypeCode},
	} {
		if got, err := dataverse.ParseURL(c.text); !errors.Is(err, c.want) {
			t.Errorf("%.120q: got %+v, %v, want %v", c.text, got, err, c.want)
		}
	}
}

func TestParseDeepLink(t *testing.T) {
	t.Parallel()
	want := dataverse.URL{Origin: origin, Table: "incident", ID: caseID}
	const chat = "19:2da4c29f6d7041eca70b638b43d45437@thread.v2"
	for _, c := range []struct{ text, chat string }{
		{"chatpane://record?url=https%3A%2F%2Fcontoso.crm4.dynamics.com%2Fmain.aspx%3Fetn%3Dincident%26id%3D" + caseID, ""},
		{"chatpane://record/?env=contoso.crm4.dynamics.com&etn=incident&id=%7B" + caseID + "%7D", ""},
		{"CHATPANE://record?id=" + caseID + "&chat=19%3A2da4c29f6d7041eca70b638b43d45437%40thread.v2&etn=incident&env=https://contoso.crm4.dynamics.com/", chat},
	} {
		if got, err := dataverse.ParseDeepLink(c.text); err != nil || got.URL != want || got.Chat != c.chat {
			t.Errorf("%q: got %+v, %v", c.text, got, err)
		}
	}
	good := "chatpane://record?env=contoso.crm4.dynamics.com&etn=incident&id=" + caseID
	for _, c := range []struct {
		text string
		want error
	}{
		{"", dataverse.ErrNotDeepLink},
		{"chatpane://", dataverse.ErrNotDeepLink},
		{"chatpane:record?x", dataverse.ErrNotDeepLink},
		{"chatpane://send?env=contoso.crm4.dynamics.com", dataverse.ErrNotDeepLink},
		{"chatpane://record", dataverse.ErrNotDeepLink},
		{"https://record?env=contoso.crm4.dynamics.com&etn=incident&id=" + caseID, dataverse.ErrNotDeepLink},
		{"chatpane://u@record?env=x.y&etn=incident&id=" + caseID, dataverse.ErrNotDeepLink},
		{"chatpane://record/send?env=x.y&etn=incident&id=" + caseID, dataverse.ErrNotDeepLink},
		{good + "&id=" + caseID, dataverse.ErrNotDeepLink},
		{good + "&text=hello", dataverse.ErrNotDeepLink},
		{good + "&url=https%3A%2F%2Fx.y%2Fmain.aspx", dataverse.ErrNotDeepLink},
		{good + "&chat=", dataverse.ErrNotDeepLink},
		{good + "&chat=19:x@evil", dataverse.ErrNotDeepLink},
		{good + "&chat=19:../../x@thread.v2", dataverse.ErrNotDeepLink},
		{good + "#x", dataverse.ErrNotDeepLink},
		{good + " --flag", dataverse.ErrNotDeepLink},
		{good + "&chat=19:" + strings.Repeat("a", 3000) + "@thread.v2", dataverse.ErrNotDeepLink},
		{"chatpane://record?env=http://contoso.crm4.dynamics.com&etn=incident&id=" + caseID, dataverse.ErrNotDeepLink},
		{"chatpane://record?env=contoso.crm4.dynamics.com/x&etn=incident&id=" + caseID, dataverse.ErrNotDeepLink},
		{"chatpane://record?env=contoso.crm4.dynamics.com&etn=incident&id=7", dataverse.ErrNotRecordURL},
		{"chatpane://record?url=x", dataverse.ErrNotRecordURL},
	} {
		if got, err := dataverse.ParseDeepLink(c.text); !errors.Is(err, c.want) {
			t.Errorf("%.120q: got %+v, %v, want %v", c.text, got, err, c.want)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add(origin + "/main.aspx?etn=incident&pagetype=entityrecord&id=%7B" + caseID + "%7D")
	f.Add("https://[::1]:80/?id={}&etn=a;b")
	f.Fuzz(func(t *testing.T, text string) {
		u, err := dataverse.ParseURL(text)
		if err != nil {
			if !errors.Is(err, dataverse.ErrNotRecordURL) && !errors.Is(err, dataverse.ErrNoRecord) && !errors.Is(err, dataverse.ErrTypeCode) {
				t.Errorf("%q: unnamed error %v", text, err)
			}
			return
		}
		if again, err := dataverse.ParseURL(u.Address()); err != nil || again != u {
			t.Errorf("%q: %+v reads back as %+v, %v", text, u, again, err)
		}
	})
}

func FuzzParseDeepLink(f *testing.F) {
	f.Add("chatpane://record?env=contoso.crm4.dynamics.com&etn=incident&id=" + caseID + "&chat=19:a@thread.v2")
	f.Add("chatpane://record?url=" + "https%3A%2F%2Fcontoso.crm4.dynamics.com%2Fmain.aspx%3Fetn%3Dincident%26id%3D" + caseID)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := dataverse.ParseDeepLink(text)
		if err != nil {
			return
		}
		if again, err := dataverse.ParseURL(l.URL.Address()); err != nil || again != l.URL {
			t.Errorf("%q: %+v reads back as %+v, %v", text, l, again, err)
		}
		if strings.ContainsAny(l.Chat, "/?#% ") {
			t.Errorf("%q: chat %q", text, l.Chat)
		}
	})
}
