import bulk from "../../../../../frontend/src/backend/fakeBulk.json";

/** Chat is a row of the list, from the file that the pane's fake backend reads too. */
export type Chat = (typeof bulk.chats)[number];

export interface Message {
	id: string;
	from: string;
	me: boolean;
	time: Date;
	text: string;
	/** First of a group of one sender. */
	first: boolean;
	/** First of a day. */
	day: boolean;
}

export const chats = bulk.chats;

export function nameOf(id: string): string {
	return bulk.people.find((p) => p.id === id)?.name ?? "Adele Vance";
}

export function textAt(i: number): string {
	return bulk.texts[i % bulk.texts.length] ?? "";
}

export function ago(minutes: number): Date {
	return new Date(Date.now() - minutes * 60_000);
}

const count = Number(new URLSearchParams(location.search).get("messages") ?? 10_000);
const known = new Map<string, Message[]>();

/** messagesOf is the same talk that the pane's fake backend tells. */
export function messagesOf(chat: Chat): Message[] {
	const have = known.get(chat.id);
	if (have) return have;
	const all = ["u-adele", ...chat.people];
	const made: Message[] = [];
	for (let i = 0; i < count; i += 1) {
		const from = all[Math.floor(i / 2) % all.length] ?? "";
		const time = ago(chat.minutes + (count - 1 - i) * 3);
		const before = made[i - 1];
		const day = before?.time.toDateString() !== time.toDateString();
		const first = day || before?.from !== from;
		made.push({ id: `${chat.id}-${i}`, from, me: i % (2 * all.length) < 2, time, text: textAt(i), first, day });
	}
	known.set(chat.id, made);
	return made;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });

export function timeOfDay(time: Date): string {
	return clock.format(time);
}

export function dayOf(time: Date): string {
	return date.format(time);
}
