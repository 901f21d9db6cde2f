// Package chat holds the words of Chatpane as types: chats, messages, members,
// people, records, links and ops, with their ordering and the op state machine.
//
// It promises that every type is a plain value (copy it, compare it, put it in
// a map), that times are UTC, and that nothing here does I/O. Ids are opaque
// text exactly as the servers gave them, except record ids, which are always
// lower-case GUIDs without braces (see [ParseGUID]).
package chat
