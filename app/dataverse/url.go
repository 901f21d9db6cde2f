package dataverse

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// Errors of [ParseURL] and [ParseDeepLink], one for each thing to say about it.
var (
	ErrNotRecordURL = errors.New("not the address of a record")
	ErrNoRecord     = errors.New("the address shows a list, a dashboard or an empty form, not a record")
	ErrTypeCode     = errors.New("the address names its table by a number (etc), which differs between environments")
	ErrNotDeepLink  = errors.New("not a chatpane link")
)

// Lengths of addresses that are read at all.
const (
	maxURL      = 8 << 10
	maxDeepLink = 2 << 10
)

// URL names a record in an environment.
type URL struct {
	Origin string // of the environment, lower case, without a slash at the end
	Table  string // logical name
	ID     string // GUID, lower case, bare
}

// ParseURL reads the address of a record as a browser shows it. The keys of
// its query may come in any order, the id in any form, and keys it does not
// know do not matter. Whether the origin is an environment of the user, the
// caller decides.
func ParseURL(text string) (URL, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxURL || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) {
		return URL{}, ErrNotRecordURL
	}
	u, err := url.Parse(text)
	if err != nil {
		return URL{}, ErrNotRecordURL
	}
	origin, err := origin(u)
	if err != nil {
		return URL{}, err
	}
	path := strings.ToLower(u.Path)
	if path != "" && path != "/" && path != "/main.aspx" && !strings.HasSuffix(path, "/main.aspx") {
		return URL{}, ErrNotRecordURL
	}
	query, err := once(u.RawQuery, "pagetype", "etn", "etc", "id")
	if err != nil {
		return URL{}, fmt.Errorf("%w: %w", ErrNotRecordURL, err)
	}
	table, id, err := record(query)
	if err != nil {
		return URL{}, err
	}
	return URL{origin, table, id}, nil
}

// record reads table and id from the query of an address.
func record(query map[string]string) (table, id string, err error) {
	switch {
	case query["pagetype"] != "" && !strings.EqualFold(query["pagetype"], "entityrecord"):
		return "", "", ErrNoRecord
	case query["etn"] == "" && query["etc"] != "":
		return "", "", ErrTypeCode
	case query["etn"] == "" || strings.Trim(query["id"], "{}") == "":
		return "", "", ErrNoRecord
	}
	if table, err = logicalName(strings.ToLower(query["etn"])); err != nil {
		return "", "", fmt.Errorf("%w: table name", ErrNotRecordURL)
	}
	if id, err = guid(query["id"]); err != nil {
		return "", "", fmt.Errorf("%w: id", ErrNotRecordURL)
	}
	return table, id, nil
}

// origin is the normalised origin of an address: https, or http on this
// machine, where only the demo has an environment.
func origin(u *url.URL) (string, error) {
	host := strings.ToLower(u.Hostname())
	ip, err := netip.ParseAddr(host)
	loopback := host == "localhost" || err == nil && ip.IsLoopback()
	switch {
	case u.User != nil || u.Opaque != "" || host == "" || !loopback && !hostName.MatchString(host):
		return "", ErrNotRecordURL
	case u.Scheme != "https" && !(u.Scheme == "http" && loopback):
		return "", ErrNotRecordURL
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && !(u.Scheme == "https" && port == "443") {
		host += ":" + port
	}
	return u.Scheme + "://" + host, nil
}

var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))+$`)

// once reads the given keys of a query, in any case. A key that comes twice
// with different values is refused: another reader might take the other one.
func once(raw string, keys ...string) (map[string]string, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, errors.New("query is broken")
	}
	out := map[string]string{}
	for key, list := range values {
		key = strings.ToLower(key)
		for _, want := range keys {
			if key != want {
				continue
			}
			for _, v := range list {
				if old, ok := out[key]; ok && old != v {
					return nil, fmt.Errorf("%s is given twice", key)
				}
				out[key] = v
			}
		}
	}
	return out, nil
}

// DeepLink is what a chatpane: link asks to open. It only ever navigates.
type DeepLink struct {
	URL  URL
	Chat string // Graph chat id to open in the record's pane; may be empty
}

// chatID is the form of Graph's chat ids.
var chatID = regexp.MustCompile(`^19:[A-Za-z0-9_.=+-]{1,200}@(thread\.v2|thread\.tacv2|thread\.skype|unq\.gbl\.spaces)$`)

// ParseDeepLink reads a link of the form
//
//	chatpane://record?url={address of a record}[&chat={id}]
//	chatpane://record?env={origin}&etn={table}&id={guid}[&chat={id}]
//
// and nothing else: at most 2 KiB, each key once, no other keys.
func ParseDeepLink(text string) (DeepLink, error) {
	if len(text) > maxDeepLink || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return DeepLink{}, ErrNotDeepLink
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "chatpane" || u.Host != "record" || u.User != nil || u.Fragment != "" || u.Path != "" && u.Path != "/" {
		return DeepLink{}, ErrNotDeepLink
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return DeepLink{}, ErrNotDeepLink
	}
	for key, list := range values {
		switch key {
		case "url", "env", "etn", "id", "chat":
			if len(list) == 1 && list[0] != "" {
				continue
			}
		}
		return DeepLink{}, fmt.Errorf("%w: its keys", ErrNotDeepLink)
	}
	var out DeepLink
	if out.Chat = values.Get("chat"); out.Chat != "" && !chatID.MatchString(out.Chat) {
		return DeepLink{}, fmt.Errorf("%w: its chat", ErrNotDeepLink)
	}
	out.URL, err = linkedRecord(values)
	return out, err
}

func linkedRecord(values url.Values) (URL, error) {
	if values.Has("url") {
		if values.Has("env") || values.Has("etn") || values.Has("id") {
			return URL{}, fmt.Errorf("%w: two records", ErrNotDeepLink)
		}
		return ParseURL(values.Get("url"))
	}
	env := values.Get("env")
	if env == "" || !values.Has("etn") || !values.Has("id") {
		return URL{}, fmt.Errorf("%w: no record", ErrNotDeepLink)
	}
	if !strings.Contains(env, "://") {
		env = "https://" + env
	}
	u, err := url.Parse(env)
	if err != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return URL{}, fmt.Errorf("%w: its environment", ErrNotDeepLink)
	}
	from, err := origin(u)
	if err != nil {
		return URL{}, fmt.Errorf("%w: its environment", ErrNotDeepLink)
	}
	table, id, err := record(map[string]string{"etn": values.Get("etn"), "id": values.Get("id")})
	if err != nil {
		return URL{}, err
	}
	return URL{from, table, id}, nil
}

// Address is the address that opens the record in Dynamics.
func (u URL) Address() string {
	return u.Origin + "/main.aspx?etn=" + url.QueryEscape(u.Table) + "&pagetype=entityrecord&id=" + url.QueryEscape(u.ID)
}
