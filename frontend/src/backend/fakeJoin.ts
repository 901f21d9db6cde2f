import type { Api } from "./api";
import { me, people, recordKey } from "./fakeData";
import type { JoinResult, LockedRow } from "./types";

/** JoinSource is what the pretended company lends to joining. */
export interface JoinSource {
	/** The locked rows that are left. */
	locked(): readonly LockedRow[];
	/** enter makes the chat of a locked row one of the user's. */
	enter(row: LockedRow): void;
	/** direct returns the chat with a person, in which a text was sent. */
	direct(person: string, text: string): string;
	/** confirmed takes the mark off a connection. */
	confirmed(chat: string, record: string): void;
}

/** joining returns the calls about locked chats. */
export function joining(
	source: JoinSource,
): Pick<Api, "join" | "joinAll" | "prepareAsk" | "askToJoin" | "confirm"> {
	const join = (row: LockedRow): JoinResult => {
		const result = { link: row.id, name: row.name, problem: null };
		if (row.why.length > 0) return { ...result, chat: "", outcome: "refused", why: row.why };
		source.enter(row);
		return { ...result, chat: row.chat, outcome: "joined", why: [] };
	};
	const find = (id: string) => {
		const row = source.locked().find((l) => l.id === id);
		if (!row) throw new Error(`there is no locked row ${id}`);
		return row;
	};
	return {
		join: async (link) => join(find(link)),
		joinAll: async (record) =>
			source
				.locked()
				.filter((l) => l.record === record)
				.map(join),
		prepareAsk: async (link) => ({
			link,
			name: find(link).name,
			record: "CAS-09792 Leaking gasket on heat exchanger",
			url: `https://contoso.crm.dynamics.com/${recordKey("c1")}`,
			people: people
				.filter((p) => p.id !== me.id)
				.slice(0, 2)
				.map(({ id, name, email }, i) => ({
					id,
					name,
					email,
					how: i === 0 ? "connected" : "owner",
				})),
		}),
		askToJoin: async ({ person, text }) => source.direct(person, text),
		confirm: async (chat, record) => source.confirmed(chat, record),
	};
}
