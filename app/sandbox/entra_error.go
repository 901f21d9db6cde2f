package sandbox

import (
	"fmt"
	"net/http"
)

// oauthError is an error of Entra.
type oauthError struct {
	status int    // 0: 400
	code   string // OAuth 2.0 error
	number int    // AADSTS number
	text   string
	sub    string // suberror
	claims string
	// several tells that scopes of more than one resource were named.
	several bool
}

var consentMissing = &oauthError{code: "invalid_grant", number: 65001, sub: "consent_required",
	text: "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource."}

var needsAdministrator = &oauthError{code: "invalid_grant", number: 90094, sub: "consent_required", text: "An administrator of Contoso has set a policy that prevents you from granting the permissions the app is requesting."}

// stepUp asks for an authentication context, such as a second factor.
func stepUp() *oauthError {
	return &oauthError{code: "interaction_required", number: 50076, sub: "basic_action", claims: `{"access_token":{"acrs":{"essential":true,"value":"` + authContext + `"}}}`,
		text: "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication."}
}

func noTenant(name string) *oauthError {
	return &oauthError{code: "invalid_request", number: 90002, text: "Tenant '" + name + "' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."}
}

func noClient(id string) *oauthError {
	return &oauthError{code: "unauthorized_client", number: 700016, text: "Application with identifier '" + id + "' was not found in the directory 'Contoso'."}
}

func (e *oauthError) description() string { return fmt.Sprintf("AADSTS%d: %s", e.number, e.text) }

// refusal is what the knobs say about every sign-in and refresh.
func (s *Sandbox) refusal() *oauthError {
	switch number := s.Knobs.signIn().refusal; number {
	case "":
		return nil
	case "65001":
		return consentMissing
	case "90094":
		return needsAdministrator
	case "53003":
		return &oauthError{code: "invalid_grant", number: 53003, sub: "message_only", text: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."}
	case "50076":
		return &oauthError{code: "interaction_required", number: 50076, sub: "basic_action", claims: `{"access_token":{"capolids":{"essential":true,"values":["c1"]}}}`,
			text: "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication."}
	default:
		var n int
		fmt.Sscan(number, &n)
		return &oauthError{code: "invalid_grant", number: n, sub: "bad_token", text: "The refresh token has expired or was revoked. A new sign-in is needed."}
	}
}

// authorizeCode is the OAuth error that the authorize endpoint uses for what
// the token endpoint calls invalid_grant.
func authorizeCode(e *oauthError) string {
	switch e.number {
	case 65001, 90094:
		return "consent_required"
	case 65004:
		return "access_denied"
	case 53003:
		return "access_denied"
	}
	return "interaction_required"
}

// oauthError writes an error of the token endpoints.
func (s *Sandbox) oauthError(w http.ResponseWriter, e *oauthError) {
	id := requestID()
	body := map[string]any{
		"error": e.code, "error_codes": []int{e.number}, "timestamp": s.Now().Format("2006-01-02 15:04:05Z"),
		"trace_id": requestID(), "correlation_id": id,
		"error_uri": s.origin(serviceEntra) + fmt.Sprintf("/error?code=%d", e.number),
	}
	body["error_description"] = fmt.Sprintf("%s Trace ID: %s Correlation ID: %s Timestamp: %s", e.description(), body["trace_id"], id, body["timestamp"])
	if e.sub != "" {
		body["suberror"] = e.sub
	}
	if e.claims != "" {
		body["claims"] = e.claims
	}
	writeJSON(w, max(e.status, http.StatusBadRequest), body)
}
