package sandbox

// ShortPages makes every page of a Graph list have at most n rows whatever $top
// says, with a next link to the rest, as is legal; 0 takes it back.
func (k *Knobs) ShortPages(n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pages = n
}

func (k *Knobs) pageRows() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.pages
}
