import { type FocusEvent, type KeyboardEvent, useState } from "react";
import type { Item } from "./items";

/** Roving is one tab stop for the whole list; arrows move it. */
export interface Roving {
	/** Id of the line that Tab reaches. */
	readonly current: string;
	readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
	readonly onFocus: (event: FocusEvent<HTMLElement>) => void;
}

/**
 * useRoving makes a list one tab stop: up and down, Home and End move among its
 * lines, each marked with data-line; the first line is reached first.
 */
export function useRoving(items: readonly Item[]): Roving {
	const [last, setLast] = useState("");
	const stops = items.filter((i) => i.kind !== "blank" && i.kind !== "extra");
	const current = stops.some((i) => i.id === last) ? last : (firstRow(stops)?.id ?? "");
	return {
		current,
		onFocus(event) {
			const line = event.target.closest<HTMLElement>("[data-line]");
			if (line?.dataset.line !== undefined) setLast(line.dataset.line);
		},
		onKeyDown(event) {
			if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
			const from = stops.findIndex((i) => i.id === current);
			const to = target(event.key, from, stops.length);
			const item = to === undefined ? undefined : stops[to];
			if (!item) return;
			event.preventDefault();
			setLast(item.id);
			focusLine(event.currentTarget, item.id);
		},
	};
}

function firstRow(stops: readonly Item[]): Item | undefined {
	return stops.find((i) => i.kind === "chat") ?? stops[0];
}

function target(key: string, from: number, length: number): number | undefined {
	switch (key) {
		case "ArrowDown":
			return Math.min(from + 1, length - 1);
		case "ArrowUp":
			return Math.max(from - 1, 0);
		case "Home":
			return 0;
		case "End":
			return length - 1;
		default:
			return undefined;
	}
}

/** focusLine focuses a line; one that a long list has not drawn yet is drawn first. */
function focusLine(rows: HTMLElement, id: string): void {
	const find = () =>
		[...rows.querySelectorAll<HTMLElement>("[data-line]")].find((e) => e.dataset.line === id);
	const now = find();
	if (now) {
		now.focus();
		return;
	}
	requestAnimationFrame(() => find()?.focus());
}
