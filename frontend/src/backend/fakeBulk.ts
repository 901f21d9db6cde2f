import bulk from "./fakeBulk.json";
import { ago, chatRow, linkTo, me, messageRow } from "./fakeData";
import type { ChatRow, MessageRow, PersonRef } from "./types";

/** World is what a Fake tells of: its chats and what was said in them. */
export interface World {
	chats: readonly ChatRow[];
	messages: (chat: string) => MessageRow[];
	/** Messages in one page of a chat. */
	page: number;
}

const people: PersonRef[] = bulk.people.map((p) => ({ ...p, guest: false }));

/** Minutes from one message of a chat to the next. */
const apart = 3;

/**
 * bulkWorld is 150 chats of so many messages each, read in pages of a size: a
 * long list and long chats to measure with. The peer of `go run ./build bench
 * frontend` shows the same file.
 */
export function bulkWorld(messages: number, page: number): World {
	return {
		chats: bulk.chats.map((c) => {
			const others = peopleOf(c.id);
			return chatRow({
				id: c.id,
				title: c.title,
				kind: others.length > 1 ? "group" : "oneOnOne",
				people: others,
				members: others.length + 1,
				time: ago(c.minutes),
				lastFrom: others[0]?.name ?? "",
				lastText: textAt(c.text),
				unread: c.unread,
				records: c.record === "" ? [] : [linkTo(c.record)],
			});
		}),
		messages: (chat) => talk(chat, messages),
		page,
	};
}

/** talk is what was said: people take turns, two messages each. */
function talk(chat: string, count: number): MessageRow[] {
	const minutes = bulk.chats.find((c) => c.id === chat)?.minutes ?? 0;
	const all = [me, ...peopleOf(chat)];
	return Array.from({ length: count }, (_, i) => {
		const from = all[Math.floor(i / 2) % all.length] ?? me;
		const time = ago(minutes + (count - 1 - i) * apart);
		return messageRow({ chat, id: `${chat}-${i}`, from, plain: textAt(i), time });
	});
}

function peopleOf(chat: string): PersonRef[] {
	const ids = bulk.chats.find((c) => c.id === chat)?.people ?? [];
	return people.filter((p) => ids.includes(p.id));
}

function textAt(i: number): string {
	return bulk.texts[i % bulk.texts.length] ?? "";
}
