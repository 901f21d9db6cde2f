import type { SearchHit } from "../../backend/types";

/** Group is a run of hits of one chat under its head. */
export interface Group {
	readonly key: string;
	/** A hit that names the chat and its records. */
	readonly head: SearchHit;
	readonly hits: readonly SearchHit[];
}

/**
 * toGroups puts the hits of one chat together, in the order of each chat's first
 * one. A later page never changes what an earlier one shows: it goes on with the
 * last group, or begins new ones.
 */
export function toGroups(pages: readonly (readonly SearchHit[])[]): Group[] {
	const groups: Group[] = [];
	const seen = new Set<string>();
	pages.forEach((page, n) => {
		const chats = new Map<string, SearchHit[]>();
		for (const hit of page) {
			const id = idOf(hit);
			if (seen.has(id)) continue;
			seen.add(id);
			const hits = chats.get(hit.chat);
			if (hits) hits.push(hit);
			else chats.set(hit.chat, [hit]);
		}
		// The chat that the last page ended with comes first, for it goes on.
		const last = groups.at(-1);
		const on = last && chats.get(last.head.chat);
		if (last && on) {
			groups[groups.length - 1] = { ...last, hits: [...last.hits, ...on] };
			chats.delete(last.head.chat);
		}
		for (const [chat, hits] of chats) {
			const [head] = hits;
			if (head) groups.push({ key: `${n} ${chat}`, head, hits });
		}
	});
	return groups;
}

/** idOf names a hit: message ids are unique only within a chat. */
export function idOf(hit: SearchHit): string {
	return `${hit.chat} ${hit.id}`;
}
