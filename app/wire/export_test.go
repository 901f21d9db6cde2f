package wire

import "net/http"

// ChallengeForTest reads a claims challenge.
func ChallengeForTest(value string) string {
	return challenge(http.Header{"Www-Authenticate": {value}})
}

// ScrubForTest removes from a text what no log shows.
func ScrubForTest(text string) string { return scrub(text) }
