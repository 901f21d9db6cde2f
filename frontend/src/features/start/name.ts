import type { Values, Words } from "../../text/words";

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
	return allowed([record.name, record.number].filter(Boolean).join(" · "));
}

/** namesOf returns the name that is proposed where records do not name their chats: who takes part. */
export function namesOf(people: readonly { name: string }[]): string {
	return allowed(people.map((p) => p.name).join(", "));
}

/** allowed leaves out what Teams refuses and cuts at the end of a grapheme. */
function allowed(name: string): string {
	return [...new Intl.Segmenter().segment(name.replace(forbidden, " ").replace(/\s+/g, " ").trim())]
		.map((s) => s.segment)
		.reduce((all, s) => (all.length + s.length <= longest ? all + s : all), "");
}

type NameKey = Extract<Parameters<Words["t"]>[0], "start.nameForbidden" | "start.nameLong">;

/** nameError returns what is wrong with a name, as it is typed. */
export function nameError(
	name: string,
	t: (key: NameKey, values?: Values) => string,
): string | undefined {
	const refused = forbiddenIn(name);
	if (refused.length > 0) {
		const characters = refused.map((c) => (/\p{Cc}/u.test(c) ? "⏎" : c)).join(" ");
		return t("start.nameForbidden", { characters });
	}
	return name.length > longest ? t("start.nameLong", { count: name.length }) : undefined;
}
