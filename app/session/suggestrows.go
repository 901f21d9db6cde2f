package session

// Suggestions are the suggested contacts of a record (product.md §6), the best
// first. Suggest answers with them from the cache; RefreshSuggestions asks the
// servers first.
type Suggestions struct {
	Record string `json:"record"` // record key
	// State is "ready", "loading" (nothing cached yet, RefreshSuggestions reads
	// it), "offline" (nothing cached and no network), "error" (nothing cached,
	// and Problem says why) or "off" (the record's type has both kinds off).
	State   string   `json:"state"`
	Problem *Problem `json:"problem"` // why the last refresh failed; what is shown is then older
	// Stale tells that RefreshSuggestions would ask the servers.
	Stale bool   `json:"stale"`
	Read  string `json:"read"` // when the people were last read; "" = never
	// RulesOn and SimilarOn are the type's two settings.
	RulesOn   bool `json:"rulesOn"`
	SimilarOn bool `json:"similarOn"`
	// Rules are people related to the record, Similar people who resolved similar
	// cases. Nobody is in both.
	Rules   []SuggestedPerson `json:"rules"`
	Similar []SuggestedPerson `json:"similar"`
	// MoreRules and MoreSimilar tell that there are more than the three that are
	// shown before "View more".
	MoreRules   bool `json:"moreRules"`
	MoreSimilar bool `json:"moreSimilar"`
	// Cases is how many resolved cases Similar was computed from, and Judged
	// tells that confidences were compared with what came true in them; there
	// may be too few for that.
	Cases  int64 `json:"cases"`
	Judged bool  `json:"judged"`
	// Notes are text/ keys "suggestNote.<code>": what could not be taken into
	// account, such as "rulesUnreadable" or "ruleFailed".
	Notes []string `json:"notes"`
}

// SuggestedPerson is one suggested contact.
type SuggestedPerson struct {
	Person Person `json:"person"`
	// LabelCode is a text/ key "suggestRule.<code>" of a rule of the product, ""
	// for a rule of the environment, whose name in the user's language is Label.
	LabelCode string `json:"labelCode"`
	Label     string `json:"label"`
	// Case is the most similar case that the person resolved, only in Similar.
	Case *SimilarCase `json:"case"`
	// Confidence is how likely it is, in percent, that this person would resolve
	// a case like this; calibrated on the environment's own history. 0 in Rules.
	Confidence int64 `json:"confidence"`
	// Reasons tell how it came about, the weightiest first.
	Reasons []SuggestReason `json:"reasons"`
}

// SimilarCase is a resolved case.
type SimilarCase struct {
	Key      string `json:"key"` // record key
	Number   string `json:"number"`
	Title    string `json:"title"`
	Resolved string `json:"resolved"` // time
}

// SuggestReason is one reason in parts; the words are text/ key
// "suggestReason.<Code>". Numbers and times arrive as text.
type SuggestReason struct {
	Code string `json:"code"`
	Args []Arg  `json:"args"`
}
