import type { Api } from "../backend/api";
import type {
	Account,
	Change,
	ChatRow,
	Draft,
	Health,
	List,
	LockedRow,
	Problem,
	RecordRow,
	Removed,
	Settings,
	StartRow,
	Tabs,
} from "../backend/types";
import { Notices } from "./notices";
import { Cell, Rows } from "./store";
import { Timelines } from "./timelines";
import { Views } from "./views";
import { Watch } from "./watch";

/** PaneModel is the pane's copy of what the core knows, kept true by Changes. */
export class PaneModel {
	readonly account = new Cell<Account | null>(null);
	readonly health = new Cell<Health | null>(null);
	readonly settings: Cell<Settings>;
	readonly tabs = new Cell<Tabs>(home);
	readonly records = new Rows<RecordRow>((r) => r.key);
	readonly chats = new Rows<ChatRow>((c) => c.id);
	readonly links = new Rows<LockedRow>((l) => l.id);
	/** Chats that are being made, and those that were made twice. */
	readonly starts = new Rows<StartRow>((s) => s.id);
	readonly lists = new Rows<List>((l) => l.key);
	readonly drafts = new Rows<Draft>((d) => d.chat);
	/** Availability by user. */
	readonly presence = new Rows<{ user: string; availability: string }>((p) => p.user);
	readonly notices = new Notices();
	readonly views = new Views();
	readonly timelines: Timelines;
	/** Whose presence the screen shows. */
	readonly watch: Watch;
	/** Why the core does not answer, null while it does. */
	readonly broken = new Cell<Problem | null>(null);

	readonly #api: Api;

	constructor(api: Api, settings: Settings) {
		this.#api = api;
		this.settings = new Cell(settings);
		this.timelines = new Timelines(api);
		this.watch = new Watch(api);
	}

	/** failed is told when changes cannot be pulled, and null when they can again. */
	failed(problem: Problem | null): void {
		this.broken.set(problem);
	}

	/** apply does with each field of a Change what its comment in types.ts says. */
	apply(change: Change): void {
		if (change.reset) this.#reset();
		if (change.settings) this.settings.set(change.settings);
		if (change.health) this.health.set(change.health);
		this.records.put(change.records ?? []);
		this.chats.put(change.chats ?? []);
		this.links.put(change.links ?? []);
		this.starts.put(change.starts ?? []);
		this.lists.put(change.lists ?? []);
		for (const draft of change.drafts ?? []) {
			if (draft.json === "") this.drafts.remove(draft.chat);
			else this.drafts.put([draft]);
		}
		this.presence.put(change.presence ?? []);
		this.timelines.apply(change.messages ?? []);
		for (const removed of change.removed ?? []) this.#remove(removed);
		// Last, since they name rows above.
		if (change.tabs) this.tabs.set(change.tabs);
		if (change.account) this.#setAccount(change.account);
		this.notices.show(change.notices ?? []);
	}

	/** save shows settings at once and hands them to the core, which keeps them. */
	save(part: Partial<Settings>): Promise<void> {
		this.settings.set({ ...this.settings.get(), ...part });
		return this.#api.saveSettings(this.settings.get());
	}

	#setAccount(account: Account): void {
		if (account.id !== this.account.get()?.id) this.views.clear();
		this.account.set(account);
	}

	#reset(): void {
		for (const rows of [
			this.records,
			this.chats,
			this.links,
			this.starts,
			this.lists,
			this.drafts,
		]) {
			rows.clear();
		}
		this.presence.clear();
		this.tabs.set(home);
		this.timelines.reset();
	}

	#remove({ kind, key, chat }: Removed): void {
		switch (kind) {
			case "chat":
				this.chats.remove(key);
				break;
			case "record":
				this.records.remove(key);
				break;
			case "link":
				this.links.remove(key);
				break;
			case "start":
				this.starts.remove(key);
				break;
			case "list":
				this.lists.remove(key);
				break;
			case "message":
				this.timelines.remove(chat, key);
				break;
		}
	}
}

const home: Tabs = { open: [], active: "" };
