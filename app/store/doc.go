// Package store is the encrypted offline copy of one account: chats, messages,
// people, records, links and settings as the servers last told them, in Badger.
//
// Callers see verbs, never keys. [Store.Apply] is the only way in: one batch of
// server facts is merged by version, written together with the watermark that
// covers it, and answered with a [Diff] of what really altered. Reads never
// touch the network. Every value is compressed, then sealed by package vault:
// what belongs to one chat under that chat's key, so that purging a chat
// destroys its key; everything else under the account's key.
//
// It promises: a batch that fits one Badger transaction is stored whole or not
// at all, a larger one is split between chats with the watermarks last, and
// repeating a batch changes nothing; a message is never replaced by an older
// version of itself, and a deletion is a version like any other; a value that
// does not unseal, or a row that vanished, is reported as [ErrDamaged] and the
// store is moved aside at the next open, so that no wrong data is ever shown;
// with little disk space left nothing is written ([ErrFull]) and reading goes
// on.
//
// It refuses: to be opened twice ([ErrLocked]); to touch a store written by a
// newer version ([ErrNewer]); messages whose id is not a number, since Graph's
// are their creation time and the order of keys rests on that; and to hold
// anything the user typed, which lives in package outbox, because this copy may
// be thrown away and read again from the servers at any time.
package store
