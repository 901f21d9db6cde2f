import type { Api } from "../backend/api";

/**
 * Watch gathers whose presence the screen shows and tells the core the whole
 * set, once after each round of drawing.
 */
export class Watch {
	readonly #api: Api;
	readonly #views = new Map<symbol, readonly string[]>();
	#told = "";
	#due = false;

	constructor(api: Api) {
		this.#api = api;
	}

	/** add watches people until the returned function is called. */
	add(people: readonly string[]): () => void {
		const view = Symbol();
		this.#views.set(view, people);
		this.#later();
		return () => {
			this.#views.delete(view);
			this.#later();
		};
	}

	#later(): void {
		if (this.#due) return;
		this.#due = true;
		queueMicrotask(() => {
			this.#due = false;
			const ids = [...new Set([...this.#views.values()].flat())].sort();
			const told = ids.join();
			if (told === this.#told) return;
			this.#told = told;
			// Presence is decoration: without it rows show no badge.
			this.#api.watchPeople(ids).catch(() => undefined);
		});
	}
}
