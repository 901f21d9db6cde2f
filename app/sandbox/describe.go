package sandbox

import "slices"

// Description is what a program that starts the sandbox needs to know. Its JSON
// keys are stable.
type Description struct {
	Entra     string          `json:"entra"`     // origin of sign-in
	Graph     string          `json:"graph"`     // with /v1.0
	Dataverse string          `json:"dataverse"` // with /api/data/v9.2
	Discovery string          `json:"discovery"` // origin of the Global Discovery service
	Companion string          `json:"companion"` // empty when none runs
	TenantID  string          `json:"tenantId"`
	ClientID  string          `json:"clientId"`
	Users     []DescribedUser `json:"users"`
	Cases     []DescribedCase `json:"cases"`
	Chats     []DescribedChat `json:"chats"`
}

// DescribedUser is a person with tokens that are valid for a day.
type DescribedUser struct {
	ID           string          `json:"id"`
	UPN          string          `json:"upn"`
	Name         string          `json:"name"`
	Role         string          `json:"role"`
	SystemUserID string          `json:"systemuserid"`
	Tokens       DescribedTokens `json:"tokens"`
}

// DescribedTokens are access tokens without a sign-in.
type DescribedTokens struct {
	Graph     string `json:"graph"`
	Dataverse string `json:"dataverse"`
}

// DescribedCase is a case.
type DescribedCase struct {
	ID           string `json:"id"`
	TicketNumber string `json:"ticketnumber"`
	Title        string `json:"title"`
}

// DescribedChat is a chat with the object ids of its members.
type DescribedChat struct {
	ID      string   `json:"id"`
	Topic   string   `json:"topic"`
	Members []string `json:"members"`
}

// Describe tells where everything is and who may be used.
func (s *Sandbox) Describe() Description {
	d := Description{
		Entra: s.origin(serviceEntra), Graph: s.origin(serviceGraph) + "/v1.0", Dataverse: s.origin(serviceDataverse) + "/api/data/v9.2",
		Discovery: s.origin(serviceDiscovery), TenantID: s.TenantID, ClientID: s.ClientID,
	}
	for _, p := range s.People {
		d.Users = append(d.Users, DescribedUser{ID: p.OID, UPN: p.UPN, Name: p.Name, Role: p.Role, SystemUserID: p.SystemUserID,
			Tokens: DescribedTokens{Graph: s.Token(p.OID, serviceGraph), Dataverse: s.Token(p.OID, serviceDataverse)}})
	}
	for _, c := range s.Cases {
		d.Cases = append(d.Cases, DescribedCase{ID: c.ID, TicketNumber: c.Number, Title: c.Title})
	}
	d.Chats = s.ListRooms()
	return d
}

// ListRooms returns all chats with their members' object ids, as Describe does,
// without the tokens of all people, which take long to sign.
func (s *Sandbox) ListRooms() []DescribedChat {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var chats []DescribedChat
	for _, r := range s.rooms {
		members := make([]string, 0, len(r.members))
		for _, m := range r.members {
			members = append(members, m.person.OID)
		}
		slices.Sort(members)
		chats = append(chats, DescribedChat{ID: r.id, Topic: r.topic, Members: members})
	}
	return chats
}
