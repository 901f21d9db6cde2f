/** fold returns a text in the form that ChatRow.search has: lower case, without accents. */
export function fold(text: string): string {
	return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
}

/** matches tells whether every word of a folded filter occurs in a folded text. */
export function matches(folded: string, filter: string): boolean {
	return filter.split(/\s+/).every((word) => folded.includes(word));
}
