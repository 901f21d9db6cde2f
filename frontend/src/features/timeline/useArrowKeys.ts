import { type KeyboardEvent, type RefObject, useCallback, useLayoutEffect, useRef } from "react";
import type { Row } from "./rows";

/** What useArrowKeys needs to know. */
export interface ArrowKeysOptions {
	rows: readonly Row[];
	box: RefObject<HTMLElement | null>;
	active: number;
	setActive: (key: string) => void;
	/** Brings a row into view, so that it is drawn and can be focused. */
	reveal: (index: number) => void;
}

/**
 * useArrowKeys moves the focus between messages: arrows to the next and the
 * previous one, Home and End to the first and the last that is loaded. The
 * keys work while a message itself has the focus, not inside of it.
 */
export function useArrowKeys({ rows, box, active, setActive, reveal }: ArrowKeysOptions) {
	const wanted = useRef("");
	useLayoutEffect(() => {
		if (wanted.current === "") return;
		const drawn = box.current?.querySelectorAll<HTMLElement>("[data-message]") ?? [];
		const el = [...drawn].find((e) => e.dataset.message === wanted.current);
		if (!el) return;
		wanted.current = "";
		el.focus({ preventScroll: true });
		el.scrollIntoView({ block: "nearest" });
	});
	return useCallback(
		(event: KeyboardEvent<HTMLElement>) => {
			if (!(event.target instanceof HTMLElement) || event.target.dataset.message === undefined)
				return;
			const index = target(event.key, rows, active);
			const row = rows[index];
			if (index < 0 || !row) return;
			event.preventDefault();
			wanted.current = row.key;
			setActive(row.key);
			reveal(index);
		},
		[rows, active, setActive, reveal],
	);
}

/** target is the row that a key leads to, -1 when it leads nowhere. */
function target(key: string, rows: readonly Row[], from: number): number {
	const isMessage = (r: Row) => r.t === "message";
	switch (key) {
		case "ArrowDown":
			return rows.findIndex((r, i) => i > from && isMessage(r));
		case "ArrowUp":
			return rows.findLastIndex((r, i) => i < from && isMessage(r));
		case "Home":
			return rows.findIndex(isMessage);
		case "End":
			return rows.findLastIndex(isMessage);
		default:
			return -1;
	}
}
