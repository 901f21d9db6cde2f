// Package vault keeps what must not be readable on disk: the keys of one
// account, sealed files, and fsynced journals.
//
// Two 32-byte keys of the account lie in the operating system's keychain, and
// nothing else does. K0 is stable and derives the key of the database, of files
// and journals, and of values that belong to several chats. Kp seals keys.bin,
// which holds one key per chat, and is replaced at each [Vault.Shred], so that
// no old copy of keys.bin can be opened again: values of a shredded chat are
// unreadable from then on, wherever they still lie.
//
// It promises that everything sealed is bound to its account, its place and its
// name, so that nothing changed or moved is ever taken for the real thing; that
// a record in a journal is on the disk when Append returns; that a crash between
// any two steps leaves a vault that opens; and that keys are made only for an
// empty directory. A keychain that is locked, silent or damaged is an error and
// never a reason for new keys.
//
// It refuses to protect from programs that run as the same user. What is lost
// from the end of a journal, or a file put back in an older version, is not
// noticed.
package vault
