package sandbox

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// subscriptionRoutes are the change notifications. The permission depends on
// what is subscribed to, so the handlers ask for it.
var subscriptionRoutes = []graphRoute{
	{"POST /v1.0/subscriptions", (*call).subscribe, "", readRoles},
	{"GET /v1.0/subscriptions", (*call).listSubscriptions, "", readRoles},
	{"GET /v1.0/subscriptions/{subscription}", (*call).getSubscription, "", readRoles},
	{"PATCH /v1.0/subscriptions/{subscription}", (*call).renewSubscription, "", readRoles},
	{"DELETE /v1.0/subscriptions/{subscription}", (*call).deleteSubscription, "", readRoles},
	{"POST /v1.0/subscriptions/{subscription}/reauthorize", (*call).reauthorize, "", readRoles},
}

const readRoles = "Chat.Read.All Chat.ReadWrite.All Chat.ReadBasic.All ChatMember.Read.All ChatMember.ReadWrite.All ChannelMessage.Read.All"

// change is what happened to a resource.
type change string

// The changes that can be subscribed to.
const (
	changeCreated change = "created"
	changeUpdated change = "updated"
	changeDeleted change = "deleted"
)

// subscription is one change-notification subscription. World.mu guards it.
type subscription struct {
	id, resource string
	changes      []change
	address      string // notificationUrl
	lifecycle    string // lifecycleNotificationUrl, or ""
	state        string // clientState
	expires      time.Time
	person       *Person
	app          string
	room         *room
	what         string // "messages", "members" or "chat"

	key           *rsa.PublicKey // nil: no resource data
	certificateID string
	thumbprint    string

	issued     time.Time // when the token that authorised it was made
	authorized time.Time // until when that token lasts
	warned     bool      // reauthorizationRequired was sent
	missed     bool      // notifications were lost and nobody was told yet
}

const (
	// subscriptionLife is the longest a subscription to messages lasts.
	subscriptionLife = 4320 * time.Minute
	// shortLife needs no lifecycleNotificationUrl.
	shortLife = 60 * time.Minute
	// mostSubscriptions is the quota of one organisation.
	mostSubscriptions = 10_000
)

var subscribable = regexp.MustCompile(`^/?(?:v1\.0/)?(?:chats/([^/]+)(/messages|/members)?|teams/([^/]+)/channels/([^/]+)/messages)$`)

func invalidSubscription(format string, args ...any) *graphError {
	e := badRequest(format, args...)
	e.code = "InvalidRequest"
	return e
}

// newSubscription is a subscription in a request.
type newSubscription struct {
	_             struct{}  `also:"id applicationId creatorId notificationQueryOptions notificationUrlAppId notificationContentType" type:"subscription"`
	Changes       string    `json:"changeType"`
	Address       string    `json:"notificationUrl"`
	Lifecycle     string    `json:"lifecycleNotificationUrl"`
	Resource      string    `json:"resource"`
	Expires       time.Time `json:"expirationDateTime"`
	State         string    `json:"clientState"`
	WithData      bool      `json:"includeResourceData"`
	Certificate   string    `json:"encryptionCertificate"`
	CertificateID string    `json:"encryptionCertificateId"`
	TLS           string    `json:"latestSupportedTlsVersion"`
}

// check reads what a new subscription says, except its resource.
func (in newSubscription) check(s *subscription, now time.Time) error {
	for _, x := range strings.Split(in.Changes, ",") {
		x := change(strings.TrimSpace(x))
		if x != changeCreated && x != changeUpdated && x != changeDeleted || slices.Contains(s.changes, x) {
			return invalidSubscription("Invalid value for changeType: '%s'.", in.Changes)
		}
		s.changes = append(s.changes, x)
	}
	for name, address := range map[string]string{"notificationUrl": in.Address, "lifecycleNotificationUrl": in.Lifecycle} {
		if u, err := url.Parse(address); address != "" && (err != nil || !loopbackURL(u)) || name == "notificationUrl" && address == "" {
			return invalidSubscription("The %s is missing or cannot be reached: the sandbox only calls this machine.", name)
		}
	}
	switch {
	case len(in.State) > 128:
		return invalidSubscription("clientState has more than 128 characters.")
	case in.WithData && (in.Certificate == "" || in.CertificateID == ""):
		return invalidSubscription("encryptionCertificate and encryptionCertificateId are required when includeResourceData is true.")
	}
	if in.WithData {
		if err := s.certificate(in.Certificate, in.CertificateID); err != nil {
			return err
		}
	}
	return s.expire(in.Expires, in.Lifecycle, now)
}

// expire sets the end of a subscription within the limits.
func (s *subscription) expire(at time.Time, lifecycle string, now time.Time) error {
	switch {
	case !at.After(now):
		return invalidSubscription("Subscription expiration must be in the future.")
	case at.After(now.Add(subscriptionLife)):
		return invalidSubscription("Subscription expiration can only be %d minutes in the future.", int(subscriptionLife.Minutes()))
	case at.After(now.Add(shortLife)) && lifecycle == "":
		return invalidSubscription("lifecycleNotificationUrl is a required property for subscription creation on this resource when the expirationDateTime value is set to greater than 1 hour.")
	}
	s.expires = at.UTC()
	return nil
}

// certificate reads the key that resource data is encrypted for.
func (s *subscription) certificate(text, id string) error {
	bad := invalidSubscription("The encryptionCertificate is not a base64 X.509 certificate with an RSA key of at least 2048 bits.")
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return bad // the armour is not allowed
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return bad
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return bad
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < 2048 || len(id) > 128 {
		return bad
	}
	s.key, s.certificateID, s.thumbprint = key, id, thumbprint(der)
	return nil
}

// subscribe makes a subscription after its addresses proved that they wait for
// it.
func (c *call) subscribe() (answer, error) {
	var in newSubscription
	if err := c.read(&in); err != nil {
		return answer{}, err
	}
	s := &subscription{id: requestID(), resource: strings.TrimPrefix(in.Resource, "/"), address: in.Address, lifecycle: in.Lifecycle, state: in.State,
		person: c.me, app: c.app}
	c.authorizes(s)
	if err := in.check(s, c.Now()); err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	err := c.subscribed(s)
	c.mu.RUnlock()
	if err != nil {
		return answer{}, err
	}
	for _, address := range []string{s.address, s.lifecycle} {
		if err := c.handshake(c.r.Context(), address); err != nil {
			return answer{}, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.subscribed(s); err != nil { // the world may have changed meanwhile
		return answer{}, err
	}
	if c.subs == nil {
		c.subs = map[string]*subscription{}
	}
	c.subs[s.id] = s
	row := c.subscriptionRow(s)
	row["clientState"] = orNull(s.state)
	row["@odata.context"] = c.context("subscriptions/$entity")
	c.nudgeNotices()
	return answer{status: http.StatusCreated, body: row, location: c.base() + "/subscriptions/" + s.id}, nil
}

// subscribed finds what a subscription is about and checks the permission and
// the quota. The lock is held.
func (c *call) subscribed(s *subscription) error {
	path, err := url.PathUnescape(s.resource)
	parts := subscribable.FindStringSubmatch(path)
	switch {
	case err == nil && strings.Contains(path, "getAllMessages"):
		return &graphError{status: http.StatusForbidden, code: "Forbidden", message: "Subscriptions to all messages are not supported in delegated context; the sandbox plays none for applications."}
	case err != nil || parts == nil:
		return invalidSubscription("Resource '%s' is not supported for change notifications.", s.resource)
	}
	scopes, roles := readScopes, "Chat.Read.All Chat.ReadWrite.All"
	switch s.what = strings.TrimPrefix(parts[2], "/"); {
	case parts[3] != "":
		s.what, scopes, roles = "messages", channelScopes, "ChannelMessage.Read.All"
	case s.what == "members":
		scopes, roles = memberScopes, memberRoles
	case s.what == "":
		s.what, scopes, roles = "chat", listChatScopes, chatRoles
	}
	if err := (graphRoute{scopes: scopes, roles: roles}).permits(caller{person: c.me, app: c.app, scopes: c.scope, roles: c.roles}); err != nil {
		return err
	}
	sub := *c
	sub.r = c.r.Clone(c.r.Context())
	sub.r.SetPathValue("chat", parts[1])
	sub.r.SetPathValue("team", parts[3])
	sub.r.SetPathValue("channel", parts[4])
	if s.room, _, err = sub.inChat(); err != nil {
		return err
	}
	for _, other := range c.subs {
		if other.room == s.room && other.what == s.what && other.app == s.app && other.person == s.person {
			return &graphError{status: http.StatusForbidden, code: "Forbidden", message: "Subscription limit of 1 for this app, user and resource has been reached."}
		}
	}
	if len(c.subs) >= mostSubscriptions {
		return &graphError{status: http.StatusForbidden, code: "Forbidden", message: "Subscription limit of the organization has been reached."}
	}
	return nil
}

// subscriptionRow is a subscription as Graph shows it; the client's secret is
// shown only when it is made.
func (c *call) subscriptionRow(s *subscription) map[string]any {
	creator := s.app
	if s.person != nil {
		creator = s.person.OID
	}
	return map[string]any{"id": s.id, "resource": s.resource, "applicationId": s.app, "changeType": joined(s.changes), "clientState": nil,
		"notificationUrl": s.address, "notificationQueryOptions": nil, "lifecycleNotificationUrl": orNull(s.lifecycle), "expirationDateTime": timeText(s.expires),
		"creatorId": creator, "includeResourceData": s.key != nil, "latestSupportedTlsVersion": "v1_2", "encryptionCertificate": nil,
		"encryptionCertificateId": orNull(s.certificateID), "notificationUrlAppId": nil}
}

func joined(changes []change) string {
	var out []string
	for _, x := range changes {
		out = append(out, string(x))
	}
	return strings.Join(out, ",")
}

// subscription finds the one of the path; others' do not exist. The lock is held.
func (c *call) subscription() (*subscription, error) {
	s := c.subs[c.r.PathValue("subscription")]
	if s == nil || s.app != c.app || s.person != c.me || !s.expires.After(c.Now()) {
		return nil, &graphError{status: http.StatusNotFound, code: "ResourceNotFound", message: "The object was not found."}
	}
	return s, nil
}

func (c *call) listSubscriptions() (answer, error) {
	if err := c.allow(); err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	var found []*subscription
	for _, s := range c.subs {
		if s.app == c.app && s.person == c.me && s.expires.After(c.Now()) {
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b *subscription) int { return strings.Compare(a.id, b.id) })
	rows := []any{}
	for _, s := range found {
		rows = append(rows, c.subscriptionRow(s))
	}
	a := c.page("subscriptions", rows, "")
	delete(a.body.(map[string]any), "@odata.count")
	return a, nil
}

func (c *call) getSubscription() (answer, error) {
	if err := c.allow(); err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	s, err := c.subscription()
	if err != nil {
		return answer{}, err
	}
	row := c.subscriptionRow(s)
	row["@odata.context"] = c.context("subscriptions/$entity")
	return answer{status: http.StatusOK, body: row}, nil
}

// renewSubscription moves the end of a subscription, which also authorises it
// anew.
func (c *call) renewSubscription() (answer, error) {
	var in struct {
		_       struct{}   `also:"id applicationId creatorId changeType notificationUrl lifecycleNotificationUrl resource clientState includeResourceData encryptionCertificate encryptionCertificateId latestSupportedTlsVersion notificationQueryOptions notificationUrlAppId notificationContentType" type:"subscription"`
		Expires *time.Time `json:"expirationDateTime"`
	}
	if err := c.read(&in); err != nil {
		return answer{}, err
	}
	if in.Expires == nil {
		return answer{}, invalidSubscription("expirationDateTime is required.")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.subscription()
	if err != nil {
		return answer{}, err
	}
	if err := s.expire(*in.Expires, s.lifecycle, c.Now()); err != nil {
		return answer{}, err
	}
	c.authorizes(s)
	c.nudgeNotices()
	row := c.subscriptionRow(s)
	row["@odata.context"] = c.context("subscriptions/$entity")
	return answer{status: http.StatusOK, body: row}, nil
}

func (c *call) deleteSubscription() (answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.subscription()
	if err != nil {
		return answer{}, err
	}
	delete(c.subs, s.id)
	return done()
}

// reauthorize lets a subscription go on with the token of this request.
func (c *call) reauthorize() (answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.subscription()
	if err != nil {
		return answer{}, err
	}
	c.authorizes(s)
	return done()
}

// authorizes lets a subscription live as long as the caller's token.
func (c *call) authorizes(s *subscription) {
	claims, err := c.bearer(c.r)
	if err != nil {
		return // it was verified before
	}
	s.issued, s.authorized, s.warned = time.Unix(claims.IssuedAt, 0), time.Unix(claims.Expires, 0), false
}
