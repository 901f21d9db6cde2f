import type { Api } from "../backend/api";
import { toProblem } from "../backend/problem";
import type { Member, MessageRow, Page, Problem } from "../backend/types";
import { Rows } from "./store";

/** Timeline is one open chat: its messages oldest first, and what is known of the rest. */
export interface Timeline {
	readonly chat: string;
	/** "loading" until the first page came, then "ready", or "error" with its problem. */
	readonly state: "loading" | "ready" | "error";
	readonly problem: Problem | null;
	readonly rows: readonly MessageRow[];
	readonly members: readonly Member[];
	/** Id of the first message that was unread when the chat was opened, "" = none. */
	readonly firstUnread: string;
	/** Older messages exist. */
	readonly more: boolean;
	/** Older messages exist but cannot be read now. */
	readonly offline: boolean;
	readonly loadingOlder: boolean;
	/** Why older messages could not be read. */
	readonly olderProblem: Problem | null;
}

/**
 * Timelines holds the messages of open chats. Pages and changes may arrive in
 * any order: of two rows of one message the one with the higher rev stays.
 */
export class Timelines {
	readonly #api: Api;
	readonly #rows = new Rows<Timeline>((t) => t.chat);
	/** Opens not yet closed, by chat: several views may show one chat. */
	readonly #open = new Map<string, number>();
	/** Ids removed while a page of that chat is on its way, which may still carry them. */
	readonly #removed = new Map<string, Set<string>>();
	readonly #asking = new Map<string, number>();

	constructor(api: Api) {
		this.#api = api;
	}

	get rows(): Rows<Timeline> {
		return this.#rows;
	}

	/** open begins to follow a chat and reads its newest messages; close ends it. */
	open(chat: string): void {
		const opens = this.#open.get(chat) ?? 0;
		this.#open.set(chat, opens + 1);
		if (opens === 0) void this.#read(chat);
	}

	close(chat: string): void {
		const opens = this.#open.get(chat) ?? 0;
		if (opens > 1) {
			this.#open.set(chat, opens - 1);
			return;
		}
		if (opens === 0) return;
		this.#open.delete(chat);
		this.#rows.remove(chat);
		// Nobody waits for it, and a chat that stays open by mistake costs a read, no more.
		this.#api.closeChat(chat).catch(() => undefined);
	}

	/** retry reads the newest messages again after a failure. */
	retry(chat: string): void {
		if (this.#open.has(chat)) void this.#read(chat);
	}

	/** older reads the messages before the oldest one that is here. */
	async older(chat: string): Promise<void> {
		const t = this.#rows.row(chat);
		const first = t?.rows[0];
		if (!t || !first || t.loadingOlder || !t.more) return;
		this.#put(chat, { loadingOlder: true, olderProblem: null });
		try {
			const page = await this.#asked(chat, () => this.#api.older(chat, first.sort));
			if (page) {
				this.#put(chat, {
					rows: merge(this.#rows.row(chat)?.rows ?? [], page.messages),
					more: page.more,
					offline: page.offline,
					loadingOlder: false,
				});
			}
		} catch (error) {
			this.#put(chat, { loadingOlder: false, olderProblem: toProblem(error) });
		}
	}

	/** apply merges messages of a Change; those of chats that are not open are dropped. */
	apply(messages: readonly MessageRow[]): void {
		for (const chat of new Set(messages.map((m) => m.chat))) {
			const t = this.#rows.row(chat);
			if (t)
				this.#put(chat, {
					rows: merge(
						t.rows,
						messages.filter((m) => m.chat === chat),
					),
				});
		}
	}

	/** remove takes one message away. */
	remove(chat: string, id: string): void {
		this.#removed.get(chat)?.add(id);
		const t = this.#rows.row(chat);
		if (t?.rows.some((r) => r.id === id)) {
			this.#put(chat, { rows: t.rows.filter((r) => r.id !== id) });
		}
	}

	/** reset reads every open chat again; what is shown stays until the page is here. */
	reset(): void {
		for (const chat of this.#open.keys()) void this.#read(chat, true);
	}

	async #read(chat: string, replace = false): Promise<void> {
		if (!this.#rows.row(chat)) this.#rows.put([blank(chat)]);
		try {
			const page = await this.#asked(chat, () => this.#api.openChat(chat));
			if (!page) return;
			const old = replace ? [] : (this.#rows.row(chat)?.rows ?? []);
			this.#put(chat, {
				state: "ready",
				problem: null,
				rows: merge(old, page.messages),
				members: page.members,
				firstUnread: replace
					? (this.#rows.row(chat)?.firstUnread ?? page.firstUnread)
					: page.firstUnread,
				more: page.more,
				offline: page.offline,
			});
		} catch (error) {
			const shown = (this.#rows.row(chat)?.rows.length ?? 0) > 0;
			if (!shown) this.#put(chat, { state: "error", problem: toProblem(error) });
		}
	}

	/** asked runs a read and leaves out what was removed meanwhile; undefined when the chat was closed. */
	async #asked(chat: string, ask: () => Promise<Page>): Promise<Page | undefined> {
		const removed = this.#removed.get(chat) ?? new Set();
		this.#removed.set(chat, removed);
		this.#asking.set(chat, (this.#asking.get(chat) ?? 0) + 1);
		try {
			const page = await ask();
			if (!this.#open.has(chat)) return undefined;
			return { ...page, messages: page.messages.filter((m) => !removed.has(m.id)) };
		} finally {
			const left = (this.#asking.get(chat) ?? 1) - 1;
			this.#asking.set(chat, left);
			if (left === 0) this.#removed.delete(chat);
		}
	}

	#put(chat: string, part: Partial<Timeline>): void {
		const t = this.#rows.row(chat);
		if (t) this.#rows.put([{ ...t, ...part }]);
	}
}

function blank(chat: string): Timeline {
	return {
		chat,
		state: "loading",
		problem: null,
		rows: [],
		members: [],
		firstUnread: "",
		more: false,
		offline: false,
		loadingOlder: false,
		olderProblem: null,
	};
}

/** merge returns both lists as one, each message once, ordered by sort. */
export function merge(a: readonly MessageRow[], b: readonly MessageRow[]): MessageRow[] {
	const byId = new Map(a.map((m) => [m.id, m]));
	for (const m of b) {
		const known = byId.get(m.id);
		if (!known || m.rev >= known.rev) byId.set(m.id, m);
	}
	return [...byId.values()].sort((x, y) => (x.sort < y.sort ? -1 : x.sort > y.sort ? 1 : 0));
}
