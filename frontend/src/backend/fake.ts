import type { Api, Backend, Ping } from "./api";
import { alterations } from "./fakeAlter";
import type { World } from "./fakeBulk";
import * as data from "./fakeData";
import { joining } from "./fakeJoin";
import { messagesOf } from "./fakeMessages";
import { searchIn, storageOf } from "./fakeSearch";
import { starting } from "./fakeStart";
import { account, diagnostics, health, presences, settings } from "./fakeState";
import { suggestionsFor } from "./fakeSuggest";
import type {
	Account,
	Change,
	ChatRow,
	Compose,
	Handshake,
	Health,
	List,
	LockedRow,
	MessageRow,
	Page,
	Problem,
	Section,
	Settings,
	Tabs,
} from "./types";

/** FakeOptions choose where a fake backend begins. */
export interface FakeOptions {
	/** "signedOut" begins at the sign-in screen. */
	phase?: "signedIn" | "signedOut";
	/** Key of the record that is open, "" = home. */
	record?: string;
	settings?: Partial<Settings>;
	language?: string;
	/** Milliseconds until a sent message arrives at the pretended server; 0 in tests. */
	latency?: number;
	/** Other chats than those of the small company. */
	world?: World;
}

const company: World = { chats: data.chats, messages: messagesOf, page: 20 };

/**
 * Fake is a backend in memory, for tests and `npm run dev`: it keeps the
 * promises of the core's API on a small seeded company, without a network.
 */
export class Fake implements Backend {
	readonly api: Api;
	readonly calls: { method: string; args: unknown[] }[] = [];
	readonly #pings = new Set<Ping>();
	readonly #messages = new Map<string, MessageRow[]>();
	readonly #latency: number;
	readonly #world: World;
	#seq = 1;
	/** What altered after the snapshot, each with its number. */
	#log: Change[] = [];
	#failing = new Map<keyof Api, Problem>();
	#ops = 0;

	handshake: Handshake;
	account: Account;
	health: Health;
	tabs: Tabs;
	chats: Map<string, ChatRow>;
	records = new Map(data.records.map((r) => [r.key, r]));
	locked = [...data.locked];

	constructor(options: FakeOptions = {}) {
		this.#latency = options.latency ?? 0;
		this.#world = options.world ?? company;
		this.chats = new Map(this.#world.chats.map((c) => [c.id, c]));
		this.handshake = {
			version: "0.1.0",
			os: "linux",
			demo: true,
			language: options.language ?? "en",
			settings: { ...settings, ...options.settings },
		};
		this.account = { ...account, phase: options.phase ?? "signedIn" };
		this.health = { ...health, since: data.ago(30), checked: data.ago(1) };
		const record = options.record ?? "";
		this.tabs = { open: record === "" ? [] : [record, data.recordKey("c2")], active: record };
		this.api = this.#watched(this.#methods());
	}

	onPing(listener: Ping): () => void {
		this.#pings.add(listener);
		return () => {
			this.#pings.delete(listener);
		};
	}

	photo(): string {
		return "";
	}

	media(): string {
		return "/fake-photo.svg";
	}

	async setNetwork(state: "offline" | "online"): Promise<void> {
		this.health = { ...this.health, connection: state, since: data.ago(0) };
		this.push({ health: this.health });
	}

	/** push records a change and pings, as a commit in the core does. */
	push(change: Omit<Change, "seq" | "reset">): void {
		this.#seq += 1;
		this.#log.push({ ...change, seq: this.#seq, reset: false });
		for (const ping of this.#pings) ping(this.#seq);
	}

	/** fail makes a method reject with a problem, until it is told null. */
	fail(method: keyof Api, problem: Problem | null): void {
		if (problem) this.#failing.set(method, problem);
		else this.#failing.delete(method);
	}

	/** arrive puts a message of somebody else into a chat. */
	arrive(chat: string, plain: string, from = data.person("u-diego")): void {
		this.#ops += 1;
		const row = data.messageRow({ chat, id: `in-${this.#ops}`, from, plain });
		this.#rows(chat).push(row);
		this.#chat(chat, {
			time: row.time,
			lastFrom: from.name,
			lastMine: false,
			lastText: plain,
			unread: true,
		});
		this.push({ messages: [row] });
	}

	#watched(api: Api): Api {
		const entries = Object.entries(api) as [keyof Api, (...args: unknown[]) => Promise<unknown>][];
		return Object.fromEntries(
			entries.map(([method, run]) => [
				method,
				async (...args: unknown[]) => {
					this.calls.push({ method, args });
					const problem = this.#failing.get(method);
					if (problem) throw new Error(JSON.stringify(problem));
					return run(...args);
				},
			]),
		) as unknown as Api;
	}

	#methods(): Api {
		const nothing = async () => undefined;
		return {
			hello: async () => this.handshake,
			changes: async (since) => this.#changes(since),
			signIn: async () => this.#sign("signedIn"),
			signInWithCode: async () => {
				this.account = {
					...this.account,
					phase: "signingIn",
					deviceCode: "FXK7-2QLB",
					deviceURL: "https://microsoft.com/devicelogin",
				};
				this.push({ account: this.account });
			},
			cancelSignIn: async () => this.#sign("signedOut"),
			signOut: async () => this.#sign("signedOut"),
			signOutDiscarding: async () => this.#sign("signedOut"),
			chooseEnvironment: async (environment) => {
				this.account = { ...this.account, environment };
				this.push({ account: this.account });
			},
			openRecord: async (text) => this.#openRecord(text),
			activateTab: async (active) => this.#tabs({ ...this.tabs, active }),
			closeTab: async (key) => {
				const open = this.tabs.open.filter((k) => k !== key);
				const active = this.tabs.active === key ? (open.at(-1) ?? "") : this.tabs.active;
				this.#tabs({ open, active });
			},
			refreshRecord: nothing,
			findRecords: async (query) => ({
				recent: data.records.slice(0, 2),
				mine: data.records.filter((r) => r.mine),
				found:
					query === ""
						? []
						: data.records.filter((r) =>
								`${r.name} ${r.number}`.toLowerCase().includes(query.toLowerCase()),
							),
				state: "ready",
				problem: null,
			}),
			refresh: nothing,
			active: nothing,
			visible: nothing,
			showMore: nothing,
			openChat: async (chat) => {
				this.#chat(chat, { unread: false });
				return { ...this.#page(chat, ""), firstUnread: chat === "t1" ? "m11" : "" };
			},
			closeChat: nothing,
			older: async (chat, before) => this.#page(chat, before),
			readStorage: async () => storageOf([...this.chats.values()], (id) => this.#rows(id)),
			search: async (query) => searchIn([...this.chats.values()], (id) => this.#rows(id), query),
			openAt: async (chat, message) => {
				const at = this.#rows(chat).findIndex((m) => m.id === message);
				if (at < 0) throw new Error(JSON.stringify(problem("notFound")));
				return this.#stretch(chat, at - this.#world.page / 2);
			},
			newer: async (chat, after) =>
				this.#stretch(chat, this.#rows(chat).findIndex((m) => m.sort === after) + 1),
			send: async (message) => this.#send(message),
			retry: nothing,
			discard: async (op) => this.#discard(op),
			saveDraft: async (draft) => {
				this.#chat(draft.chat, { draft: draft.text });
				this.push({ drafts: [draft] });
			},
			connect: async (chat, record) => this.#link(chat, record, true),
			disconnect: async (chat, record) => this.#link(chat, record, false),
			startChat: async (start) => {
				this.#ops += 1;
				const id = `new-${this.#ops}`;
				const others = start.people.map(data.person);
				const row = data.chatRow({
					id,
					title: start.topic || others.map((p) => p.name).join(", "),
					people: others.slice(0, 3),
					members: others.length + 1,
					time: data.ago(0),
				});
				this.chats.set(id, row);
				if (start.record !== "") this.#link(id, start.record, true);
				else this.push({ chats: [row], lists: this.#lists() });
				return { chat: id, op: `op${this.#ops}` };
			},
			...starting((chat) => this.#rows(chat)),
			findPeople: async (query) =>
				data.people.filter((p) => p.name.toLowerCase().includes(query.toLowerCase())),
			suggest: async (record) => suggestionsFor(record),
			refreshSuggestions: async (record) => suggestionsFor(record),
			markRead: async (chat) => this.#chat(chat, { unread: false }),
			markUnread: async (chat) => this.#chat(chat, { unread: true }),
			markUnreadFrom: async (chat) => this.#chat(chat, { unread: true }),
			...alterations({
				rows: (chat) => this.#rows(chat),
				changed: (row) => this.push({ messages: [row] }),
				rename: (chat, topic) => this.#chat(chat, { topic, title: topic }),
				op: () => {
					this.#ops += 1;
					return `op${this.#ops}`;
				},
				me: data.me.name,
			}),
			watchPeople: nothing,
			...joining({
				locked: () => this.locked,
				enter: (row) => this.#enter(row),
				direct: (person, text) => {
					const direct = [...this.chats.values()].find(
						(c) => c.kind === "oneOnOne" && c.people[0]?.id === person,
					);
					const chat = direct?.id ?? "t1";
					this.#send({ chat, html: text, mentions: [], importance: "normal" });
					return chat;
				},
				confirmed: (chat, record) => {
					const records = this.chats.get(chat)?.records ?? [];
					this.#chat(chat, {
						records: records.map((r) => (r.key === record ? { ...r, confirm: false } : r)),
					});
				},
			}),
			openExternal: nothing,
			openInTeams: nothing,
			copyText: nothing,
			saveSettings: async (next) => {
				this.handshake = { ...this.handshake, settings: next };
				this.push({ settings: next });
			},
			readDiagnostics: async () => diagnostics(),
			copyDiagnostics: nothing,
			saveSupportBundle: async () => "/home/adele/chatpane-support.zip",
		};
	}

	#changes(since: number): Change {
		if (since === 0) return this.#snapshot();
		const all: Required<
			Pick<Change, "chats" | "records" | "messages" | "removed" | "notices" | "drafts" | "lists">
		> = { chats: [], records: [], messages: [], removed: [], notices: [], drafts: [], lists: [] };
		const change: Change = { seq: this.#seq, reset: false };
		for (const part of this.#log.filter((c) => c.seq > since)) {
			all.chats.push(...(part.chats ?? []));
			all.records.push(...(part.records ?? []));
			all.messages.push(...(part.messages ?? []));
			all.removed.push(...(part.removed ?? []));
			all.notices.push(...(part.notices ?? []));
			all.drafts.push(...(part.drafts ?? []));
			all.lists.push(...(part.lists ?? []));
			Object.assign(change, part, { seq: this.#seq });
		}
		return { ...change, ...all };
	}

	#snapshot(): Change {
		const base = {
			seq: this.#seq,
			reset: true,
			account: this.account,
			health: this.health,
			settings: this.handshake.settings,
		};
		if (this.account.phase !== "signedIn") return base;
		return {
			...base,
			tabs: this.tabs,
			records: [...this.records.values()],
			chats: [...this.chats.values()],
			links: this.locked,
			lists: this.#lists(),
			presence: presences,
		};
	}

	#sign(phase: string): void {
		this.account = { ...this.account, phase, deviceCode: "", deviceURL: "", problem: null };
		const { seq, reset, ...rest } = this.#snapshot();
		this.push(rest);
	}

	#openRecord(text: string): string {
		const all = [...this.records.values()];
		const found = all.find((r) => r.key === text || r.url === text || text.includes(r.number));
		if (!found) throw new Error(JSON.stringify(problem("recordURL")));
		const open = this.tabs.open.includes(found.key)
			? this.tabs.open
			: [...this.tabs.open, found.key];
		this.#tabs({ open, active: found.key });
		return found.key;
	}

	#tabs(tabs: Tabs): void {
		this.tabs = tabs;
		this.push({ tabs, lists: this.#lists() });
	}

	#chat(id: string, part: Partial<ChatRow>): void {
		const row = this.chats.get(id);
		if (!row) return;
		const next = { ...row, ...part };
		this.chats.set(id, next);
		this.push({ chats: [next], lists: this.#lists() });
	}

	#link(chat: string, record: string, live: boolean): string {
		this.#ops += 1;
		const row = this.chats.get(chat);
		if (!row) throw new Error(JSON.stringify(problem("notMember")));
		const others = row.records.filter((r) => r.key !== record);
		const id = this.records.get(record)?.id ?? "";
		this.#chat(chat, { records: live ? [...others, data.linkTo(id)] : others });
		return `op${this.#ops}`;
	}

	#enter({ id, chat, name, record }: LockedRow): void {
		this.locked = this.locked.filter((l) => l.id !== id);
		const of = this.records.get(record)?.id ?? "";
		const row = data.chatRow({ id: chat, title: name, records: [data.linkTo(of)] });
		this.chats.set(chat, row);
		this.push({
			chats: [row],
			removed: [{ kind: "link", key: id, chat: "" }],
			lists: this.#lists(),
		});
	}

	#rows(chat: string): MessageRow[] {
		let rows = this.#messages.get(chat);
		if (!rows) {
			rows = this.#world.messages(chat);
			this.#messages.set(chat, rows);
		}
		return rows;
	}

	#page(chat: string, before: string): Page {
		const all = this.#rows(chat).filter((m) => before === "" || m.sort < before);
		const row = this.chats.get(chat);
		return {
			chat,
			messages: all.slice(-this.#world.page),
			more: all.length > this.#world.page,
			firstUnread: "",
			members: [
				{ ...data.me, email: "adele@contoso.com", owner: true, me: true },
				...(row?.people ?? []).map((p) => ({ ...p, email: "", owner: false, me: false })),
			],
			offline: false,
			newer: false,
		};
	}

	/** Page around a message, or after a row, as Older pages the other way. */
	#stretch(chat: string, from: number): Page {
		const all = this.#rows(chat);
		const start = Math.max(from, 0);
		const end = Math.min(start + this.#world.page, all.length);
		const page = { ...this.#page(chat, ""), messages: all.slice(start, end) };
		return { ...page, more: start > 0, newer: end < all.length };
	}

	#send({ chat, html }: Compose): string {
		this.#ops += 1;
		const op = `op${this.#ops}`;
		const plain = html.replace(/<[^>]+>/g, "");
		const waiting = this.health.connection === "offline";
		const echo = data.messageRow({
			chat,
			id: `echo:${op}`,
			plain,
			op,
			state: waiting ? "waiting" : "sending",
		});
		this.#rows(chat).push(echo);
		this.push({ messages: [echo] });
		if (!waiting) setTimeout(() => this.#settle(echo), this.#latency);
		return op;
	}

	#settle(echo: MessageRow): void {
		const done = data.messageRow({
			...echo,
			id: `sent-${echo.op}`,
			state: "",
			op: "",
			rev: echo.rev + 1,
		});
		const rows = this.#rows(echo.chat);
		rows.splice(rows.indexOf(echo), 1, done);
		this.push({ messages: [done], removed: [{ kind: "message", key: echo.id, chat: echo.chat }] });
		this.#chat(echo.chat, {
			time: done.time,
			lastFrom: data.me.name,
			lastMine: true,
			lastText: done.plain,
		});
	}

	#discard(op: string): void {
		for (const [chat, rows] of this.#messages) {
			const at = rows.findIndex((m) => m.op === op);
			if (at < 0) continue;
			rows.splice(at, 1);
			this.push({ removed: [{ kind: "message", key: `echo:${op}`, chat }] });
		}
	}

	#lists(): List[] {
		return ["", ...this.tabs.open].map((key) => ({ key, sections: this.#sections(key) }));
	}

	#sections(key: string): Section[] {
		const all = [...this.chats.values()].sort((a, b) => (a.time < b.time ? 1 : -1));
		const of = (kind: string, chats: ChatRow[], part: Partial<Section> = {}): Section => ({
			kind,
			chats: chats.map((c) => c.id),
			locked: [],
			unread: chats.filter((c) => c.unread).length,
			state: "ready",
			problem: null,
			more: false,
			complete: true,
			...part,
		});
		const here = (c: ChatRow) => c.records.some((r) => r.key === key);
		const linked = all.filter((c) => c.records.length > 0);
		const others = of(
			"others",
			all.filter((c) => c.records.length === 0),
			{ more: true, complete: false },
		);
		if (key === "") return [of("linked", linked), others];
		const locked = this.locked.filter((l) => l.record === key).map((l) => l.id);
		return [
			of("thisRecord", linked.filter(here), { locked }),
			of(
				"otherRecords",
				linked.filter((c) => !here(c)),
			),
			others,
		];
	}
}

/** problem returns a problem as the core would send it. */
export function problem(code: string, part: Partial<Problem> = {}): Problem {
	return { code, args: [], request: "", retry: false, action: "", url: "", ...part };
}
