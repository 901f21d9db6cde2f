import { useCallback, useEffect, useState } from "react";
import { toProblem } from "../backend/problem";
import type { Problem, Suggestions } from "../backend/types";
import { usePane } from "./context";
import type { PaneModel } from "./pane";

/** SuggestionsState is what is known of the suggested contacts of a record. */
export interface SuggestionsState {
	/** Undefined until the cache has answered. */
	readonly value: Suggestions | undefined;
	/** The servers are being asked. */
	readonly reading: boolean;
	/** Why the last question failed; what is shown is then older. */
	readonly problem: Problem | null;
	/** refresh asks the servers again. */
	readonly refresh: () => void;
}

/** What each pane was told last, so that a section that comes back is there at once. */
const told = new WeakMap<PaneModel, Map<string, Suggestions>>();

/**
 * useSuggestions returns the suggested contacts of a record: at once from the
 * cache, then from the servers when the cache is old.
 */
export function useSuggestions(record: string): SuggestionsState {
	const { backend, model } = usePane();
	const [value, setValue] = useState(() => told.get(model)?.get(record));
	const [reading, setReading] = useState(false);
	const [problem, setProblem] = useState<Problem | null>(null);
	const [round, setRound] = useState(0);
	useEffect(() => {
		let current = true;
		const show = (next: Suggestions) => {
			const known = told.get(model) ?? new Map<string, Suggestions>();
			told.set(model, known.set(record, next));
			if (!current) return;
			setValue(next);
			setProblem(next.problem ?? null);
		};
		const read = async () => {
			const cached = await backend.api.suggest(record);
			show(cached);
			if (!cached.stale && round === 0) return;
			if (current) setReading(true);
			show(await backend.api.refreshSuggestions(record));
		};
		read()
			.catch((error: unknown) => {
				if (current) setProblem(toProblem(error));
			})
			.finally(() => {
				if (current) setReading(false);
			});
		return () => {
			current = false;
		};
	}, [backend, model, record, round]);
	return { value, reading, problem, refresh: useCallback(() => setRound((n) => n + 1), []) };
}
