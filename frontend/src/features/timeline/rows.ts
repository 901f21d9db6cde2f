import type { MessageRow } from "../../backend/types";

/** Messages of one sender closer together than this are drawn as one group. */
const groupMs = 5 * 60_000;

/** Row is one line of the message list. */
export type Row =
	| { readonly t: "start"; readonly key: string }
	| { readonly t: "day"; readonly key: string; readonly time: string }
	| { readonly t: "new"; readonly key: string }
	| { readonly t: "end"; readonly key: string }
	| MessageLine;

/** MessageLine is a message with its place in its sender's group. */
export interface MessageLine {
	readonly t: "message";
	readonly key: string;
	readonly message: MessageRow;
	/** The first message of a group carries name, time and avatar. */
	readonly first: boolean;
	/** The last message of a group closes it with a rounded corner. */
	readonly last: boolean;
	/** Position among the messages, from 1, for screen readers. */
	readonly position: number;
}

/**
 * toRows lays messages out as lines: one that tells what comes before, a divider before each new day, one before
 * the first unread message, and groups of one sender within five minutes. A
 * row keeps its key when messages are added before or after it. While newer
 * messages were not read, a last line stands for them.
 */
export function toRows(messages: readonly MessageRow[], firstUnread: string, newer = false): Row[] {
	const rows: Row[] = [{ t: "start", key: "start" }];
	const days = new Days();
	let day = "";
	let before: Placed | undefined;
	messages.forEach((message, i) => {
		const at = Date.parse(message.time);
		const today = days.of(at);
		const fresh = message.id === firstUnread;
		const first = fresh || today !== day || !before || !grouped(before, { message, at });
		// A message is the last of its group when the next one is the first of another.
		if (before && first) before.line.last = true;
		if (today !== day) rows.push({ t: "day", key: `day:${today}`, time: message.time });
		if (fresh) rows.push({ t: "new", key: "new" });
		const line = {
			t: "message" as const,
			key: message.id,
			message,
			first,
			last: false,
			position: i + 1,
		};
		rows.push(line);
		day = today;
		before = { message, at, line };
	});
	if (before) before.line.last = true;
	if (newer) rows.push({ t: "end", key: "end" });
	return rows;
}

/** Said is a message and when it was said, in ms. */
interface Said {
	message: MessageRow;
	at: number;
}

/** Placed is a message whose line is not known to be the last of its group yet. */
interface Placed extends Said {
	line: { last: boolean };
}

/** grouped tells whether b continues the group of a. */
function grouped({ message: a, at }: Said, { message: b, at: then }: Said): boolean {
	if (a.event || b.event) return false;
	if (a.me !== b.me || a.app !== b.app || a.from.id !== b.from.id) return false;
	if (a.from.id === "" && a.from.name !== b.from.name) return false;
	return Math.abs(then - at) < groupMs;
}

/** Days names the day of a time where the user is; it asks the calendar once for the messages of a day. */
class Days {
	#name = "";
	#from = Number.NaN;
	#to = Number.NaN;

	of(at: number): string {
		if (at >= this.#from && at < this.#to) return this.#name;
		const d = new Date(at);
		const [year, month, day] = [d.getFullYear(), d.getMonth(), d.getDate()];
		this.#from = new Date(year, month, day).getTime();
		this.#to = new Date(year, month, day + 1).getTime();
		this.#name = `${year}-${month + 1}-${day}`;
		return this.#name;
	}
}
