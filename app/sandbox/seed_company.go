package sandbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// domain is the tenant's verified domain.
const domain = "contoso.sandbox.test"

// staff are the people, the demo's main agent first. Everybody is invented.
var staff = []Person{
	{Name: "Nora Lindqvist", JobTitle: "Customer Service Agent", Role: "agent", language: "en"},
	{Name: "Tomas Ferreira", JobTitle: "Customer Service Agent", Role: "agent", language: "en"},
	{Name: "Aiko Tanabe (田辺 愛子)", JobTitle: "Customer Service Agent", Role: "agent", language: "ja"},
	{Name: "Jonas Weidner", JobTitle: "Customer Service Agent", Role: "agent", language: "de"},
	{Name: "Priya Raman", JobTitle: "Senior Customer Service Agent", Role: "agent", language: "en"},
	{Name: "Samuel Okoro", JobTitle: "Customer Service Supervisor", Role: "supervisor", language: "en"},
	{Name: "Elena Vasquez", JobTitle: "Knowledge Expert", Role: "expert", language: "en"},
	{Name: "Lukas Brandt", JobTitle: "Quality Analyst", Role: "readonly", language: "de"},
	{Name: "Dana Whitfield", JobTitle: "Parts Liaison, Northwind Seals", Role: "guest", language: "en"},
	{Name: "Victor Hale", JobTitle: "Dynamics Administrator", Role: "admin", language: "en"},
	{Name: "Grace Mbeki", JobTitle: "Customer Service Agent", Role: "agent", language: "en"},
	{Name: "Ryo Hayashi (林 亮)", JobTitle: "Field Technician", Role: "agent", language: "ja"},
	{Name: "Søren Østergaard", JobTitle: "Field Technician", Role: "agent", language: "en"},
	{Name: "Hannah Krüger", JobTitle: "Billing Specialist", Role: "agent", language: "de"},
	{Name: "Owen Gallagher", JobTitle: "Customer Service Agent", Role: "agent", language: "en"},
	{Name: "Leïla Benali", JobTitle: "Customer Service Agent", Role: "agent", language: "en"},
	{Name: "Mateo Rossi", JobTitle: "Logistics Coordinator", Role: "agent", language: "en"},
	{Name: "Ingrid Solheim", JobTitle: "Product Specialist", Role: "agent", language: "en"},
	{Name: "Felix Baumann", JobTitle: "Field Technician", Role: "agent", language: "de"},
	{Name: "Zoe Papadaki", JobTitle: "Customer Service Agent", Role: "agent", language: "en"},
	{Name: "Kenji Mori (森 健司)", JobTitle: "Product Specialist", Role: "agent", language: "ja"},
	{Name: "Amara Diallo", JobTitle: "Customer Service Agent", Role: "agent", language: "en"},
	{Name: "Peter Novak", JobTitle: "Warranty Desk", Role: "agent", language: "en"},
	{Name: "Clara Jensen", JobTitle: "Customer Service Agent", Role: "agent", language: "en"},
	{Name: "Anton Reuter", JobTitle: "Billing Specialist", Role: "agent", language: "de"},
	{Name: "Maya Fischer", JobTitle: "Customer Service Agent", Role: "agent", language: "de"},
	{Name: "Daniel Osei", JobTitle: "Logistics Coordinator", Role: "agent", language: "en"},
	{Name: "Rosa Carvalho", JobTitle: "Customer Service Agent", Role: "agent", language: "en"},
	{Name: "Liam Fraser", JobTitle: "Field Technician", Role: "agent", language: "en"},
	{Name: "Yuki Arai (新井 由紀)", JobTitle: "Customer Service Agent", Role: "agent", language: "ja"},
	{Name: "Beatrix Vogel", JobTitle: "Contract Desk", Role: "agent", language: "de"},
	{Name: "Noah Lindgren", JobTitle: "Customer Service Agent", Role: "agent", language: "en"},
}

var companies = [...]string{
	"Alder & Finch Hotels", "Brightwater Utilities", "Cobalt Bakeries", "Dunmore Clinics", "Eastgate Cinemas",
	"Fjordline Ferries", "Granite Peak Lodges", "Harbour Street Foods", "Isarwerk Maschinenbau", "Juniper Gardens",
	"Kestrel Airfield Services", "Lakeside Schools", "Meridian Pools", "北風食品 (Kitakaze Foods)", "Oakhurst Dairies",
	"Pinecrest Apartments", "Quayside Offices", "Riverbend Brewing", "Sonnenhof Kliniken", "Tidewater Laundry",
	"Upland Greenhouses", "Vantage Gyms", "Westmark Libraries", "Yamanote Baths",
}

var cities = [...]string{"Bristol", "Hamburg", "Osaka", "Malmö", "Leeds", "München", "Porto", "Dublin"}

var (
	firstNames = [...]string{"Ellen", "Marcus", "Ines", "Harald", "Yoko", "Patrick", "Silvia", "Deniz", "Ruth", "Olivier", "Katrin", "Bo"}
	lastNames  = [...]string{"Hartley", "Stone", "Moreau", "Kessler", "Ogawa", "Byrne", "Conti", "Aydin", "Feldman", "Larue", "Scholz", "Ekman"}
)

// subjects are the titles of cases, by topic. The topics are those of the
// conversations.
var subjects = [...][]string{
	topicGasket:     {"Leaking gasket on heat exchanger", "Gasket seeps after pressure test", "Water under pump housing", "Seal ring fails within a month", "Leak at flange after service"},
	topicRefund:     {"Refund for cancelled service visit", "Refund not received after return", "Double charge on service plan", "Partial refund for damaged panel", "Goodwill refund for outage"},
	topicLogin:      {"Login loop in customer portal", "Portal session ends every minute", "Reset mail for portal never arrives", "Two-step code refused", "Cannot switch site in portal"},
	topicInvoice:    {"Invoice mismatch with purchase order", "Wrong tax rate on invoice", "Invoice lists unordered sensor", "Credit note missing for March", "Invoice sent to old address"},
	topicThermostat: {"Thermostat calibration drifts", "Thermostat reads 3 °C too high", "Zone 2 does not heat", "Schedule lost after power cut", "Thermostat display stays dark"},
	topicDelivery:   {"Delivery of filter set overdue", "Pallet delivered to wrong gate", "Replacement pump missing in shipment", "Tracking shows no movement", "Partial delivery of valves"},
}

// seedCompany makes people, teams, customers and cases.
func (w *World) seedCompany(cases int) {
	w.seedPeople()
	w.seedTeams()
	w.seedCustomers()
	for i := range cases {
		w.Cases = append(w.Cases, w.seedCase(i))
	}
}

func (w *World) seedPeople() {
	for i := range staff {
		p := staff[i]
		p.index = i
		p.OID = w.guid("person", i)
		p.UPN = alias(p.Name) + "@" + domain
		p.Mail = p.UPN
		p.photo = i%4 != 3
		if p.Role == "guest" {
			p.Mail = alias(p.Name) + "@northwindseals.example"
			p.UPN = alias(p.Name) + "_northwindseals.example#EXT#@" + domain
		} else {
			p.SystemUserID = w.guid("systemuser", i)
		}
		w.People = append(w.People, &p)
		w.byOID[p.OID] = &p
		w.byUPN[strings.ToLower(p.UPN)] = &p
	}
}

// alias turns "Søren Østergaard" into "soren.ostergaard".
func alias(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), " (")
	return strings.NewReplacer(" ", ".", "ø", "o", "ü", "ue", "ï", "i").Replace(name)
}

func (w *World) seedTeams() {
	agents := func(keep func(*Person) bool) []*Person {
		var out []*Person
		for _, p := range w.People {
			if p.SystemUserID != "" && keep(p) {
				out = append(out, p)
			}
		}
		return out
	}
	frontline := agents(func(p *Person) bool { return strings.Contains(p.JobTitle, "Customer Service Agent") })
	field := agents(func(p *Person) bool { return p.JobTitle == "Field Technician" || p.Role == "expert" })
	for i, t := range []TeamSeed{
		{Name: "Frontline Support", Type: 0, Members: frontline},
		{Name: "Field Service", Type: 0, Members: field},
		{Name: "Escalations access team", Type: 1, Members: []*Person{w.People[0], w.People[5]}},
		{Name: "All Customer Care", Type: 2, Members: agents(func(*Person) bool { return true })},
	} {
		t.ID = w.guid("team", i)
		t.Administrator = w.People[5].SystemUserID
		w.Teams = append(w.Teams, &t)
		for _, p := range t.Members {
			p.TeamIDs = append(p.TeamIDs, t.ID)
		}
	}
}

func (w *World) seedCustomers() {
	rng := w.random("customers", 0)
	for i, name := range companies {
		w.Accounts = append(w.Accounts, &AccountSeed{
			ID: w.guid("account", i), Name: name, Number: fmt.Sprintf("AC-%04d", 1200+i*7),
			City: cities[i%len(cities)], Phone: phone(rng), Owner: w.agent(rng),
		})
	}
	for i := range 2 * len(companies) {
		first, last := firstNames[rng.IntN(len(firstNames))], lastNames[i%len(lastNames)]
		a := w.Accounts[i%len(w.Accounts)]
		w.Contacts = append(w.Contacts, &ContactSeed{
			ID: w.guid("contact", i), FirstName: first, LastName: last, Account: a, Phone: phone(rng), Owner: a.Owner,
			Mail: strings.ToLower(first+"."+last) + fmt.Sprintf("@customer%02d.example", i%len(companies)),
		})
	}
}

func phone(rng *rand.Rand) string {
	return fmt.Sprintf("+44 20 7946 %04d", rng.IntN(1000)) // Ofcom's numbers for fiction
}

// agent picks somebody who can own records.
func (w *World) agent(rng *rand.Rand) *Person {
	for {
		if p := w.People[rng.IntN(len(staff))]; p.Role == "agent" {
			return p
		}
	}
}

// seedCase makes the i-th case. Every fourth belongs to the main agent, every
// ninth to a team, every fifth is resolved.
func (w *World) seedCase(i int) *CaseSeed {
	rng := w.random("case", i)
	topic := i % len(subjects)
	contact := w.Contacts[rng.IntN(len(w.Contacts))]
	c := &CaseSeed{
		ID: w.guid("case", i), Number: fmt.Sprintf("CAS-%05d-%s", 1201+i*3, code(rng, 6)),
		Title:   subjects[topic][i/len(subjects)%len(subjects[topic])],
		Account: contact.Account, Contact: contact, Priority: 1 + rng.IntN(3), topic: topic,
	}
	if round := i / (len(subjects) * len(subjects[topic])); round > 0 {
		c.Title += fmt.Sprintf(", site %d", round+1)
	}
	c.Description = fmt.Sprintf("%s of %s reports: %s.", contact.FirstName+" "+contact.LastName, contact.Account.Name, strings.ToLower(c.Title[:1])+c.Title[1:])
	switch {
	case i%4 == 0:
		c.OwnerOID = w.People[0].OID
	case i%9 == 1:
		c.OwnerTeam = w.Teams[i/9%2].ID
	default:
		c.OwnerOID = w.agent(rng).OID
	}
	c.Resolved = i%5 == 4
	c.Created = w.born.Add(-time.Duration(i*29+rng.IntN(24)+3) * time.Hour).Truncate(time.Second)
	c.Modified = w.born.Add(-time.Duration(i*67+rng.IntN(50)+4) * time.Minute).Truncate(time.Second)
	if c.Modified.Before(c.Created) {
		c.Modified = c.Created.Add(time.Hour)
	}
	return c
}

// code is a random upper-case code as in case numbers.
func code(rng *rand.Rand, n int) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[rng.IntN(len(letters))]
	}
	return string(b)
}

// owner is the person who stands for a case: its owner, or a member of the
// owning team.
func (w *World) owner(c *CaseSeed) *Person {
	if p := w.byOID[c.OwnerOID]; p != nil {
		return p
	}
	i := slices.IndexFunc(w.Teams, func(t *TeamSeed) bool { return t.ID == c.OwnerTeam })
	return w.Teams[i].Members[0]
}
