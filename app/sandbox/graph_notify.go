package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// notice is one notification that waits to be sent. World.mu guards the queue.
type notice struct {
	sub       *subscription
	change    change
	entry     int
	member    *membership // of what "members"
	lifecycle string      // "missed", "reauthorizationRequired" or "subscriptionRemoved"
	tries     int
	due       time.Time
}

// noticeDelays are the waits before a notification is sent again; after the last
// it is lost, and "missed" tells so.
var noticeDelays = []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

const (
	// handshakeTime is how long an address may take to prove itself.
	handshakeTime = 10 * time.Second
	// noticeTime is how long an address may take to accept a notification.
	noticeTime = 3 * time.Second
	// warnBefore is how long before its authorisation ends a subscription is told.
	warnBefore = 15 * time.Minute
)

// note queues notifications of a change of message i. The lock is held.
func (w *World) note(r *room, i int, x change) {
	for _, s := range w.subs {
		if s.room == r && s.what == "messages" {
			w.queue(notice{sub: s, change: x, entry: i})
		}
	}
}

// noteChat queues notifications of a change of a chat itself. The lock is held.
func (w *World) noteChat(r *room) {
	for _, s := range w.subs {
		if s.room == r && s.what == "chat" {
			w.queue(notice{sub: s, change: changeUpdated})
		}
	}
}

// noteMember queues notifications of who came or went. Whoever goes loses the
// subscriptions on the chat. The lock is held.
func (w *World) noteMember(r *room, m *membership, x change) {
	for _, s := range w.subs {
		switch {
		case s.room != r || m == nil:
		case x == changeDeleted && s.person == m.person:
			w.endSubscription(s)
		case s.what == "members":
			w.queue(notice{sub: s, change: x, member: m})
		}
	}
}

// queue adds a notification unless the subscription does not want it.
func (w *World) queue(n notice) {
	now := w.Now()
	wanted := n.lifecycle != ""
	for _, x := range n.sub.changes {
		wanted = wanted || x == n.change
	}
	if !wanted || !n.sub.expires.After(now) {
		return
	}
	n.due = now
	w.notices = append(w.notices, n)
	w.nudgeNotices()
}

func (w *World) nudgeNotices() {
	select {
	case w.noticed <- struct{}{}:
	default:
	}
}

// endSubscription ends a subscription and tells its owner.
func (w *World) endSubscription(s *subscription) {
	delete(w.subs, s.id)
	w.queue(notice{sub: s, lifecycle: "subscriptionRemoved"})
}

// EndSubscriptions ends every subscription as Microsoft does when a policy
// changed, and tells their lifecycle addresses.
func (s *Sandbox) EndSubscriptions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range s.subs {
		s.endSubscription(sub)
	}
}

// notify sends notifications until ctx ends.
func (s *Sandbox) notify(ctx context.Context) {
	t := time.NewTimer(time.Hour)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.noticed:
		case <-t.C:
		}
		if wait := s.Deliver(ctx); wait > 0 {
			t.Reset(wait)
		}
	}
}

// Deliver sends the notifications that are due and returns when the next one
// is; 0: none waits. Run does it by itself; tests without Run call it.
func (s *Sandbox) Deliver(ctx context.Context) time.Duration {
	for _, n := range s.dueNotices() {
		body, address := s.noticeBody(n)
		if address == "" {
			continue
		}
		if err := post(ctx, noticeTime, address, "application/json", body, nil); err != nil {
			s.again(n)
			continue
		}
		s.told(n)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var next time.Duration
	soonest := func(at time.Time) {
		if wait := max(at.Sub(s.Now()), time.Millisecond); next == 0 || wait < next {
			next = wait
		}
	}
	for _, n := range s.notices {
		soonest(n.due)
	}
	for _, sub := range s.subs {
		if !sub.warned && sub.lifecycle != "" {
			soonest(sub.authorized.Add(-warnBefore))
		}
		soonest(sub.expires)
	}
	return next
}

// dueNotices takes what is due out of the queue, forgets what has expired and
// warns whose authorisation ends.
func (s *Sandbox) dueNotices() []notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	revoked := s.Knobs.signIn().revoked
	for _, sub := range s.subs {
		switch {
		case !sub.expires.After(now):
			delete(s.subs, sub.id)
		case sub.person != nil && sub.issued.Before(revoked[sub.person.OID]):
			s.endSubscription(sub)
		case !sub.warned && !now.Before(sub.authorized.Add(-warnBefore)):
			sub.warned = true
			s.queue(notice{sub: sub, lifecycle: "reauthorizationRequired"})
		}
	}
	var due, later []notice
	for _, n := range s.notices {
		switch {
		case n.lifecycle == "" && s.subs[n.sub.id] != n.sub: // it has ended
		case n.due.After(now):
			later = append(later, n)
		case n.lifecycle == "" && !n.sub.authorized.After(now):
			n.sub.missed = true // nobody authorised it anew: it is not sent
		default:
			due = append(due, n)
		}
	}
	s.notices = later
	return due
}

// again puts a notification back, or gives it up.
func (s *Sandbox) again(n notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.tries == len(noticeDelays) {
		n.sub.missed = n.sub.missed || n.lifecycle == ""
		return
	}
	n.due = s.Now().Add(noticeDelays[n.tries])
	n.tries++
	s.notices = append(s.notices, n)
}

// told notes that an address answers: if it missed something, it hears so.
func (s *Sandbox) told(n notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.sub.missed && n.lifecycle != "missed" && s.subs[n.sub.id] == n.sub {
		n.sub.missed = false
		s.queue(notice{sub: n.sub, lifecycle: "missed"})
	}
}

// noticeBody writes a notification and tells where it goes.
func (s *Sandbox) noticeBody(n notice) (body []byte, address string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	one := map[string]any{"subscriptionId": n.sub.id, "subscriptionExpirationDateTime": timeText(n.sub.expires), "clientState": orNull(n.sub.state), "tenantId": s.TenantID}
	if n.lifecycle != "" {
		one["lifecycleEvent"] = n.lifecycle
		return encoded(map[string]any{"value": []any{one}}), n.sub.lifecycle
	}
	resource, id, kind, data := s.noticed1(n)
	one["changeType"], one["resource"] = n.change, resource
	one["resourceData"] = map[string]any{"id": id, "@odata.type": "#Microsoft.Graph." + kind, "@odata.id": resource}
	whole := map[string]any{"value": []any{one}}
	if n.sub.key != nil {
		sealed, err := n.sub.seal(data)
		if err != nil {
			return nil, ""
		}
		one["encryptedContent"] = sealed
		whole["validationTokens"] = []string{s.validationToken(n.sub.app)}
	}
	return encoded(whole), n.sub.address
}

// noticed1 is what a notification is about: its address, id, type and whole
// content. The lock is held.
func (s *Sandbox) noticed1(n notice) (resource, id, kind string, data any) {
	c := &call{Sandbox: s, r: &http.Request{Header: http.Header{"Prefer": {"include-unknown-enum-members"}}}, me: n.sub.person, app: n.sub.app}
	r := n.sub.room
	base := contextOf(r)
	base, _ = url.QueryUnescape(base)
	switch n.sub.what {
	case "members":
		return base + "/members('" + n.member.id + "')", n.member.id, "aadUserConversationMember", c.memberRow(n.member)
	case "chat":
		return base, r.id, "chat", c.renderChat(r, nil)
	}
	m := c.message(r, n.entry)
	resource = base + "/messages('" + m.id() + "')"
	if r.channel != nil && int(r.roots[n.entry]) != n.entry {
		resource = base + "/messages('" + stampDigits(r.entries[r.roots[n.entry]].created) + "')/replies('" + m.id() + "')"
	}
	return resource, m.id(), "chatMessage", c.renderMessage(r, m)
}

// handshake asks an address to prove that it waits for notifications: it must
// answer 200 with the token as plain text within 10 seconds.
func (c *call) handshake(ctx context.Context, address string) error {
	if address == "" {
		return nil
	}
	token := "Validation: Testing client application reachability for subscription Request-Id: " + requestID() + " " + rand.Text()
	u, err := url.Parse(address)
	if err != nil {
		return invalidSubscription("The address cannot be read.")
	}
	q := u.Query()
	q.Set("validationToken", token)
	u.RawQuery = q.Encode()
	var got []byte
	failed := &graphError{status: http.StatusBadRequest, code: "ValidationError"}
	if err := post(ctx, handshakeTime, u.String(), "text/plain; charset=utf-8", nil, &got); err != nil {
		failed.message = "Subscription validation request failed. " + err.Error()
		return failed
	}
	if subtle.ConstantTimeCompare(got, []byte(token)) != 1 {
		failed.message = "Subscription validation request failed. Must respond with 200 OK to this request, and with the validation token as plain text."
		return failed
	}
	return nil
}

// post sends one request to an address on this machine. Anything but 2xx is an
// error; with a place for the answer it must be 200 and text/plain.
func post(ctx context.Context, limit time.Duration, address, kind string, body []byte, into *[]byte) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make a request to the address: %w", err)
	}
	req.Header.Set("Content-Type", kind)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dialLoopback},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("reach the address: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	switch {
	case err != nil:
		return fmt.Errorf("read the answer of the address: %w", err)
	case into == nil && res.StatusCode/100 == 2:
		return nil
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("the address answered %d", res.StatusCode)
	case !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain"):
		return errors.New("the address did not answer with text/plain")
	}
	*into = text
	return nil
}

// loopbackURL reports whether an address looks like one of this machine.
func loopbackURL(u *url.URL) bool {
	if u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsLoopback() || u.Hostname() == "localhost"
}

// dialLoopback connects to this machine only, whatever a name resolves to.
func dialLoopback(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{ControlContext: nil}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return nil, errors.Join(errors.New("the address is not of this machine"), conn.Close())
	}
	return conn, nil
}
