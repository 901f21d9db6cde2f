package entra

import (
	"regexp"
	"strings"

	"chatpane/app/wire"
)

// Cloud is one of Microsoft's clouds: where to sign in and where its services
// are. A token of one cloud is useless in another.
type Cloud struct {
	Name      string
	Authority string // origin of the sign-in service
	Graph     string // origin of Microsoft Graph
	Discovery string // origin of the list of Dataverse environments
	// DynamicsSuffixes are the domains below which its environments lie. For
	// "crm.dynamics.com" a region number may follow "crm".
	DynamicsSuffixes []string
}

// Clouds returns Microsoft's clouds, the worldwide one first.
func Clouds() []Cloud {
	return []Cloud{
		{"global", "https://login.microsoftonline.com", "https://graph.microsoft.com", "https://globaldisco.crm.dynamics.com", []string{"crm.dynamics.com"}},
		{"gcc", "https://login.microsoftonline.com", "https://graph.microsoft.com", "https://globaldisco.crm9.dynamics.com", []string{"crm.dynamics.com"}},
		{"gcch", "https://login.microsoftonline.us", "https://graph.microsoft.us", "https://globaldisco.crm.microsoftdynamics.us", []string{"crm.microsoftdynamics.us"}},
		{"dod", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us", "https://globaldisco.crm.appsplatform.us", []string{"crm.appsplatform.us"}},
		{"china", "https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn", "https://globaldisco.crm.dynamics.cn", []string{"crm.dynamics.cn"}},
	}
}

// CloudNamed returns the cloud of that name; the empty name is the worldwide one.
func CloudNamed(name string) (Cloud, bool) {
	for _, c := range Clouds() {
		if c.Name == name || name == "" {
			return c, true
		}
	}
	return Cloud{}, false
}

var (
	label  = regexp.MustCompile(`^[a-z0-9-]{1,63}$`)
	region = regexp.MustCompile(`^crm\d{0,2}\.`)
)

// Environment returns the origin of an address that belongs to a Dataverse
// environment of the cloud, and whether it does.
func (c Cloud) Environment(rawURL string) (string, bool) {
	origin, err := wire.Origin(rawURL)
	if err != nil {
		return "", false
	}
	host, ok := strings.CutPrefix(origin, "https://")
	if !ok || strings.Contains(host, ":") {
		return "", false
	}
	name, domain, _ := strings.Cut(host, ".")
	if c.Graph == "https://graph.microsoft.com" {
		domain = region.ReplaceAllString(domain, "crm.")
	}
	for _, suffix := range c.DynamicsSuffixes {
		if domain == suffix && label.MatchString(name) {
			return origin, true
		}
	}
	return "", false
}
