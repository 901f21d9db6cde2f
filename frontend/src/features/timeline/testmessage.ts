import type { MessageRow } from "../../backend/types";

/** message returns a message for tests, with the parts that matter given. */
export function message(part: Partial<MessageRow>): MessageRow {
	const time = part.time ?? "2026-11-03T09:00:00.000Z";
	return {
		chat: "c1",
		id: "1",
		rev: 1,
		sort: `${time}|${part.id ?? "1"}`,
		time,
		from: { id: "u1", name: "Ada Lund", guest: false },
		me: false,
		app: false,
		edited: "",
		deleted: false,
		blocked: false,
		body: part.plain ? [{ t: "p", children: [{ t: "text", text: part.plain }] }] : [],
		plain: "",
		quotes: [],
		files: [],
		reacts: [],
		importance: "normal",
		mentionsMe: false,
		state: "",
		reason: "",
		op: "",
		...part,
	};
}
