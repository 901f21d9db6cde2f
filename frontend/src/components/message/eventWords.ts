import type { Event } from "../../backend/types";
import type { Words } from "../../text/words";

/** Events told of those they concern, whoever caused them. */
const withoutActor = new Set(["membersJoined", "membersLeft", "callEnded"]);

/**
 * eventWords puts a system message into words. It names who did it: a person,
 * an application by its name, or "An application"; where nobody is known the
 * sentence tells only what was done.
 */
export function eventWords(event: Event, words: Words): string {
	const kind = event.kind === "chatRenamed" && event.topic === "" ? "chatUnnamed" : event.kind;
	const by = event.by || (event.byApp ? words.t("event.application") : "");
	const values = {
		by,
		names: namesOf(event.names, words),
		count: event.names.length,
		topic: event.topic,
		history: event.history ? "yes" : "no",
	};
	const passive = by === "" && !withoutActor.has(kind);
	return words.code("event", kind, values, passive ? "passive" : undefined);
}

/** namesOf joins the names that are known and counts those that are not. */
function namesOf(names: readonly string[], words: Words): string {
	const known = names.filter((name) => name !== "");
	const rest = names.length - known.length;
	if (rest > 0 || known.length === 0) {
		const key = known.length === 0 ? "event.people" : "event.otherPeople";
		known.push(words.t(key, { count: Math.max(rest, 1) }));
	}
	return new Intl.ListFormat(words.locale, { type: "conjunction" }).format(known);
}
