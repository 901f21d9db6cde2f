// Package sandbox plays Microsoft Entra, Microsoft Graph and Dataverse for one
// invented company, for the demo and for tests.
//
// It promises to answer as the real services are documented to (limits, paging,
// error bodies, silent oddities), to make the same company from the same seed
// and clock, to be reachable from this machine only, and to leave no goroutine
// behind. It refuses what the real services refuse. It shares no type with the
// clients: a wrong JSON tag there must fail here. Knobs break it on purpose.
//
// A world is the seeded company; a room is a chat as the server keeps it; an
// entry is one message of a room, generated from the seed when it is read.
package sandbox
