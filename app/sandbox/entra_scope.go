package sandbox

import (
	"slices"
	"strings"
)

// services that tokens can be for, and the names Microsoft gives them.
var aliases = map[string]string{
	"https://graph.microsoft.com":             serviceGraph,
	"https://globaldisco.crm.dynamics.com":    serviceDiscovery,
	"00000003-0000-0000-c000-000000000000":    serviceGraph,
	"https://graph.microsoft.com/":            serviceGraph,
	"https://globaldisco.crm.dynamics.com/":   serviceDiscovery,
	"https://disco.crm.dynamics.com":          serviceDiscovery,
	"00000007-0000-0000-c000-000000000000":    serviceDataverse,
	"https://contoso.crm.dynamics.com":        serviceDataverse,
	"https://contoso.api.crm.dynamics.com":    serviceDataverse,
	"https://contoso.crm.dynamics.com/":       serviceDataverse,
	"https://admin.services.crm.dynamics.com": serviceDataverse,
}

// canonical is a permission of a service as Microsoft writes it; its letters may
// be of either case in a request.
func canonical(service, name string) (string, bool) {
	known := knownScopes(service)
	if service == serviceGraph {
		known = append(known, otherScopes()...)
	}
	if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, name) }); i >= 0 {
		return known[i], true
	}
	return name, false
}

// resource splits a scope into its service and its short name. The service is
// empty for OpenID scopes.
func (s *Sandbox) resource(scope string) (service, name string, ok bool) {
	switch scope {
	case "openid", "profile", "email", "offline_access":
		return "", scope, true
	}
	cut := strings.LastIndexByte(scope, '/')
	if cut < 0 {
		return serviceGraph, scope, true
	}
	base, name := scope[:cut], scope[cut+1:]
	if base == CompanionClientID || base == "api://"+CompanionClientID {
		return serviceCompanion, name, true
	}
	for _, service := range []string{serviceGraph, serviceDataverse, serviceTraining, serviceDiscovery} {
		if base == s.origin(service) || base == s.origin(service)+"/" {
			return service, name, true
		}
	}
	service = aliases[base]
	return service, name, service != ""
}

// resolve finds the one service that scopes are for and their short names.
// ".default" stands for all that the client was consented to.
func (s *Sandbox) resolve(client string, scope []string) (service string, names []string, e *oauthError) {
	for _, sc := range scope {
		svc, name, ok := s.resource(sc)
		exact, known := canonical(svc, name)
		switch {
		case !ok:
			return "", nil, &oauthError{code: "invalid_resource", number: 500011, text: "The resource principal named " + strings.TrimSuffix(sc, "/"+name) + " was not found in the tenant named Contoso. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."}
		case svc != "" && name != ".default" && !known:
			return "", nil, &oauthError{code: "invalid_scope", number: 70011, text: "The provided value for the input parameter 'scope' is not valid. The scope " + sc + " is not valid."}
		case svc == "":
			continue
		case service != "" && svc != service:
			return "", nil, &oauthError{code: "invalid_scope", number: 28000, several: true, text: "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope " + strings.Join(scope, " ") + " is not valid."}
		}
		service = svc
		if name == ".default" {
			names = consented(client, svc)
			continue
		}
		names = append(names, exact)
	}
	if service == "" {
		return serviceGraph, []string{"User.Read"}, nil
	}
	return service, names, nil
}

// firstResource keeps the scopes of the first resource: what a code is redeemed
// for when the token request names none.
func (s *Sandbox) firstResource(scope []string) []string {
	first := ""
	return slices.DeleteFunc(slices.Clone(scope), func(sc string) bool {
		svc, _, _ := s.resource(sc)
		if first == "" {
			first = svc
		}
		return svc != "" && svc != first
	})
}

// scopeText is the scope field of an answer: short names for Graph, whole ones
// for other resources, then the OpenID scopes that were asked for.
func (s *Sandbox) scopeText(service string, names, want []string) string {
	out := make([]string, 0, len(names)+3)
	for _, n := range names {
		switch service {
		case serviceGraph:
		case serviceCompanion:
			n = "api://" + CompanionClientID + "/" + n
		default:
			n = s.origin(service) + "/" + n
		}
		out = append(out, n)
	}
	for _, sc := range want {
		if svc, _, _ := s.resource(sc); svc == "" && sc != "offline_access" {
			out = append(out, sc)
		}
	}
	return strings.Join(out, " ")
}
