package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/oauth2"

	"chatpane/app/wire"
)

// What went wrong, for errors.Is.
var (
	ErrCancelled    = errors.New("sign-in was not finished") // by the user, or by its time
	ErrDeclined     = errors.New("sign-in was declined")     // the user refused consent
	ErrWrongTenant  = errors.New("account of another organisation")
	ErrSignIn       = errors.New("sign-in needed")              // the refresh token no longer suffices
	ErrConsent      = errors.New("consent needed")              // the user has to agree to a scope
	ErrAdminConsent = errors.New("administrator has to agree")  // see [Client.AdminConsentURL]
	ErrPolicy       = errors.New("refused by an access policy") // conditional access, or not assigned to the application
	ErrSetup        = errors.New("application is not set up")   // redirect, client id, tenant or public-client flag
	ErrIdentity     = errors.New("identity not proven")         // the ID token does not pass
	ErrBrowser      = errors.New("no browser could be opened")
	// ErrOffline means that the sign-in service was not reached or cannot serve
	// at the moment. It is the ErrOffline of package wire.
	ErrOffline = wire.ErrOffline
)

// Error is the refusal of the sign-in service.
type Error struct {
	Code        string // "AADSTS…", empty when none was given
	Short       string // the OAuth error, such as "invalid_grant"
	Correlation string // for Microsoft's support
	// Claims are what the next sign-in has to satisfy, as JSON; pass them to SignIn.
	Claims string
	kind   error
}

// Error returns the codes, never the service's text, which names people.
func (e *Error) Error() string {
	text := strings.TrimSpace(e.Short + " " + e.Code)
	if e.kind != nil {
		text = e.kind.Error() + ": " + text
	}
	if e.Correlation != "" {
		text += ", correlation " + e.Correlation
	}
	return text
}

// Is reports whether the error has the meaning of target.
func (e *Error) Is(target error) bool { return e.kind == target }

var (
	aadsts   = regexp.MustCompile(`AADSTS(\d{5,10})`)
	wordOnly = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,80}$`)
)

// answer is an error answer of the sign-in service.
type answer struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	Codes       []int  `json:"error_codes"`
	Correlation string `json:"correlation_id"`
	Suberror    string `json:"suberror"`
	Subcode     string `json:"error_subcode"`
	Claims      string `json:"claims"`
}

// newError explains an answer. status is 0 for one that came by redirect.
func newError(a answer, status int) *Error {
	e := &Error{Short: word(a.Error), Correlation: word(a.Correlation)}
	var number int
	if m := aadsts.FindStringSubmatch(a.Description); m != nil {
		number, _ = strconv.Atoi(m[1])
	} else if len(a.Codes) > 0 {
		number = a.Codes[0]
	}
	if number > 0 {
		e.Code = "AADSTS" + strconv.Itoa(number)
	}
	if len(a.Claims) < 16<<10 && json.Valid([]byte(a.Claims)) {
		e.Claims = a.Claims
	}
	if e.kind = byNumber(number); e.kind == nil {
		e.kind = byWord(a, status)
	}
	return e
}

func word(s string) string {
	if wordOnly.MatchString(s) {
		return s
	}
	return ""
}

// byNumber knows the AADSTS numbers that say more than the OAuth error does.
func byNumber(n int) error {
	switch n {
	case 50011, 500112, 700016, 7000218, 700025, 7000215, 90002, 900023, 90013, 70011, 650053, 700038:
		return ErrSetup
	case 65001, 65002:
		return ErrConsent
	case 65004, 70017:
		return ErrDeclined
	case 90094, 90093, 90095, 900941:
		return ErrAdminConsent
	case 50020, 90072, 50128, 50059:
		return ErrWrongTenant
	case 50105, 53000, 53001, 53002, 53003, 53004, 53009, 53010, 53011, 530032, 530034, 530035, 530036, 50097, 50131, 50155, 50158:
		return ErrPolicy
	case 70018, 70019, 70020:
		return ErrCancelled
	case 50196, 90033, 90006, 90020, 50180:
		return ErrOffline
	}
	return nil
}

func byWord(a answer, status int) error {
	if a.Subcode == "cancel" {
		return ErrCancelled
	}
	switch a.Error {
	case "access_denied", "authorization_declined":
		return ErrDeclined
	case "consent_required":
		return ErrConsent
	case "interaction_required", "login_required", "invalid_grant", "mfa_required":
		return ErrSignIn
	case "expired_token", "code_expired", "bad_verification_code":
		return ErrCancelled
	case "invalid_client", "unauthorized_client", "invalid_scope", "invalid_request", "invalid_resource", "unsupported_grant_type":
		return ErrSetup
	case "temporarily_unavailable", "server_error":
		return ErrOffline
	}
	if status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout {
		return ErrOffline
	}
	return ErrSetup
}

// readError explains an error answer that came as a document.
func readError(status int, body []byte) *Error {
	var a answer
	// A body that is not JSON leaves the status to speak.
	_ = json.Unmarshal(body, &a)
	return newError(a, status)
}

// explain turns an error of the OAuth library into one of ours.
func explain(ctx context.Context, err error) error {
	var refused *oauth2.RetrieveError
	var ours *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours):
		return err
	case ctx.Err() != nil:
		return errors.Join(ErrCancelled, ctx.Err())
	case errors.As(err, &refused):
		status := 0
		if refused.Response != nil {
			status = refused.Response.StatusCode
		}
		return readError(status, refused.Body)
	case errors.Is(err, wire.ErrForeignOrigin), errors.Is(err, wire.ErrRedirect):
		return fmt.Errorf("%w: the service answers with another address", ErrSetup)
	}
	// What remains is the network, or an answer that no sign-in service gives
	// (a hotel's page); its text may repeat the address and is left out.
	return fmt.Errorf("%w: no usable answer of the sign-in service", ErrOffline)
}
