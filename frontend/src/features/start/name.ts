/** longest is how many characters Graph takes in a chat's topic. */
export const longest = 250;

// What Teams refuses in a name. Control characters come in by paste and would
// break its one line.
const forbidden = /[:<>|*?"/\\\p{Cc}]/gu;

/** forbiddenIn returns the characters of a name that Graph refuses, each once. */
export function forbiddenIn(name: string): string[] {
	return [...new Set(name.match(forbidden) ?? [])];
}

/** nameFor returns the name that is proposed for a chat about a record. */
export function nameFor(record: { name: string; number: string }): string {
	const name = [record.name, record.number].filter(Boolean).join(" · ");
	return [...new Intl.Segmenter().segment(name.replace(forbidden, " ").replace(/\s+/g, " ").trim())]
		.map((s) => s.segment)
		.reduce((all, s) => (all.length + s.length <= longest ? all + s : all), "");
}
