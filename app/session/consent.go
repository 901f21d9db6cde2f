package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"chatpane/app/entra"
	"chatpane/app/odata"
	"chatpane/app/wire"
)

// graphScopes are asked for at sign-in (graph.md §1.1); what is not granted
// removes its function.
var graphScopes = []string{"Chat.ReadWrite", "ChatMessage.Send", "Chat.Create", "User.ReadBasic.All", "Presence.Read.All"}

// dynamicsScope is the one delegated permission of Dynamics 365.
const dynamicsScope = "user_impersonation"

// scopeNeeds names what works only with a scope; the words are text keys "scope.<need>".
var scopeNeeds = map[string]string{
	"Chat.ReadWrite": "read", "ChatMessage.Send": "send", "Chat.Create": "start",
	"User.ReadBasic.All": "people", "Presence.Read.All": "presence", dynamicsScope: "records",
}

// wanted is what the sign-in page asks people to agree to: Graph's scopes first,
// which are asked for again as a whole where one is refused, then Dynamics'.
func (c *Core) wanted() []string {
	return append(c.graphScopes(), c.o.Cloud.Discovery+"/"+dynamicsScope)
}

// resources are the scopes asked for per resource; the companion's is its own name.
func (c *Core) resources() map[string][]string {
	out := map[string][]string{c.o.Cloud.Graph: c.graphScopes()}
	if origin, err := wire.Origin(c.o.Policy.Companion); err == nil {
		out[origin] = []string{c.o.Policy.CompanionScope}
	}
	return out
}

func (c *Core) graphScopes() []string {
	var out []string
	for _, s := range graphScopes {
		out = append(out, c.o.Cloud.Graph+"/"+s)
	}
	return out
}

// has reports whether a scope is among those granted, which are named with or
// without their resource.
func (c *Core) has(granted []string, scope string) bool {
	return slices.ContainsFunc(granted, func(g string) bool {
		return strings.EqualFold(g, scope) || strings.EqualFold(g, c.o.Cloud.Graph+"/"+scope)
	})
}

// lacksConsent reports whether somebody has to agree before asking again helps.
func lacksConsent(err error) bool {
	return errors.Is(err, entra.ErrConsent) || errors.Is(err, entra.ErrAdminConsent)
}

// grantsAnything refuses a sign-in that was granted nothing this program can use.
func (c *Core) grantsAnything(g entra.Grant) error {
	if !g.Partial || slices.ContainsFunc(graphScopes, func(s string) bool { return c.has(g.Scopes, s) }) {
		return nil
	}
	return fmt.Errorf("none of the permissions is granted: %w", entra.ErrAdminConsent)
}

// withoutDynamics is what a sign-in goes on with when nobody agreed to Dynamics
// 365: the environments known of the same account, else the Problem that says so.
func withoutDynamics(before Account, err error) ([]Environment, error) {
	if before.Phase == "signedIn" && len(before.Environments) > 0 {
		return before.Environments, nil
	}
	p := *explain(err)
	p.Code, p.Action = "dynamicsConsent", ""
	return nil, &p
}

// withLink adds the administrator's consent link to a sign-in's Problem that only
// an administrator ends.
func (c *Core) withLink(p *Problem) *Problem {
	scopes := c.wanted()
	switch p.Code {
	case "consent", "adminConsent":
	case "dynamicsConsent":
		scopes = scopes[len(scopes)-1:]
	default:
		return p
	}
	e, err := c.entra()
	if err != nil {
		return p
	}
	out := *p
	out.Action, out.URL = "copyLink", e.AdminConsentURL(e.Tenant, scopes)
	return &out
}

// scopes tells which permissions were granted, with the administrator's
// consent link for the missing ones (graph.md §5). Nothing is said of a service
// before its first token came or was refused for want of consent.
func (c *Core) scopes(r *running) []ScopeState {
	out := []ScopeState{}
	e, err := c.entra()
	if err != nil {
		return out
	}
	add := func(resource string, names []string) {
		granted := r.tokens.Scopes(resource)
		if len(granted) == 0 && !lacksConsent(r.tokens.Refused(resource)) {
			return
		}
		for _, name := range names {
			row := ScopeState{Name: name, Need: scopeNeeds[name], Granted: c.has(granted, name) || c.has(granted, resource+"/"+name)}
			if !row.Granted {
				row.Link = e.AdminConsentURL(r.grant.Tenant, []string{resource + "/" + name})
			}
			out = append(out, row)
		}
	}
	add(c.o.Cloud.Graph, graphScopes)
	add(r.env, []string{dynamicsScope})
	return out
}

// missingScope is the permission that a request of Graph was refused for want
// of, "" for other refusals. Graph says so in its text only (graph.md §3.3): "API
// requires one of 'A, B'"; of these the one that sign-in asks for is named.
func missingScope(e *odata.Error) string {
	if !errors.Is(e, odata.ErrForbidden) || !strings.HasPrefix(e.Message, "Missing scope permissions") {
		return ""
	}
	_, rest, _ := strings.Cut(e.Message, "requires one of '")
	list, _, found := strings.Cut(rest, "'")
	names := strings.Split(list, ", ")
	for _, want := range graphScopes {
		if slices.Contains(names, want) {
			return want
		}
	}
	if !found || !scopeName(names[0]) {
		return "Microsoft Graph"
	}
	return names[0]
}

// scopeName reports whether a text looks like the name of a permission.
func scopeName(s string) bool {
	return s != "" && len(s) < 80 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.") == ""
}

// isMissingScope reports whether a request was refused because a permission is
// missing: asking again soon does not help.
func isMissingScope(err error) bool {
	var e *odata.Error
	return errors.As(err, &e) && missingScope(e) != ""
}
