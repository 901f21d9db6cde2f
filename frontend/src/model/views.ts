import { Rows } from "./store";

/** View is what the user looks at while one record, or home, is active. */
export interface View {
	/** Record key, "" is home. */
	readonly key: string;
	/** The chat that is open, "" = none. */
	readonly chat: string;
	/** The form that is open instead of a chat. */
	readonly form: StartForm | null;
	readonly filter: string;
	/** The search that lies over the list, null = none. */
	readonly search: Search | null;
	/** The search is before a chat that is open in the same place. */
	readonly searching: boolean;
	/** The message at which the open chat was opened, null = at its newest. */
	readonly at: Place | null;
}

/** Search is one opening of the search. */
export interface Search {
	/** Counts the openings: a new one takes the focus into the field again. */
	readonly n: number;
	/** The chat that "This chat" means, "" = none. */
	readonly chat: string;
	/** The chat that was open before and comes back when the search closes. */
	readonly from: string;
}

/** Asked is what was typed and chosen in a search. */
export interface Asked {
	readonly text: string;
	readonly scope: Scope;
	readonly order: "newest" | "best";
}

/** Scope is where to search. */
export type Scope = "all" | "record" | "chat";

/** Place is a message to open a chat at; each press on a result is a place of its own. */
export interface Place {
	readonly message: string;
	readonly n: number;
}

/** StartForm is the form of a new chat. */
export interface StartForm {
	/** Key of the record to connect it to, "" = none. */
	readonly record: string;
	/** Ids of people chosen ahead. */
	readonly people: readonly { id: string; name: string }[];
	/** The chat whose messages may be quoted into the new one. */
	readonly quoteFrom?: string;
}

/**
 * Views remembers, for each open record, which chat is open, the filter and
 * how far the list was scrolled, so that switching back is as if one had never
 * left.
 */
export class Views {
	readonly rows = new Rows<View>((v) => v.key);
	readonly #scroll = new Map<string, number>();
	readonly #asked = new Map<string, Asked>();
	#count = 0;

	/** of returns the view of a record; the same object until it changes. */
	of(key: string): View {
		const known = this.rows.row(key);
		if (known) return known;
		let blank = this.#blank.get(key);
		if (!blank) {
			blank = {
				key,
				chat: "",
				form: null,
				filter: "",
				search: null,
				searching: false,
				at: null,
			};
			this.#blank.set(key, blank);
		}
		return blank;
	}

	readonly #blank = new Map<string, View>();

	/** open shows a chat; "" closes it. */
	open(key: string, chat: string): void {
		this.#put(key, { chat, form: null, at: null, searching: false });
	}

	/** openAt shows a chat at one of its messages. */
	openAt(key: string, chat: string, message: string): void {
		this.#count += 1;
		const at = { message, n: this.#count };
		this.#put(key, { chat, form: null, at, searching: false });
	}

	/**
	 * search opens the search over the list, before what is open; where it is open
	 * already, it comes to the front with what was typed.
	 */
	search(key: string, scope: Scope, chat = ""): void {
		const view = this.of(key);
		this.#count += 1;
		const known = this.#asked.get(key);
		if (scope !== "all" || !view.search) {
			this.#asked.set(key, { text: "", order: "newest", ...known, scope });
		}
		const search = {
			n: this.#count,
			chat: chat || (view.search?.chat ?? view.chat),
			from: view.search?.from || view.chat,
		};
		this.#put(key, { search, searching: true });
	}

	/** closeSearch takes the search away and brings back the chat it was opened over. */
	closeSearch(key: string): void {
		const { search, chat } = this.of(key);
		this.#asked.delete(key);
		this.#put(key, { search: null, searching: false, chat: chat || (search?.from ?? "") });
	}

	/** asked remembers what was typed in a search; nobody watches it. */
	asked(key: string, asked: Asked): void {
		this.#asked.set(key, asked);
	}

	askedOf(key: string): Asked {
		return this.#asked.get(key) ?? { text: "", scope: "all", order: "newest" };
	}

	/** start shows the form of a new chat; null closes it. */
	start(key: string, form: StartForm | null): void {
		this.#put(key, { form, searching: false });
	}

	filter(key: string, filter: string): void {
		this.#put(key, { filter });
	}

	/** scrolled remembers a list's position; nobody watches it. */
	scrolled(key: string, top: number): void {
		this.#scroll.set(key, top);
	}

	scrollOf(key: string): number {
		return this.#scroll.get(key) ?? 0;
	}

	/** forget drops what was remembered of a closed record. */
	forget(key: string): void {
		this.rows.remove(key);
		this.#scroll.delete(key);
		this.#asked.delete(key);
	}

	/** clear forgets everything, for another account. */
	clear(): void {
		this.rows.clear();
		this.#scroll.clear();
		this.#asked.clear();
	}

	#put(key: string, part: Partial<View>): void {
		this.rows.put([{ ...this.of(key), ...part }]);
	}
}
