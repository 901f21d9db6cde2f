// Package outbox keeps what the user asked for until a server has done it: a
// shelf of ops in a sealed, fsynced journal of its own, with what delivers them
// in order and knows when to stop trying. Beside it lie the drafts, what is
// typed and not yet sent, in a second journal.
//
// What is guaranteed, honestly:
//
//   - No loss. An op that [Outbox.Enqueue] accepted leaves only as confirmed by
//     the server or by the user's hand. It is on the disk before Enqueue
//     returns, and a full disk is an error there.
//   - At most one copy, if the service makes a message listable within the
//     settle window (120 s) of our giving up on the request. An attempt that may
//     have arrived is looked for before it is repeated: it counts as absent only
//     after two complete looks at least 10 s apart, of which the last began
//     after the window. A message that becomes listable later than that exists
//     twice. After three such attempts nothing is repeated by itself: the user
//     is asked. Looking needs the marker in the message to survive the service.
//   - Order. What the members of one chat see (messages, edits, deletes,
//     reactions, names) happens in the order in which it was enqueued, except
//     what the user was asked about and decided later: a parked op does not hold
//     back the following ones. One that fails without an answer three times in a
//     row lets others pass too, but never what is about the same message. A link or unlink waits
//     for every earlier one of its pair, a parked one included.
//   - One story. A chat that was made and the ops that follow it (the link to
//     its record, then its first messages) change places in one record of the
//     journal, so that no crash leaves a chat without what follows, or twice
//     what follows. A message that follows a link waits for it and holds nothing
//     back meanwhile; when the user discards the link, it is put before the user.
//   - Not promised: exactly once in the mathematical sense. Graph takes no
//     idempotency key, so nobody can promise that.
//
// What may be repeated, and what a repetition does: an edit writes the same text
// again, over an edit of the same message made elsewhere meanwhile, and moves its
// edited mark; a delete, a reaction and taking one back change nothing the second
// time, unless the user took them back elsewhere; a restore likewise; a name is
// told to the chat once more; a link or unlink meets its own row; a read mark
// moves to where it is. After an attempt whose end is not known the deliverer
// looks first, so a repetition happens only when the look finds nothing. A send
// and a new chat are never repeated without the looks above.
//
// "Sending" is durable before a request starts, so that an op whose request was
// under way when the process died is looked for, never just repeated. Ops that
// may be repeated harmlessly are repeated instead.
//
// The package refuses to know HTTP, message formats or the store: it asks a
// [Deliverer]. It refuses to run under two accounts: a journal belongs to one.
package outbox
