package dataverse

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"

	"chatpane/app/odata"
)

// RuleKind is how a rule of suggested contacts finds people.
type RuleKind string

// The kinds, msdyn_ruletype 160800000, 160800002 and 160800001.
const (
	RuleFetch  RuleKind = "fetch"
	RulePath   RuleKind = "path"
	RuleAction RuleKind = "action"
)

// maxRules is how many rules of a record type count.
const maxRules = 10

// SuggestRule is one rule of suggested contacts that is switched on.
type SuggestRule struct {
	Name   string // in the user's language; shown on the person
	Kind   RuleKind
	Fetch  string // FetchXML of a RuleFetch
	Path   string // path of a RulePath, see [ParsePath]
	Action string // name of a RuleAction's custom action
	Inputs string // its CustomActionInputs
	Top    int    // people at most; 0 = no limit of the rule's own
	rank   int
	set    string
}

// SuggestToggle are a record type's two settings of suggested contacts.
type SuggestToggle struct{ Rules, Similar bool }

// SuggestSetup is what an environment says of suggested contacts. Each part may
// fail by itself: an agent may lack the right to read it.
type SuggestSetup struct {
	// Toggles by logical name of the table.
	Toggles    map[string]SuggestToggle
	TogglesErr error
	// Rules by logical name of the table, in their order, at most 10 each; those
	// of "" are for tables without a ruleset of their own.
	Rules    map[string][]SuggestRule
	RulesErr error
}

// SuggestSetup reads the settings and rules of suggested contacts in one request.
func (c *Client) SuggestSetup(ctx context.Context) (SuggestSetup, error) {
	typeName := "msdyn_entitytype($select=logicalname)"
	answers, err := c.odata.BatchMultipart(ctx, []odata.BatchItem{
		{ID: "toggles", Path: "/msdyn_entitylinkchatconfigurations" + odata.Query(url.Values{
			"$select": {"msdyn_enableaisuggestion,msdyn_enablelogicbasedsuggestion"}, "$expand": {typeName}, "$filter": {"statecode eq 0"}})},
		{ID: "sets", Path: "/msdyn_contactsuggestionrulesets" + odata.Query(url.Values{
			"$select": {"msdyn_contactsuggestionrulesetid"}, "$expand": {typeName}, "$filter": {"statecode eq 0"}})},
		{ID: "rules", Path: "/msdyn_contactsuggestionrules" + odata.Query(url.Values{
			"$select": {"_msdyn_contactsuggestionrulesetid_value,msdyn_name,msdyn_rank,msdyn_ruletype,msdyn_fetchxml,msdyn_pathtotarget,msdyn_customactionname,msdyn_customactioninputs,msdyn_top"},
			"$filter": {"statecode eq 0"}, "$orderby": {"msdyn_rank asc"}})},
	})
	if err != nil {
		return SuggestSetup{}, fmt.Errorf("read settings of suggested contacts: %w", err)
	}
	var out SuggestSetup
	out.Toggles, out.TogglesErr = toggles(answers[0])
	out.Rules, out.RulesErr = rulesets(answers[1], answers[2])
	return out, nil
}

// typed is a row that belongs to a record type.
type typed struct {
	Type *struct {
		LogicalName string `json:"logicalname"`
	} `json:"msdyn_entitytype"`
	Set     string `json:"msdyn_contactsuggestionrulesetid"`
	Rules   bool   `json:"msdyn_enablelogicbasedsuggestion"`
	Similar bool   `json:"msdyn_enableaisuggestion"`
}

// typedRow is a typed row that stays empty where it cannot be read.
type typedRow struct{ typed }

// UnmarshalJSON implements json.Unmarshaler and never fails.
func (r *typedRow) UnmarshalJSON(data []byte) error {
	if lenient(data, &r.typed) != nil {
		r.typed = typed{}
	}
	return nil
}

func toggles(a odata.BatchAnswer) (map[string]SuggestToggle, error) {
	var page struct{ Value []typedRow }
	if err := a.Decode(&page); err != nil {
		return nil, err
	}
	out := map[string]SuggestToggle{}
	for _, r := range page.Value {
		if r.Type != nil && r.Type.LogicalName != "" {
			out[r.Type.LogicalName] = SuggestToggle{r.Rules, r.Similar}
		}
	}
	return out, nil
}

// rulesets sorts rules by the record type of their set. What cannot be
// understood of a rule costs that rule only.
func rulesets(sets, rules odata.BatchAnswer) (map[string][]SuggestRule, error) {
	var types struct{ Value []typedRow }
	if err := sets.Decode(&types); err != nil {
		return nil, err
	}
	var rows struct{ Value []fields }
	if err := rules.Decode(&rows); err != nil {
		return nil, err
	}
	tables := map[string]string{}
	out := map[string][]SuggestRule{}
	for _, t := range types.Value {
		id, err := guid(t.Set)
		if err != nil {
			continue
		}
		name := ""
		if t.Type != nil {
			name = t.Type.LogicalName
		}
		tables[id] = name
		out[name] = out[name][:0:0] // a set without rules is a set
	}
	for _, f := range rows.Value {
		r, ok := readRule(f)
		table, known := tables[r.set]
		if ok && known {
			out[table] = append(out[table], r)
		}
	}
	for name, list := range out {
		slices.SortStableFunc(list, func(a, b SuggestRule) int { return cmp.Compare(a.rank, b.rank) })
		out[name] = list[:min(len(list), maxRules)]
	}
	return out, nil
}

// readRule reads a row of msdyn_contactsuggestionrule.
func readRule(f fields) (SuggestRule, bool) {
	r := SuggestRule{
		Name: f.text("msdyn_name"), Fetch: f.text("msdyn_fetchxml"), Path: f.text("msdyn_pathtotarget"), Action: f.text("msdyn_customactionname"),
		Inputs: f.text("msdyn_customactioninputs"), Top: max(f.number("msdyn_top"), 0), rank: f.number("msdyn_rank"), set: f.id("_msdyn_contactsuggestionrulesetid_value"),
	}
	switch f.number("msdyn_ruletype") {
	case 160800000:
		r.Kind = RuleFetch
	case 160800001:
		r.Kind = RuleAction
	case 160800002:
		r.Kind = RulePath
	}
	return r, r.Kind != "" && r.set != ""
}
