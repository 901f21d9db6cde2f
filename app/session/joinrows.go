package session

// JoinResult is what became of one locked chat.
type JoinResult struct {
	Link string `json:"link"` // link row id
	Chat string `json:"chat"` // "" unless the user is in it now
	Name string `json:"name"` // the link's stored name
	// Outcome is "joined", "member" (was in it already), "refused" or "failed".
	Outcome string `json:"outcome"`
	// Why lists text/ keys "join.<code>" when refused.
	Why []string `json:"why"`
	// Problem is set when failed.
	Problem *Problem `json:"problem"`
}

// AskDraft is what asking to be added begins with.
type AskDraft struct {
	Link   string `json:"link"`   // link row id
	Name   string `json:"name"`   // the chat's name as stored with the link
	Record string `json:"record"` // number and name of the record
	URL    string `json:"url"`    // opens the record in Dynamics; it follows the text
	// People may be able to add the user, the most likely first; at least one.
	People []AskPerson `json:"people"`
}

// AskPerson is somebody who may be able to add the user to a chat.
type AskPerson struct {
	ID    string `json:"id"` // Entra object id
	Name  string `json:"name"`
	Email string `json:"email"`
	// How that is known, a text/ key "ask.<code>": "inChat" (when Dynamics
	// last looked), "connected", "owner" or "leadsTeam".
	How string `json:"how"`
}

// Ask is a request to be added, as the user read it before sending.
type Ask struct {
	Link   string `json:"link"`
	Person string `json:"person"` // Entra object id, of AskDraft.People
	Text   string `json:"text"`   // plain; the link to the record is added
}
