import type { Backend } from "./api";
import { toProblem } from "./problem";
import type { Change, Problem } from "./types";

/** FeedTarget receives what the feed brings. */
export interface FeedTarget {
	apply(change: Change): void;
	/** failed is told why a pull failed, and null once one works again. */
	failed(problem: Problem | null): void;
}

const firstWait = 500;
const longestWait = 15_000;

/**
 * startFeed keeps a target current: it subscribes before it asks, so nothing
 * falls between, and pulls one Change at a time, again when a ping came
 * meanwhile. A failed pull is repeated, ever more slowly. It returns a function
 * that ends it.
 */
export function startFeed(backend: Backend, target: FeedTarget): () => void {
	let since = 0;
	let wanted = true;
	let pulling = false;
	let ended = false;
	let wait = firstWait;
	let timer: ReturnType<typeof setTimeout> | undefined;

	const stop = backend.onPing((seq) => {
		if (seq !== null && seq <= since) return;
		wanted = true;
		void pull();
	});
	void pull();
	return () => {
		ended = true;
		clearTimeout(timer);
		stop();
	};

	async function pull(): Promise<void> {
		if (pulling || ended) return;
		pulling = true;
		clearTimeout(timer);
		try {
			while (wanted && !ended) {
				wanted = false;
				await once();
			}
		} finally {
			pulling = false;
		}
	}

	async function once(): Promise<void> {
		let change: Change;
		try {
			change = await backend.api.changes(since);
		} catch (error) {
			if (ended) return;
			target.failed(toProblem(error));
			timer = setTimeout(() => {
				wanted = true;
				void pull();
			}, wait);
			wait = Math.min(wait * 2, longestWait);
			return;
		}
		if (ended) return;
		if (wait !== firstWait) target.failed(null);
		wait = firstWait;
		since = change.seq;
		target.apply(change);
	}
}
