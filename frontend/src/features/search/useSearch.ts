import { useCallback, useEffect, useRef, useState } from "react";
import { toProblem } from "../../backend/problem";
import type { Problem, SearchHit, SearchResults } from "../../backend/types";
import { usePane } from "../../model/context";
import type { Asked } from "../../model/views";

/** Hits of one answer, and the most that are asked for at once. */
const atOnce = 30;
const most = 200;
/** How soon results are asked for again when messages came, or while the index is prepared, in ms. */
const again = 1_500;

/** Found is what is known of a search. */
export interface Found {
	/** The last answer, null before the first; its hits are in pages. */
	readonly answer: SearchResults | null;
	/** The hits so far, one list for each answer. */
	readonly pages: readonly (readonly SearchHit[])[];
	/** A first answer to what is typed is on its way. */
	readonly searching: boolean;
	readonly loadingMore: boolean;
	readonly problem: Problem | null;
}

const none: Found = {
	answer: null,
	pages: [],
	searching: false,
	loadingMore: false,
	problem: null,
};

/** useSearch asks the core as one types, and drops the answers to what is no longer asked. */
export function useSearch({ text, scope, order }: Asked, key: string) {
	const { backend, model } = usePane();
	const [found, setFound] = useState<Found>(none);
	/** Numbers the questions: an answer counts only while nothing else was asked. */
	const asked = useRef(0);
	const shown = useRef(0);
	shown.current = found.pages.reduce((n, page) => n + page.length, 0);

	const ask = useCallback(
		async (limit: number) => {
			asked.current += 1;
			const mine = asked.current;
			try {
				const query = { text, scope, key, order, limit, after: "" };
				const answer = await backend.api.search(query);
				if (asked.current !== mine) return;
				setFound({ ...none, answer, pages: answer.hits.length > 0 ? [answer.hits] : [] });
			} catch (error) {
				if (asked.current === mine) setFound({ ...none, problem: toProblem(error) });
			}
		},
		[backend, text, scope, key, order],
	);

	useEffect(() => {
		setFound((before) => ({ ...before, searching: true }));
		// At once: the core answers within milliseconds, sooner than a pause would end.
		void ask(atOnce);
		return () => {
			asked.current += 1;
		};
	}, [ask]);

	const preparing = found.answer?.preparing ?? 100;
	useEffect(() => {
		// What came meanwhile, or was taken away, shows without a key being pressed.
		let timer: ReturnType<typeof setTimeout> | undefined;
		const later = () => {
			if (text.trim() === "" || shown.current > most) return;
			timer ??= setTimeout(() => {
				timer = undefined;
				void ask(Math.max(atOnce, shown.current));
			}, again);
		};
		const poll = preparing < 100 ? setInterval(later, again) : undefined;
		const stop = model.chats.subscribe(later);
		return () => {
			stop();
			clearInterval(poll);
			clearTimeout(timer);
		};
	}, [model, ask, text, preparing]);

	const more = useCallback(async () => {
		const after = found.answer?.after ?? "";
		if (after === "" || found.loadingMore) return;
		asked.current += 1;
		const mine = asked.current;
		setFound((before) => ({ ...before, loadingMore: true, problem: null }));
		try {
			const answer = await backend.api.search({ text, scope, key, order, limit: atOnce, after });
			if (asked.current !== mine) return;
			setFound((before) => ({ ...none, answer, pages: [...before.pages, answer.hits] }));
		} catch (error) {
			if (asked.current !== mine) return;
			const problem = toProblem(error);
			setFound((before) => ({ ...before, loadingMore: false, problem }));
		}
	}, [backend, found, text, scope, key, order]);

	return { found, more, retry: () => void ask(atOnce) };
}
