import { type RefObject, useEffect, useRef, useState } from "react";
import { usePane } from "../../model/context";
import type { Asked, Search } from "../../model/views";

/** useAsked is what was typed and chosen; it is kept while other records show. */
export function useAsked(
	key: string,
	search: Search,
): [asked: Asked, ask: (part: Partial<Asked>) => void] {
	const { views } = usePane().model;
	const [opened, setOpened] = useState(search.n);
	const [asked, setAsked] = useState(() => views.askedOf(key));
	if (opened !== search.n) {
		// Opened again, it may be for another scope.
		setOpened(search.n);
		setAsked(views.askedOf(key));
	}
	const ask = (part: Partial<Asked>) => {
		const next = { ...asked, ...part };
		setAsked(next);
		views.asked(key, next);
	};
	return [asked, ask];
}

/**
 * useFocus takes the focus into the field when the search is opened, back to the
 * result that was pressed when the chat over it closes, and in the end to where
 * it came from.
 */
export function useFocus(
	box: RefObject<HTMLElement | null>,
	opened: number,
	covered: boolean,
): void {
	const last = useRef<HTMLElement | null>(null);
	const before = useRef(0);
	useEffect(() => {
		const opener = document.activeElement;
		return () => {
			if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
		};
	}, []);
	useEffect(() => {
		if (covered) {
			last.current = box.current?.querySelector<HTMLElement>('[data-hit][tabindex="0"]') ?? null;
			return;
		}
		const field = box.current?.querySelector<HTMLInputElement>("input[type=search]");
		if (before.current !== opened || !last.current?.isConnected) {
			field?.focus();
			field?.select();
		} else last.current.focus();
		before.current = opened;
	}, [box, opened, covered]);
}
