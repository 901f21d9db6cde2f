import { type KeyboardEvent, type RefObject, useState } from "react";
import type { SearchHit } from "../../backend/types";
import { idOf } from "./groups";

/** Keys move from the field through the results and back. */
export interface ResultKeys {
	/** Id of the hit that Tab reaches. */
	readonly current: string;
	/** Keys of everything in the search. */
	readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
	readonly focusHit: (id: string) => void;
}

/**
 * useResultKeys walks by arrow from the field through the hits, Home and End to
 * the first and last of them; Escape goes back to the field, then closes.
 */
export function useResultKeys(
	hits: readonly SearchHit[],
	box: RefObject<HTMLElement | null>,
	onClose: () => void,
): ResultKeys {
	const [last, setLast] = useState("");
	const ids = hits.map(idOf);
	const current = ids.includes(last) ? last : (ids[0] ?? "");
	const field = () => box.current?.querySelector<HTMLInputElement>("input[type=search]");
	const focusHit = (id: string) => {
		const drawn = box.current?.querySelectorAll<HTMLElement>("[data-hit]") ?? [];
		[...drawn].find((e) => e.dataset.hit === id)?.focus();
		setLast(id);
	};
	return {
		current,
		focusHit,
		onKeyDown(event) {
			const { key } = event;
			const from = (event.target as HTMLElement).closest<HTMLElement>("[data-hit]");
			const typing = event.target === field();
			if (key === "Escape" && !event.defaultPrevented) {
				event.preventDefault();
				if (typing || ids.length === 0) onClose();
				else field()?.focus();
				return;
			}
			if (event.ctrlKey || event.metaKey || event.altKey || !(typing || from)) return;
			const at = from ? ids.indexOf(from.dataset.hit ?? "") : -1;
			const to = target(key, at, ids.length);
			if (to === undefined || (typing && key !== "ArrowDown")) return;
			event.preventDefault();
			const id = ids[to];
			if (id !== undefined) focusHit(id);
			else field()?.focus();
		},
	};
}

/** target is the hit that a key leads to, -1 for the field. */
function target(key: string, from: number, length: number): number | undefined {
	switch (key) {
		case "ArrowDown":
			return Math.min(from + 1, length - 1);
		case "ArrowUp":
			return from - 1;
		case "Home":
			return 0;
		case "End":
			return length - 1;
		default:
			return undefined;
	}
}
