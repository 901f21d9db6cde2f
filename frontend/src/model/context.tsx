import { createContext, use, useCallback, useSyncExternalStore } from "react";
import type { Backend } from "../backend/api";
import { toProblem } from "../backend/problem";
import type { Handshake } from "../backend/types";
import type { PaneModel } from "./pane";
import type { Readable, Rows } from "./store";

/** Pane is what every feature gets: the copy of the truth, and the way to ask for more. */
export interface Pane {
	readonly backend: Backend;
	readonly model: PaneModel;
	readonly handshake: Handshake;
}

const PaneContext = createContext<Pane | null>(null);

export const PaneProvider = PaneContext.Provider;

/** usePane returns the pane of the enclosing provider. */
export function usePane(): Pane {
	const pane = use(PaneContext);
	if (!pane) throw new Error("usePane outside of a PaneProvider");
	return pane;
}

/** useValue returns the current value of a store and follows it. */
export function useValue<T>(store: Readable<T>): T {
	return useSyncExternalStore(store.subscribe, store.get);
}

/** useRow returns one row of a store and follows only that row. */
export function useRow<T>(rows: Rows<T>, key: string): T | undefined {
	return useSyncExternalStore(rows.subscribe, () => rows.row(key));
}

/**
 * useIntent returns a function that runs a call to the core for its effect. A
 * failure is shown as a toast; a place that shows its own problem awaits the
 * call itself instead.
 */
export function useIntent(): (call: Promise<unknown>) => void {
	const { model } = usePane();
	return useCallback(
		(call) => {
			call.catch((error: unknown) => model.notices.report(toProblem(error)));
		},
		[model],
	);
}
