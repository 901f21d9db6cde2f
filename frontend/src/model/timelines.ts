import type { Api } from "../backend/api";
import { toProblem } from "../backend/problem";
import type { Member, MessageRow, Page, Problem } from "../backend/types";
import { Rows } from "./store";
import type { Place } from "./views";

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
	/** The message around which it was read, null = the newest ones. */
	readonly at: Place | null;
	/** Newer messages exist that were not read; what arrives is not shown before they are. */
	readonly newer: boolean;
	readonly loadingNewer: boolean;
	/** Why newer messages could not be read. */
	readonly newerProblem: Problem | null;
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
	/** Where each chat is to be read from. */
	readonly #wanted = new Map<string, Place>();
	/** Reads begun, by chat: only the latest counts. */
	readonly #reads = new Map<string, number>();

	constructor(api: Api) {
		this.#api = api;
	}

	get rows(): Rows<Timeline> {
		return this.#rows;
	}

	/** open begins to follow a chat and reads its newest messages, or those around one; close ends it. */
	open(chat: string, at: Place | null = null): void {
		const opens = this.#open.get(chat) ?? 0;
		this.#open.set(chat, opens + 1);
		if (opens > 0) return;
		this.#want(chat, at);
		void this.#read(chat);
	}

	/** goTo reads an open chat around a message, or its newest ones; what is shown stays until then. */
	goTo(chat: string, at: Place | null): void {
		if (!this.#open.has(chat) || (this.#wanted.get(chat) ?? null) === at) return;
		this.#want(chat, at);
		void this.#read(chat);
	}

	/** latest leaves the place that a chat was opened at for its newest messages. */
	latest(chat: string): void {
		if (!this.#open.has(chat)) return;
		this.#wanted.delete(chat);
		void this.#read(chat);
	}

	close(chat: string): void {
		const opens = this.#open.get(chat) ?? 0;
		if (opens > 1) {
			this.#open.set(chat, opens - 1);
			return;
		}
		if (opens === 0) return;
		this.#open.delete(chat);
		this.#wanted.delete(chat);
		this.#rows.remove(chat);
		// Nobody waits for it, and a chat that stays open by mistake costs a read, no more.
		this.#api.closeChat(chat).catch(() => undefined);
	}

	/** retry reads the messages again after a failure. */
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
				this.#join(chat, page, { more: page.more, offline: page.offline, loadingOlder: false });
			}
		} catch (error) {
			this.#put(chat, { loadingOlder: false, olderProblem: toProblem(error) });
		}
	}

	/** newer reads the messages after the newest one that is here, while there are such. */
	async newer(chat: string): Promise<void> {
		const t = this.#rows.row(chat);
		const last = t?.rows.at(-1);
		if (!t || !last || t.loadingNewer || !t.newer) return;
		this.#put(chat, { loadingNewer: true, newerProblem: null });
		try {
			const page = await this.#asked(chat, () => this.#api.newer(chat, last.sort));
			if (!page) return;
			this.#join(chat, page, { newer: page.newer, loadingNewer: false });
			// From here on it is as if the chat had been opened at its newest messages.
			if (!page.newer) this.#wanted.delete(chat);
		} catch (error) {
			this.#put(chat, { loadingNewer: false, newerProblem: toProblem(error) });
		}
	}

	/** apply merges messages of a Change; those of chats that are not open are dropped. */
	apply(messages: readonly MessageRow[]): void {
		for (const chat of new Set(messages.map((m) => m.chat))) {
			const t = this.#rows.row(chat);
			if (!t) continue;
			const mine = messages.filter((m) => m.chat === chat);
			const adjacent = mine.filter((m) => !isBeyond(t, m));
			if (adjacent.length > 0) this.#put(chat, { rows: merge(t.rows, adjacent) });
			// Who sends a message wants to see it.
			if (mine.some((m) => isBeyond(t, m) && m.op !== "" && m.state !== "")) this.latest(chat);
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
		const at = this.#wanted.get(chat) ?? null;
		const read = (this.#reads.get(chat) ?? 0) + 1;
		this.#reads.set(chat, read);
		try {
			const page = await this.#asked(chat, () =>
				at ? this.#api.openAt(chat, at.message) : this.#api.openChat(chat),
			);
			if (!page) return;
			const old = this.#rows.row(chat);
			this.#put(chat, {
				state: "ready",
				problem: null,
				rows: joined(replace ? [] : (old?.rows ?? []), page),
				members: page.members,
				firstUnread: replace ? (old?.firstUnread ?? page.firstUnread) : page.firstUnread,
				more: page.more,
				offline: page.offline,
				loadingOlder: false,
				olderProblem: null,
				// A place whose end was reached stays the one that the view came from.
				at: at ?? (replace ? (old?.at ?? null) : null),
				newer: page.newer,
				loadingNewer: false,
				newerProblem: null,
			});
		} catch (error) {
			if (this.#reads.get(chat) !== read) return;
			const old = this.#rows.row(chat);
			this.#put(chat, { loadingOlder: false, loadingNewer: false });
			if ((old?.rows.length ?? 0) > 0 && old?.at === at) return;
			this.#put(chat, { state: "error", problem: toProblem(error) });
		}
	}

	/** want remembers where to read a chat from. */
	#want(chat: string, at: Place | null): void {
		if (at) this.#wanted.set(chat, at);
		else this.#wanted.delete(chat);
	}

	/** join adds a page that continues what is here. */
	#join(chat: string, page: Page, part: Partial<Timeline>): void {
		const rows = merge(this.#rows.row(chat)?.rows ?? [], page.messages);
		this.#put(chat, { ...part, rows });
	}

	/**
	 * asked runs a read and leaves out what was removed meanwhile; undefined when
	 * the chat was closed or read from another place meanwhile.
	 */
	async #asked(chat: string, ask: () => Promise<Page>): Promise<Page | undefined> {
		const read = this.#reads.get(chat);
		const removed = this.#removed.get(chat) ?? new Set();
		this.#removed.set(chat, removed);
		this.#asking.set(chat, (this.#asking.get(chat) ?? 0) + 1);
		try {
			const page = await ask();
			if (!this.#open.has(chat) || this.#reads.get(chat) !== read) return undefined;
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
		at: null,
		newer: false,
		loadingNewer: false,
		newerProblem: null,
	};
}

/** isBeyond tells whether a message lies behind a gap that was not read yet. */
function isBeyond(t: Timeline, m: MessageRow): boolean {
	const last = t.rows.at(-1);
	return t.newer && last !== undefined && m.sort > last.sort;
}

/** joined is a page with the rows that are known already, but for those that it does not reach. */
function joined(known: readonly MessageRow[], page: Page): MessageRow[] {
	const rows = page.messages;
	const first = rows[0]?.sort;
	const last = rows.at(-1)?.sort;
	if (first === undefined || last === undefined) return [...known];
	const near = known.filter(
		(m) => (!page.more || m.sort >= first) && (!page.newer || m.sort <= last),
	);
	return merge(near, rows);
}

/** merge returns both lists as one, each message once, ordered by sort. */
export function merge(a: readonly MessageRow[], b: readonly MessageRow[]): MessageRow[] {
	const byId = new Map(a.map((m) => [m.id, m]));
	for (const m of b) {
		const known = byId.get(m.id);
		if (!known || m.rev >= known.rev) byId.set(m.id, m);
	}
	const all = [...byId.values()];
	// A page comes in order, and so do most changes.
	const ordered = all.every((m, i) => i === 0 || (all[i - 1]?.sort ?? "") <= m.sort);
	return ordered ? all : all.sort((x, y) => (x.sort < y.sort ? -1 : x.sort > y.sort ? 1 : 0));
}
