package session

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/entra"
	"chatpane/app/markup"
	"chatpane/app/odata"
	"chatpane/app/outbox"
	"chatpane/app/store"
	"chatpane/app/vault"
	"chatpane/app/wire"
)

// Error makes a Problem an error; the words for people are made by the pane.
func (p *Problem) Error() string { return "problem " + p.Code }

// Explain is the one place where an error becomes a Problem: a code whose
// sentences (what happened, what it means, what to do) stand in the catalogue,
// with the server's request id when there is one.
func Explain(err error) *Problem { return explain(err) }

// causes lists what an error may be, the most telling first.
var causes = []struct {
	is     error
	code   string
	action string
}{
	{entra.ErrCancelled, "signInCancelled", ""},
	{entra.ErrDeclined, "signInDeclined", ""},
	{entra.ErrWrongTenant, "wrongTenant", ""},
	{entra.ErrAdminConsent, "adminConsent", "settings"},
	{entra.ErrConsent, "consent", "signIn"},
	{entra.ErrPolicy, "accessPolicy", "signIn"},
	{entra.ErrSetup, "signInSetup", ""},
	{entra.ErrSignIn, "signIn", "signIn"},
	{entra.ErrIdentity, "identity", "signIn"},
	{entra.ErrBrowser, "noBrowser", ""},
	{odata.ErrForeignLink, "foreignLink", ""},
	{wire.ErrForeignOrigin, "foreignLink", ""},
	{wire.ErrRedirect, "foreignLink", ""},
	{odata.ErrThrottled, "throttled", "retry"},
	{odata.ErrUnauthorized, "signIn", "signIn"},
	{odata.ErrForbidden, "forbidden", ""},
	{odata.ErrNotFound, "notFound", ""},
	{odata.ErrConflict, "conflict", "retry"},
	{odata.ErrTooLarge, "tooLarge", ""},
	{odata.ErrUnavailable, "unavailable", "retry"},
	{odata.ErrServer, "serverError", "retry"},
	{odata.ErrBadReply, "badReply", "retry"},
	{odata.ErrBadRequest, "refused", ""},
	{odata.ErrOffline, "offline", "retry"},
	{odata.ErrAmbiguous, "cut", "retry"},
	{dataverse.ErrNotRecordURL, "notRecordURL", ""},
	{dataverse.ErrNoRecord, "noRecordInURL", ""},
	{dataverse.ErrTypeCode, "typeCodeInURL", ""},
	{dataverse.ErrNotDeepLink, "notDeepLink", ""},
	{markup.ErrNoText, "emptyMessage", ""},
	{markup.ErrTooLong, "messageTooLong", ""},
	{markup.ErrDialect, "messageDialect", ""},
	{outbox.ErrUnderWay, "underWay", "retry"},
	{outbox.ErrUnknown, "notFound", ""},
	{store.ErrFull, "diskFull", "retry"},
	{store.ErrNewer, "storeNewer", ""},
	{store.ErrDamaged, "rebuilding", ""},
	{store.ErrLocked, "secondInstance", ""},
	{vault.ErrKeychain, "keychain", "retry"},
	{vault.ErrKeysLost, "keysLost", "signIn"},
	{vault.ErrTampered, "tampered", ""},
	{context.DeadlineExceeded, "timeout", "retry"},
	{context.Canceled, "cancelled", ""},
}

func explain(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		if p.Args == nil {
			q := *p
			q.Args, p = []Arg{}, &q
		}
		return p
	}
	out := &Problem{Code: "unexpected", Args: []Arg{}}
	for _, c := range causes {
		if errors.Is(err, c.is) {
			out.Code, out.Action, out.Retry = c.code, c.action, c.action == "retry"
			break
		}
	}
	var na errNotAllowed
	if errors.As(err, &na) {
		out.Code = "unlink." + string(na.why)
	}
	if errors.Is(err, chat.ErrGUID) {
		out.Code = "notRecordURL"
	}
	var oe *odata.Error
	if errors.As(err, &oe) {
		out.Request = oe.RequestID
		if errors.Is(err, odata.ErrForbidden) && strings.Contains(strings.ToLower(oe.Message), "license") {
			out.Code = "noLicence"
		}
		if scope := missingScope(oe); scope != "" {
			out.Code, out.Action, out.Args = "scopeMissing", "settings", append(out.Args, Arg{"detail", scope})
		}
	}
	if out.Code == "tooLarge" && (oe == nil || oe.Status != http.StatusRequestEntityTooLarge) {
		out.Code = "replyTooLarge" // it is the answer that was cut off, not our message
	}
	var ee *entra.Error
	if errors.As(err, &ee) {
		out.Request = ee.Correlation
		if ee.Code != "" {
			out.Args = append(out.Args, Arg{"code", ee.Code})
		}
	}
	return out
}

// hostOf is the host of an origin, for sentences.
func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return origin
	}
	return u.Host
}
