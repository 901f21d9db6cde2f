// Package session is one signed-in account as the pane uses it: the use cases
// (open a record, read a chat, send, connect, disconnect), their lifetimes, and
// the numbered changes that keep the pane's copy true.
//
// A [Core] lives as long as the process; it signs in and out and owns at most
// one [Session]. A Session ties the store, the outbox, the syncer and the thin
// clients of one account together and ends with it: after Run returns no
// goroutine is left.
//
// It promises that everything the pane shows comes from one place, the board
// in changes.go: a row appears there after the store or a journal has it, never
// before. A snapshot plus all later Changes equals the next snapshot.
//
// The pane's rows are defined here (rows.go) and passed through by package
// bridge; they hold ids, plain words and RFC 3339 times only. Sentences for
// people are not made here: a [Problem] is a code with arguments.
package session
