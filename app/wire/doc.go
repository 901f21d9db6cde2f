// Package wire is the one way of Chatpane to speak HTTP: clients that are bound
// to one origin, and the rules that keep secrets out of logs.
//
// It promises that a token goes to the origin it was made for and nowhere else:
// the origin of every request is checked before a token is asked for, redirects
// are never followed, and addresses with user names are refused. Answers are
// capped after decompression and may not trickle. An error tells whether the
// request certainly never left this machine ([ErrUnsent]); any other error of a
// request that may not be repeated leaves its outcome open.
//
// It refuses plain http, except to a loopback host in a build that allows it
// for the demo and for tests.
package wire
