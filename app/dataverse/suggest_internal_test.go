package dataverse

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"slices"
	"strings"
	"testing"

	"chatpane/app/odata"
)

// The parsers of rules are not exported: what an administrator wrote reaches
// them only through requests.

const recordID = "0b0c1f6a-2222-4b3c-8d4e-5f60718293a4"

func TestPathsOfRules(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"one lookup", "ownerid", []string{"ownerid"}},
		{"navigation properties with slashes", "customerid_account/ownerid", []string{"customerid_account", "ownerid"}},
		{"with dots", "customerid_account.ownerid", []string{"customerid_account", "ownerid"}},
		{"with arrows and spaces", " owninguser > parentsystemuserid ", []string{"owninguser", "parentsystemuserid"}},
		{"nothing", "  ", nil},
		{"something that would leave the path", "a/../systemusers(1)", nil},
		{"a query", "ownerid?$expand=x", nil},
		{"twelve tables", "a/b/c/d/e/f/g/h/i/j/k/l", nil},
		{"very long", strings.Repeat("a/", 3000), nil},
	} {
		got, err := ParsePath(tt.text)
		if (tt.want == nil) != errors.Is(err, ErrRule) || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, %v; want %v", tt.name, got, err, tt.want)
		}
	}
}

func TestFetchRulesAreCheckedAndBounded(t *testing.T) {
	t.Parallel()
	const users = `<fetch distinct="true" top="9000"><entity name="systemuser"><attribute name="systemuserid"/><filter><condition attribute="x" operator="eq" value="{RecordId}"/></filter></entity></fetch>`
	for _, tt := range []struct{ name, text, has, hasNot string }{
		{"the record is put in whatever its placeholder's case", users, `value="` + recordID + `"`, "{"},
		{"what it returns is bounded", users, `top="7"`, "9000"},
		{"attributes of the query stay", users, `distinct="true"`, ""},
		{"a query on the record's own table asks about the record only", `<fetch><entity name="incident"><attribute name="ownerid"/></entity></fetch>`,
			`<condition attribute="incidentid" operator="eq" value="` + recordID + `" />`, ""},
		{"a query on another table that names no record stays as it is", `<fetch><entity name="team"><attribute name="administratorid"/></entity></fetch>`, "administratorid", recordID},
	} {
		_, got, err := prepareFetch(tt.text, "incident", "incidentid", recordID, 7)
		if err != nil || !strings.Contains(got, tt.has) || tt.hasNot != "" && strings.Contains(got, tt.hasNot) {
			t.Errorf("%s: %v\n%s", tt.name, err, got)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "no XML": "systemuser", "cut off": users[:80], "no table": "<fetch><entity/></fetch>", "a table that is no name": `<fetch><entity name="a b"/></fetch>`,
		"a document type": `<!DOCTYPE fetch [<!ENTITY a "aaaa">]><fetch><entity name="team"/></fetch>`, "an entity": `<fetch><entity name="team">&a;</entity></fetch>`,
		"an instruction": `<?xml-stylesheet href="x"?><fetch><entity name="team"/></fetch>`, "deep": strings.Repeat("<filter>", 50), "another root": `<update><entity name="team"/></update>`,
		"large": "<fetch>" + strings.Repeat(" ", maxFetch) + "</fetch>",
	} {
		if _, _, err := prepareFetch(text, "incident", "incidentid", recordID, 7); !errors.Is(err, ErrRule) {
			t.Errorf("%s: %v, want ErrRule", name, err)
		}
	}
}

func TestAnswersOfCustomActions(t *testing.T) {
	t.Parallel()
	const a, b = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	for _, tt := range []struct {
		name, answer string
		want         []ActionUser
	}{
		{"a JSON text, as documented", `"[{\"AADUserId\":\"` + a + `\",\"systemUserId\":\"` + b + `\",\"description\":\"On call\"}]"`, []ActionUser{{a, b, "On call"}}},
		{"the list itself, other letters, braces", `[{"aaduserid":"{` + strings.ToUpper(a) + `}"}]`, []ActionUser{{EntraID: a}}},
		{"an empty GUID is none", `[{"AADUserId":"` + zero + `","systemUserId":"` + b + `"}]`, []ActionUser{{SystemUser: b}}},
		{"elements that cannot be read cost only themselves", `["x",{"AADUserId":7},null,{"systemUserId":"` + b + `"}]`, []ActionUser{{SystemUser: b}}},
		{"nobody", `""`, nil}, {"null", `null`, nil}, {"absent", ``, nil},
	} {
		got, err := readActionUsers(json.RawMessage(tt.answer))
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v %v, want %v", tt.name, got, err, tt.want)
		}
	}
	for _, broken := range []string{`"[{"`, `"not json"`, `{`} {
		if _, err := readActionUsers(json.RawMessage(broken)); !errors.Is(err, odata.ErrBadReply) {
			t.Errorf("%s: %v, want ErrBadReply", broken, err)
		}
	}
}

func TestThousandsOfRowsGiveAtMostFiftyPeople(t *testing.T) {
	t.Parallel()
	var rows []fields
	for i := range 5000 {
		id := json.RawMessage(`"` + strings.Replace(recordID, "2222", string([]byte{'a' + byte(i/1000%6), '0' + byte(i/100%10), '0' + byte(i/10%10), '0' + byte(i%10)}), 1) + `"`)
		rows = append(rows, fields{"systemuserid": id})
	}
	if got := users(rows); len(got) != maxPeople {
		t.Errorf("%d people", len(got))
	}
}

func FuzzRuleset(f *testing.F) {
	f.Add(`{"value":[{"msdyn_contactsuggestionrulesetid":"`+recordID+`","msdyn_entitytype":{"logicalname":"incident"}}]}`,
		`{"value":[{"_msdyn_contactsuggestionrulesetid_value":"`+recordID+`","msdyn_ruletype":160800002,"msdyn_rank":1,"msdyn_pathtotarget":"a/b","msdyn_name":"x"}]}`)
	f.Add(`{"value":[null,7,{"msdyn_entitytype":null}]}`, `{"value":[{"msdyn_rank":"first","msdyn_top":-3,"msdyn_ruletype":160800000,"msdyn_fetchxml":"<fetch>"}]}`)
	f.Fuzz(func(t *testing.T, sets, rules string) {
		got, err := rulesets(odata.BatchAnswer{Status: 200, Body: []byte(sets)}, odata.BatchAnswer{Status: 200, Body: []byte(rules)})
		if err != nil {
			return
		}
		for table, list := range got {
			if len(list) > maxRules {
				t.Errorf("%d rules for %q", len(list), table)
			}
			for _, r := range list {
				checkRule(t, r)
			}
		}
	})
}

// checkRule holds a rule of any origin to what may be sent of it.
func checkRule(t *testing.T, r SuggestRule) {
	t.Helper()
	if r.Top < 0 || r.Kind == "" {
		t.Errorf("rule %+v", r)
	}
	if steps, err := ParsePath(r.Path); err == nil {
		item := pathItem("x", "/incidents("+recordID+")", steps)
		if strings.Contains(item.Path, "..") || strings.Count(item.Path, "?") != 1 {
			t.Errorf("path %q reads %q", r.Path, item.Path)
		}
	}
	if _, ready, err := prepareFetch(r.Fetch, "incident", "incidentid", recordID, r.Top); err == nil {
		var tree fetchTree
		if err := xml.Unmarshal([]byte(ready), &tree); err != nil {
			t.Errorf("%q was made into %q: %v", r.Fetch, ready, err)
		}
	}
}

func FuzzFetch(f *testing.F) {
	f.Add(`<fetch distinct="true"><entity name="systemuser"><filter><condition attribute="a" operator="eq" value="{recordid}"/></filter></entity></fetch>`, "a/b", `[{"AADUserId":"`+recordID+`"}]`)
	f.Add(`<fetch a="&quot;&lt;"><entity name="incident"/></fetch>`, "{0}", `"[]"`)
	f.Fuzz(func(t *testing.T, fetch, path, answer string) {
		checkRule(t, SuggestRule{Kind: RuleFetch, Fetch: fetch, Path: path})
		if got, err := readActionUsers(json.RawMessage(answer)); err == nil && len(got) > maxPeople {
			t.Errorf("%d people", len(got))
		}
	})
}
