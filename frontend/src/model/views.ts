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

	/** of returns the view of a record; the same object until it changes. */
	of(key: string): View {
		const known = this.rows.row(key);
		if (known) return known;
		let blank = this.#blank.get(key);
		if (!blank) {
			blank = { key, chat: "", form: null, filter: "" };
			this.#blank.set(key, blank);
		}
		return blank;
	}

	readonly #blank = new Map<string, View>();

	/** open shows a chat; "" closes it. */
	open(key: string, chat: string): void {
		this.#put(key, { chat, form: null });
	}

	/** start shows the form of a new chat; null closes it. */
	start(key: string, form: StartForm | null): void {
		this.#put(key, { form });
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
	}

	/** clear forgets everything, for another account. */
	clear(): void {
		this.rows.clear();
		this.#scroll.clear();
	}

	#put(key: string, part: Partial<View>): void {
		this.rows.put([{ ...this.of(key), ...part }]);
	}
}
