import type { Notice, Problem } from "../backend/types";
import { Cell } from "./store";

/** Toast is a short message on its way past the user: a notice of the core or a problem of a call. */
export type Toast =
	| { readonly id: string; readonly kind: "notice"; readonly notice: Notice }
	| { readonly id: string; readonly kind: "problem"; readonly problem: Problem };

const most = 4;

/** Notices holds the toasts that are on screen, oldest first; each is shown once. */
export class Notices extends Cell<readonly Toast[]> {
	readonly #seen = new Set<number>();
	#next = 0;

	constructor() {
		super([]);
	}

	/** show adds notices that were not shown before. */
	show(notices: readonly Notice[]): void {
		const fresh = notices.filter((n) => !this.#seen.has(n.id));
		for (const n of fresh) this.#seen.add(n.id);
		this.#add(fresh.map((notice) => ({ id: `notice-${notice.id}`, kind: "notice", notice })));
	}

	/** report adds the problem of a call that has no better place to be shown. */
	report(problem: Problem): void {
		this.#next += 1;
		this.#add([{ id: `problem-${this.#next}`, kind: "problem", problem }]);
	}

	dismiss(id: string): void {
		this.set(this.get().filter((t) => t.id !== id));
	}

	#add(toasts: readonly Toast[]): void {
		if (toasts.length > 0) this.set([...this.get(), ...toasts].slice(-most));
	}
}
