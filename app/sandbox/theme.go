package sandbox

// theme is what the seeded conversation of a room is about.
type theme struct {
	cas      *CaseSeed // nil: no case in particular
	language string
}
