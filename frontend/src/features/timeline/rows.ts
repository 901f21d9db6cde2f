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
	messages.forEach((message, i) => {
		const before = messages[i - 1];
		const divided = startsDivided(before, message, firstUnread);
		if (!before || !sameDay(before.time, message.time)) {
			rows.push({ t: "day", key: `day:${dayKey(message.time)}`, time: message.time });
		}
		if (message.id === firstUnread) rows.push({ t: "new", key: "new" });
		const after = messages[i + 1];
		rows.push({
			t: "message",
			key: message.id,
			message,
			first: divided || !grouped(before, message),
			last: !after || startsDivided(message, after, firstUnread) || !grouped(message, after),
			position: i + 1,
		});
	});
	if (newer) rows.push({ t: "end", key: "end" });
	return rows;
}

function startsDivided(
	before: MessageRow | undefined,
	message: MessageRow,
	firstUnread: string,
): boolean {
	return !before || message.id === firstUnread || !sameDay(before.time, message.time);
}

/** grouped tells whether b continues the group of a. */
function grouped(a: MessageRow | undefined, b: MessageRow): boolean {
	if (!a || a.event || b.event) return false;
	if (a.me !== b.me || a.app !== b.app || a.from.id !== b.from.id) return false;
	if (a.from.id === "" && a.from.name !== b.from.name) return false;
	return Math.abs(Date.parse(b.time) - Date.parse(a.time)) < groupMs;
}

function sameDay(a: string, b: string): boolean {
	return dayKey(a) === dayKey(b);
}

/** dayKey names the day of a time where the user is. */
function dayKey(time: string): string {
	const d = new Date(time);
	return `${d.getFullYear()}-${d.getMonth() + 1}-${d.getDate()}`;
}
