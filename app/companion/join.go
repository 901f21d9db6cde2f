package companion

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"time"

	"chatpane/app/dataverse"
	"chatpane/app/entra"
	"chatpane/app/graph"
	"chatpane/app/odata"
)

// Why somebody is not let in; the words are the pane's keys "join.<reason>".
const (
	reasonJoinOff      = "joinOff"      // Join is off for the record's type
	reasonNoWrite      = "noWrite"      // no write access to the record
	reasonConfirm      = "confirm"      // a member of the chat must confirm the link
	reasonNotConnected = "notConnected" // no live link
	reasonNotGroup     = "notGroup"     // a meeting's or a one-on-one chat, or another organisation's
	reasonChatGone     = "chatGone"     // Graph does not know the chat
	reasonChatFull     = "chatFull"     // Graph refuses another member
	reasonSettings     = "settings"     // the caller may not read the record types' settings
	reasonEnvironment  = "environment"  // not among the configured ones
	reasonSignIn       = "signIn"       // the token, or a challenge only the caller can answer
	reasonBusy         = "busy"         // a limit of ours or of Microsoft's
	reasonUnavailable  = "unavailable"  // something could not be read
	reasonRequest      = "request"      // not a request of ours
)

// checkedMost is how old what was checked may be when the member is added; it
// is the bound of the race between checking and adding (threats.md J7).
const checkedMost = time.Second

// joinTimeout limits a whole join.
const joinTimeout = 20 * time.Second

// groupMost is how many members a group chat may have.
const groupMost = 250

// decision is what was decided and why, in ids.
type decision struct {
	request, person, app string
	env, link            string
	table, record, chat  string
	outcome              string // "joined", "member", "allowed", "refused", "failed"
	reasons              []string
	detail               string // for the audit: more than the caller is told
	status               int
	retry                time.Duration
	claims               string
	took, checked        time.Duration
	err                  error
}

func (d decision) refuse(status int, detail string, reasons ...string) decision {
	d.outcome, d.status, d.detail, d.reasons = "refused", status, detail, reasons
	return d
}

// fail decides after an error: whatever could not be read is a refusal.
func (d decision) fail(err error, detail string) decision {
	var ch *challenged
	var answer *odata.Error
	d.err = err
	switch {
	case errors.As(err, &ch):
		d = d.refuse(http.StatusUnauthorized, detail+": challenge", reasonSignIn)
		d.claims = ch.claims
		return d
	case errors.Is(err, odata.ErrThrottled):
		d = d.refuse(http.StatusTooManyRequests, detail+": throttled", reasonBusy)
		d.retry = time.Minute
		if errors.As(err, &answer) && answer.RetryAfter > 0 {
			d.retry = answer.RetryAfter
		}
		return d
	case errors.Is(err, entra.ErrSignIn), errors.Is(err, entra.ErrPolicy):
		return d.refuse(http.StatusUnauthorized, detail+": not on behalf of the caller", reasonSignIn)
	}
	d.outcome, d.status, d.detail, d.reasons = "failed", http.StatusServiceUnavailable, detail, []string{reasonUnavailable}
	return d
}

// visit is one join on its way.
type visit struct {
	caller caller
	dv     *dataverse.Client
	graph  *graph.Client
	me     string // systemuserid
	row    dataverse.Link
	table  dataverse.Table
	facts  dataverse.JoinFacts
	at     time.Time // when the facts began to be read
}

// join decides and acts. The order matters: nothing is said of a chat before it
// is clear that the caller may write the record.
func (s *Server) join(ctx context.Context, c caller, d decision) decision {
	if !slices.Contains(s.o.Environments, d.env) {
		d.env = ""
		return d.refuse(http.StatusForbidden, "environment not configured", reasonEnvironment)
	}
	if wait := s.limits.ask(c.oid, time.Now()); wait > 0 {
		d = d.refuse(http.StatusTooManyRequests, "limit of requests", reasonBusy)
		d.retry = wait
		return d
	}
	v := visit{caller: c}
	var err error
	if v.dv, err = s.dataverse(c, d.env); err != nil {
		return d.fail(err, "make a client")
	}
	if v.graph, err = s.graph(); err != nil {
		return d.fail(err, "make a client")
	}
	if d, ok := s.read(ctx, &v, &d); !ok {
		return d
	}
	if d, ok := s.chat(ctx, &v, &d); !ok {
		return d
	}
	return s.add(ctx, &v, d)
}

// read reads the row and all that decides in Dataverse, on behalf of the caller.
func (s *Server) read(ctx context.Context, v *visit, d *decision) (decision, bool) {
	var err error
	if v.me, err = s.facts.me(ctx, v.dv, d.env, v.caller.oid); err != nil {
		return d.fail(err, "who the caller is"), false
	}
	v.row, err = v.dv.GetLink(ctx, d.link)
	switch {
	case errors.Is(err, odata.ErrNotFound), errors.Is(err, odata.ErrForbidden):
		return d.refuse(http.StatusForbidden, "no such link for the caller", reasonNotConnected), false
	case err != nil:
		return d.fail(err, "the link"), false
	}
	d.table, d.record, d.chat = v.row.Table, v.row.RecordID, v.row.ChatID
	if !chatID.MatchString(v.row.ChatID) {
		d.chat = ""
		return d.refuse(http.StatusForbidden, "no id of a chat in the row", reasonNotConnected), false
	}
	if v.row.RecordID == "" {
		return d.refuse(http.StatusForbidden, "no id of a record in the row", reasonNotConnected), false
	}
	v.table, err = s.facts.table(ctx, v.dv, d.env, v.row.Table)
	switch {
	case errors.Is(err, dataverse.ErrBadID), errors.Is(err, odata.ErrNotFound):
		d.table = ""
		return d.refuse(http.StatusForbidden, "no such table", reasonNotConnected), false
	case err != nil:
		return d.fail(err, "the record's type"), false
	}
	return s.rights(ctx, v, d)
}

// chatID is the form of a chat's id; Graph's client escapes it besides.
var chatID = regexp.MustCompile(`^19:[0-9A-Za-z_.@=-]{1,96}$`)

// rights reads what may change at any moment, and decides on it.
func (s *Server) rights(ctx context.Context, v *visit, d *decision) (decision, bool) {
	v.at = time.Now()
	var err error
	if v.facts, err = v.dv.JoinFacts(ctx, v.row, v.table, v.me); err != nil {
		return d.fail(err, "rights"), false
	}
	var reasons []string
	switch {
	case !v.facts.Link.Live:
		return d.refuse(http.StatusForbidden, "the pair is not connected", reasonNotConnected), false
	case errors.Is(v.facts.ConfigErr, odata.ErrForbidden):
		return d.refuse(http.StatusForbidden, "settings not readable", reasonSettings), false
	case errors.Is(v.facts.ConfigErr, odata.ErrNotFound):
	case v.facts.ConfigErr != nil:
		return d.fail(v.facts.ConfigErr, "settings"), false
	}
	if !v.facts.Join {
		reasons = append(reasons, reasonJoinOff)
	}
	err = v.facts.AccessErr
	switch {
	case errors.Is(err, odata.ErrForbidden), errors.Is(err, odata.ErrNotFound):
		reasons = append(reasons, reasonNoWrite)
	case err != nil:
		return d.fail(err, "access"), false
	case !slices.Contains(v.facts.Access, "WriteAccess") || !slices.Contains(v.facts.Access, "ReadAccess"):
		reasons = append(reasons, reasonNoWrite)
	}
	if len(reasons) > 0 {
		return d.refuse(http.StatusForbidden, "", reasons...), false
	}
	return *d, true
}

// chat reads the chat in the application's own name, and decides whether the
// link is one its members stand for.
func (s *Server) chat(ctx context.Context, v *visit, d *decision) (decision, bool) {
	id := v.facts.Link.ChatID
	got, err := v.graph.GetChat(ctx, id)
	switch {
	case errors.Is(err, odata.ErrNotFound):
		return d.refuse(http.StatusForbidden, "Graph does not know the chat", reasonChatGone), false
	case err != nil:
		return d.fail(err, "the chat"), false
	case got.ChatType != "group" || got.ID != id || got.TenantID != s.o.TenantID:
		return d.refuse(http.StatusForbidden, "type "+got.ChatType, reasonNotGroup), false
	}
	members := got.Members
	if got.MembersCut() || len(members) == 0 {
		if members, err = v.graph.ListMembers(ctx, id); err != nil {
			return d.fail(err, "the members"), false
		}
	}
	in := func(oid string) bool {
		return oid != "" && slices.ContainsFunc(members, func(m graph.Member) bool { return m.UserID == oid })
	}
	if in(v.caller.oid) {
		d.outcome, d.status, d.reasons = "member", http.StatusOK, nil
		return *d, false
	}
	l := v.facts.Link
	who, err := s.facts.persons(ctx, v.dv, d.env, l.CreatedBy, l.ModifiedBy)
	if err != nil {
		return d.fail(err, "who connected it"), false
	}
	at := s.joined.when(v.caller.oid, id)
	switch {
	case at.After(v.at): // another request of theirs was faster than our reading
		d.outcome, d.status, d.reasons = "member", http.StatusOK, nil
		return *d, false
	case !in(who[0]):
		return d.refuse(http.StatusForbidden, "its creator is no member", reasonConfirm), false
	case !in(who[1]):
		return d.refuse(http.StatusForbidden, "who modified it last is no member", reasonConfirm), false
	case !s.o.RejoinFreely && !at.IsZero() && !l.Modified.After(at):
		return d.refuse(http.StatusForbidden, "left or was removed after joining", reasonConfirm), false
	case len(members) >= groupMost:
		return d.refuse(http.StatusForbidden, "the chat is full", reasonChatFull), false
	}
	return *d, true
}

// add adds the caller, if what was read is still fresh; else it reads again.
func (s *Server) add(ctx context.Context, v *visit, d decision) decision {
	id := v.facts.Link.ChatID
	for again := 0; time.Since(v.at) > checkedMost; again++ {
		if again == 2 {
			return d.fail(nil, "Microsoft answers too slowly to be sure")
		}
		if d, ok := s.rights(ctx, v, &d); !ok {
			return d
		}
		if d, ok := s.chat(ctx, v, &d); !ok {
			return d
		}
	}
	if wait := s.limits.change(id, time.Now()); wait > 0 {
		d = d.refuse(http.StatusTooManyRequests, "limit of the chat", reasonBusy)
		d.retry = wait
		return d
	}
	d.outcome, d.status, d.checked = "allowed", http.StatusOK, time.Since(v.at)
	if err := s.audit.write(ctx, d); err != nil {
		return d.fail(err, "the audit")
	}
	err := v.graph.AddMember(ctx, id, graph.Added{UserID: v.caller.oid, History: true})
	switch {
	case err == nil:
		s.joined.remember(v.caller.oid, id, time.Now())
		d.outcome = "joined"
	case errors.Is(err, odata.ErrConflict):
		d.outcome = "member" // another request was faster
	case errors.Is(err, odata.ErrNotFound):
		return d.refuse(http.StatusForbidden, "Graph does not know the chat", reasonChatGone)
	case errors.Is(err, odata.ErrForbidden), errors.Is(err, odata.ErrBadRequest):
		d.err = err
		return d.refuse(http.StatusForbidden, "Graph refuses another member", reasonChatFull)
	case errors.Is(err, odata.ErrAmbiguous), errors.Is(err, odata.ErrServer), errors.Is(err, odata.ErrUnavailable):
		return s.sure(ctx, v, d, err)
	default:
		return d.fail(err, "add the caller")
	}
	return d
}

// sure looks whether an addition of unknown outcome took place.
func (s *Server) sure(ctx context.Context, v *visit, d decision, cause error) decision {
	id := v.facts.Link.ChatID
	members, err := v.graph.ListMembers(ctx, id)
	if err == nil && slices.ContainsFunc(members, func(m graph.Member) bool { return m.UserID == v.caller.oid }) {
		s.joined.remember(v.caller.oid, id, time.Now())
		d.outcome, d.status = "joined", http.StatusOK
		return d
	}
	return d.fail(cause, "add the caller")
}
