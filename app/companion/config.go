package companion

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"chatpane/app/entra"
	"chatpane/app/wire"
)

// Config is the configuration file of the server, JSON. Each setting may also
// come from an environment variable: CHATPANE_COMPANION_ and the name in
// capitals with underscores, such as CHATPANE_COMPANION_TENANT_ID; lists are
// separated by commas. The environment wins.
type Config struct {
	// Listen is where to serve, "127.0.0.1:8080" by default.
	Listen string `json:"listen"`
	// TLSCertificate and TLSKey are PEM files; without them a proxy in front
	// has to speak TLS, and Listen has to be a loopback or private address.
	TLSCertificate string `json:"tlsCertificate"`
	TLSKey         string `json:"tlsKey"`
	// Name is the application's name as people in a chat read it.
	Name string `json:"name"`
	// Cloud is "global", "gcc", "gcch", "dod" or "china".
	Cloud string `json:"cloud"`
	// TenantID, ClientID: the organisation, and the companion's registration.
	TenantID string `json:"tenantId"`
	ClientID string `json:"clientId"`
	// DesktopClientIDs are the registrations whose tokens are taken.
	DesktopClientIDs []string `json:"desktopClientIds"`
	// Scope is the exposed delegated permission, "chat.join" by default.
	Scope string `json:"scope"`
	// Environments are the Dynamics environments that are served.
	Environments []string `json:"environments"`
	// Certificate and CertificateKey are the PEM files of the registration's certificate.
	Certificate    string `json:"certificate"`
	CertificateKey string `json:"certificateKey"`
	// Development takes ClientSecret instead of a certificate.
	Development bool `json:"development"`
	// AllowGuests, RejoinFreely: see Options.
	AllowGuests  bool `json:"allowGuests"`
	RejoinFreely bool `json:"rejoinFreely"`
	// The limits of one replica; see Limits. 0 is no limit.
	ChatPerMinute   int `json:"chatPerMinute"`
	PersonPerMinute int `json:"personPerMinute"`
	PersonPerDay    int `json:"personPerDay"`
	TenantPerMinute int `json:"tenantPerMinute"`
	// Replica names this process in the audit; the host's name by default.
	Replica string `json:"replica"`
	// ClientSecret comes from the environment only, so that no file holds it.
	ClientSecret wire.Secret `json:"-"`
}

// envPrefix begins the names of the environment variables.
const envPrefix = "CHATPANE_COMPANION_"

// LoadConfig reads the configuration from a file, which may be missing when
// path is empty, and from environment variables as os.Environ gives them. What
// is wrong or unknown is an error that names it.
func LoadConfig(path string, environ []string) (Config, error) {
	d := DefaultLimits()
	c := Config{Listen: "127.0.0.1:8080", Cloud: "global", Scope: "chat.join", Name: "Chatpane",
		ChatPerMinute: d.ChatPerMinute, PersonPerMinute: d.PersonPerMinute, PersonPerDay: d.PersonPerDay, TenantPerMinute: d.TenantPerMinute}
	if path != "" {
		b, err := os.ReadFile(path)
		if err != nil {
			return c, fmt.Errorf("read the configuration: %w", err)
		}
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&c); err != nil {
			return c, fmt.Errorf("read the configuration %s: %w", path, err)
		}
	}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		name, ours := strings.CutPrefix(name, envPrefix)
		if !ours {
			continue
		}
		if err := c.set(name, value); err != nil {
			return c, fmt.Errorf("read %s%s: %w", envPrefix, name, err)
		}
	}
	if c.Replica == "" {
		c.Replica, _ = os.Hostname() // without one the audit's lines name none
	}
	return c, c.check()
}

// set takes one environment variable.
func (c *Config) set(name, value string) error {
	texts := map[string]*string{"LISTEN": &c.Listen, "TLS_CERTIFICATE": &c.TLSCertificate, "TLS_KEY": &c.TLSKey, "NAME": &c.Name,
		"CLOUD": &c.Cloud, "TENANT_ID": &c.TenantID, "CLIENT_ID": &c.ClientID, "SCOPE": &c.Scope,
		"CERTIFICATE": &c.Certificate, "CERTIFICATE_KEY": &c.CertificateKey, "REPLICA": &c.Replica}
	lists := map[string]*[]string{"DESKTOP_CLIENT_IDS": &c.DesktopClientIDs, "ENVIRONMENTS": &c.Environments}
	flags := map[string]*bool{"DEVELOPMENT": &c.Development, "ALLOW_GUESTS": &c.AllowGuests, "REJOIN_FREELY": &c.RejoinFreely}
	numbers := map[string]*int{"CHAT_PER_MINUTE": &c.ChatPerMinute, "PERSON_PER_MINUTE": &c.PersonPerMinute,
		"PERSON_PER_DAY": &c.PersonPerDay, "TENANT_PER_MINUTE": &c.TenantPerMinute}
	var err error
	switch {
	case texts[name] != nil:
		*texts[name] = value
	case lists[name] != nil:
		list := strings.Split(value, ",")
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		*lists[name] = list
	case flags[name] != nil:
		if *flags[name], err = strconv.ParseBool(value); err != nil {
			return errors.New("it has to be true or false")
		}
	case numbers[name] != nil:
		if *numbers[name], err = strconv.Atoi(value); err != nil {
			return errors.New("it has to be a number")
		}
	case name == "CLIENT_SECRET":
		c.ClientSecret = wire.NewSecret(value)
	default:
		return errors.New("there is no such setting")
	}
	return nil
}

// check says in a sentence what is wrong.
func (c Config) check() error {
	_, cloud := entra.CloudNamed(c.Cloud)
	switch {
	case !cloud:
		return fmt.Errorf("cloud %q is not known: it is global, gcc, gcch, dod or china", c.Cloud)
	case (c.TLSCertificate == "") != (c.TLSKey == ""):
		return errors.New("tlsCertificate and tlsKey belong together")
	case c.TLSCertificate == "" && !inside(c.Listen):
		return errors.New("listen is a public address: set tlsCertificate and tlsKey, or listen on a loopback or private address behind a proxy that speaks TLS")
	case (c.Certificate == "") != (c.CertificateKey == ""):
		return errors.New("certificate and certificateKey belong together")
	case c.ClientSecret.Reveal() != "" && !c.Development:
		return errors.New("a client secret is for development only: register a certificate and set certificate and certificateKey")
	case c.Certificate == "" && c.ClientSecret.Reveal() == "":
		return errors.New("set certificate and certificateKey: the companion has to prove who it is")
	case min(c.ChatPerMinute, c.PersonPerMinute, c.PersonPerDay, c.TenantPerMinute) < 0:
		return errors.New("a limit is negative: 0 is no limit")
	case c.ChatPerMinute == 0 || c.ChatPerMinute > 4:
		return errors.New("chatPerMinute has to be 1 to 4: Graph allows four changes of members a minute and chat")
	}
	return nil
}

// inside reports whether an address is on this machine or in a private network,
// or leaves that to a container's network ("" or 0.0.0.0 with a port).
func inside(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	if host == "" || host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsUnspecified())
}

// Options makes the options of a server; certificates are read here.
func (c Config) Options() (Options, error) {
	cloud, _ := entra.CloudNamed(c.Cloud)
	o := Options{Authority: cloud.Authority, Graph: cloud.Graph, TenantID: c.TenantID, ClientID: c.ClientID, Desktops: c.DesktopClientIDs,
		Scope: c.Scope, Environments: c.Environments, Name: c.Name, AllowGuests: c.AllowGuests, RejoinFreely: c.RejoinFreely, Replica: c.Replica,
		Limits: Limits{c.ChatPerMinute, c.PersonPerMinute, c.PersonPerDay, c.TenantPerMinute}}
	for _, env := range c.Environments {
		if _, ok := cloud.Environment(env); !ok {
			return o, fmt.Errorf("environments: %q is no Dynamics environment of the cloud %s", env, cloud.Name)
		}
	}
	if c.Certificate == "" {
		o.Credential.Secret = c.ClientSecret
		return o, nil
	}
	var err error
	if o.Credential.Certificate, err = readCertificate(c.Certificate); err != nil {
		return o, err
	}
	if o.Credential.Key, err = readKey(c.CertificateKey); err != nil {
		return o, err
	}
	if !o.Credential.Key.PublicKey.Equal(o.Credential.Certificate.PublicKey) {
		return o, errors.New("certificateKey is not the key of certificate")
	}
	return o, nil
}

func readPEM(path string) (*pem.Block, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("read %s: it holds no PEM block", path)
	}
	return block, nil
}

func readCertificate(path string) (*x509.Certificate, error) {
	block, err := readPEM(path)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return cert, nil
}

func readKey(path string) (*rsa.PrivateKey, error) {
	block, err := readPEM(path)
	if err != nil {
		return nil, err
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read %s: not a private key in PKCS #1 or #8", path)
	}
	rsaKey, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("read %s: Entra wants an RSA key", path)
	}
	return rsaKey, nil
}
