package sandbox

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// dvSearchable are the tables that Dataverse search looks at, with the columns
// that are searched and those that are shown.
var dvSearchable = []dvSearchTable{
	{"incident", []string{"title", "ticketnumber", "description"}, []string{"title", "ticketnumber", "description", "statecode", "ownerid", "customerid", "subjectid", "productid", "createdon", "modifiedon"}},
	{"account", []string{"name", "accountnumber", "address1_city"}, []string{"name", "accountnumber", "address1_city", "ownerid", "primarycontactid"}},
	{"contact", []string{"fullname", "emailaddress1"}, []string{"fullname", "emailaddress1", "parentcustomerid", "ownerid"}},
	{"knowledgearticle", []string{"title", "keywords", "content"}, []string{"title", "articlepublicnumber", "statecode"}},
}

type dvSearchTable struct {
	table         string
	search, shown []string
}

// dvSearchPrefix is where Dataverse search lies, beside the Web API.
const dvSearchPrefix = "/api/search/"

// dvSearchRequest is the body of a search. Names are read in any case, as the
// service does. What version 1.0 gives as lists, 2.0 gives as texts of JSON.
type dvSearchRequest struct {
	Search                 *string
	Entities               json.RawMessage
	Filter                 string
	OrderBy                json.RawMessage
	Facets                 json.RawMessage
	Count                  bool
	ReturnTotalRecordCount bool
	Skip, Top              *int
	SearchMode, SearchType string
	Options                string
	UseFuzzy, Fuzzy        bool
	PropertyBag            json.RawMessage
}

// dvHit is a row that a search found.
type dvHit struct {
	d     *dvData
	row   *dvRow
	shown []string
	score float64
	marks map[string]string
}

// search answers POST of /api/search/v1.0/query and v2.0/query. The lock is not held.
func (o *dvOrg) search(call *dvCall, version string) dvReply {
	refuse := func(format string, args ...any) dvReply {
		return dvFetchError("0x80048d0a", format, args...).reply(false)
	}
	if call.method != http.MethodPost {
		return dvNoMethod(call.method).reply(false)
	}
	var q dvSearchRequest
	if err := json.Unmarshal(call.body, &q); err != nil {
		return refuse("The body of the search cannot be read.")
	}
	if q.Search == nil || strings.TrimSpace(*q.Search) == "" || len([]rune(*q.Search)) > 100 {
		return refuse("The search term must have 1 to 100 characters.")
	}
	top, skip := 50, 0
	if q.Top != nil {
		top = *q.Top
	}
	if q.Skip != nil {
		skip = *q.Skip
	}
	if top < 1 || top > 100 || skip < 0 {
		return refuse("The value of top must be from 1 to 100, that of skip 0 or more.")
	}
	mode, err := q.mode()
	if err != nil {
		return err.reply(false)
	}
	tables, err := q.tables(version)
	if err != nil {
		return err.reply(false)
	}
	o.mu.RLock()
	defer o.mu.RUnlock()
	if call.caller = o.caller(call.user); call.caller == nil || o.disabled(call.user) {
		return dvNoMember().reply(false)
	}
	hits, err := o.hits(call.caller, *q.Search, mode == "all", tables, q.Filter)
	if err != nil {
		return err.reply(false)
	}
	total := len(hits)
	hits = hits[min(skip, total):]
	hits = hits[:min(top, len(hits))]
	count := -1
	if q.Count || q.ReturnTotalRecordCount {
		count = total
	}
	if version == "2.0" {
		return o.searchV2(hits, count)
	}
	return o.searchV1(call.caller, hits, count)
}

// mode is whether any or all words must be found.
func (q dvSearchRequest) mode() (string, *dvError) {
	mode := q.SearchMode
	if q.Options != "" {
		var options struct{ SearchMode, QueryType string }
		if json.Unmarshal([]byte(q.Options), &options) != nil {
			return "", dvFetchError("0x80048d0a", "The options of the search cannot be read.")
		}
		mode = options.SearchMode
	}
	if mode != "" && mode != "any" && mode != "all" {
		return "", dvFetchError("0x80048d0a", "The search mode '%s' is not any or all.", mode)
	}
	return mode, nil
}

// tables are the tables to look at; nil for all.
func (q dvSearchRequest) tables(version string) ([]string, *dvError) {
	if len(q.Entities) == 0 || string(q.Entities) == "null" {
		return nil, nil
	}
	bad := dvFetchError("0x80048d0a", "The entities of the search cannot be read.")
	var names []string
	if version == "2.0" {
		var text string
		var list []struct{ Name string }
		if json.Unmarshal(q.Entities, &text) != nil || json.Unmarshal([]byte(text), &list) != nil {
			return nil, bad
		}
		for _, e := range list {
			names = append(names, e.Name)
		}
	} else if json.Unmarshal(q.Entities, &names) != nil {
		return nil, bad
	}
	for _, name := range names {
		if !slices.ContainsFunc(dvSearchable, func(t dvSearchTable) bool { return t.table == name }) {
			return nil, dvFetchError("0x80048d0b", "The entity '%s' is not enabled for search.", name)
		}
	}
	return names, nil
}

// hits are the rows that a search finds and the caller may read, best first.
// Rare words count more than frequent ones.
func (o *dvOrg) hits(c *dvCaller, text string, all bool, tables []string, filter string) ([]dvHit, *dvError) {
	words := dvSearchWords(text)
	if len(words) == 0 {
		return nil, nil
	}
	var found []dvHit
	for _, s := range dvSearchable {
		d := o.tables[s.table]
		if tables != nil && !slices.Contains(tables, s.table) || d == nil || d.fault == dvAbsent || o.depth(c, d.table, "Read") == dvNone {
			continue
		}
		keep := func(*dvOrg, *dvRow) bool { return true }
		if filter != "" {
			f, err := dvParseFilter(o.metadata, d.table, filter, nil, o.queryUser(c))
			if err != nil {
				return nil, err
			}
			keep = f.test
		}
		found = append(found, o.hitsIn(c, d, s.search, s.shown, words, all, keep)...)
	}
	slices.SortStableFunc(found, func(a, b dvHit) int {
		if a.score != b.score {
			return int(math.Copysign(1, b.score-a.score))
		}
		return strings.Compare(a.row.id, b.row.id)
	})
	return found, nil
}

func (o *dvOrg) hitsIn(c *dvCaller, d *dvData, search, shown, words []string, all bool, keep dvTest) []dvHit {
	type candidate struct {
		row  *dvRow
		with map[string]float64
	}
	frequency := map[string]int{}
	var candidates []candidate
	for _, r := range d.rows {
		with := map[string]float64{}
		for i, column := range search {
			have := dvSearchWords(r.text(column))
			for _, w := range words {
				for _, h := range have {
					if dvWordMatches(h, w) {
						with[w] += 1 / float64(1+i) / (1 + math.Log(float64(len(have))))
						break
					}
				}
			}
		}
		for w := range with {
			frequency[w]++
		}
		if len(with) > 0 && (!all || len(with) == len(words)) && keep(o, r) && o.may(c, d.table, r, "Read") {
			candidates = append(candidates, candidate{r, with})
		}
	}
	var out []dvHit
	for _, x := range candidates {
		h := dvHit{d: d, row: x.row, shown: shown, marks: map[string]string{}}
		for _, w := range words { // in their order, so that sums are always the same
			h.score += x.with[w] * math.Log(1+float64(len(d.rows))/float64(1+frequency[w]))
		}
		for _, column := range search {
			if text := dvHighlight(x.row.text(column), words); text != "" {
				h.marks[column] = text
			}
		}
		out = append(out, h)
	}
	return out
}

// dvSearchWords cuts a text into folded words; a trailing star is kept.
func dvSearchWords(s string) []string {
	return strings.FieldsFunc(dvFold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '*' })
}

func dvWordMatches(have, want string) bool {
	if prefix, ok := strings.CutSuffix(want, "*"); ok {
		return strings.HasPrefix(have, prefix)
	}
	return have == want
}

// dvHighlight marks the words that were found, empty when there are none.
func dvHighlight(s string, words []string) string {
	var b strings.Builder
	found := false
	for _, part := range strings.SplitAfter(s, " ") {
		word := strings.TrimRight(part, " ")
		hit := slices.ContainsFunc(dvSearchWords(word), func(h string) bool {
			return slices.ContainsFunc(words, func(w string) bool { return dvWordMatches(h, w) })
		})
		if hit {
			found = true
			b.WriteString("{crmhit}" + word + "{/crmhit}" + part[len(word):])
		} else {
			b.WriteString(part)
		}
	}
	if !found {
		return ""
	}
	return b.String()
}

func (h dvHit) highlights() dvObject {
	out := dvObject{}
	for _, column := range h.shown {
		if text := h.marks[column]; text != "" {
			out = append(out, dvField{column, []string{text}})
		}
	}
	return out
}

// searchV1 writes hits as version 1.0 does.
func (o *dvOrg) searchV1(c *dvCaller, hits []dvHit, count int) dvReply {
	value := []dvObject{}
	view := dvView{o, c, dvPrefer{annotations: []string{"*"}}}
	for _, h := range hits {
		one := dvObject{{"@search.score", h.score}, {"@search.highlights", h.highlights()}, {"@search.entityname", h.d.table.logical}, {"@search.objectid", h.row.id}}
		for _, name := range h.shown {
			one = view.aliased(one, name, h.d.table.byName[name], h.row)
		}
		value = append(value, one)
	}
	return dvJSON(http.StatusOK, dvObject{{"value", value}, {"facets", dvObject{}}, {"totalrecordcount", count}, {"querycontext", nil}})
}

// searchV2 writes hits as version 2.0 does: a text of JSON inside JSON.
func (o *dvOrg) searchV2(hits []dvHit, count int) dvReply {
	value := []dvObject{}
	for _, h := range hits {
		attributes := dvObject{{"@search.objecttypecode", h.d.table.code}}
		for _, name := range h.shown {
			if v := h.row.values[name]; v != nil && v != (dvRef{}) {
				attributes = append(attributes, dvField{name, dvWire(v)})
			}
		}
		value = append(value, dvObject{{"Id", h.row.id}, {"EntityName", h.d.table.logical}, {"ObjectTypeCode", h.d.table.code},
			{"Attributes", attributes}, {"Highlights", h.highlights()}, {"Score", h.score}})
	}
	inner, err := dvEncodeJSON(dvObject{{"Error", nil}, {"Value", value}, {"Facets", dvObject{}}, {"QueryContext", nil}, {"Count", count}})
	if err != nil {
		return dvFailure(http.StatusInternalServerError).reply(false)
	}
	return dvJSON(http.StatusOK, dvObject{{"@odata.context", o.base() + "/$metadata#Microsoft.Dynamics.CRM.searchqueryResponse"}, {"response", string(inner)}})
}
