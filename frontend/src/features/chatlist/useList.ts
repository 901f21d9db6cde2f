import { useEffect, useLayoutEffect, useRef } from "react";
import { usePane } from "../../model/context";
import type { Item } from "./items";

/** useWatched asks for the presence of the people that the first rows show. */
export function useWatched(items: readonly Item[]): void {
	const { model } = usePane();
	const people = items
		.flatMap((i) => (i.kind === "chat" ? i.row.people.slice(0, 2).map((p) => p.id) : []))
		.slice(0, 120)
		.join(" ");
	useEffect(() => model.watch.add(people === "" ? [] : people.split(" ")), [model, people]);
}

/** useKeptScroll remembers how far a record's list is scrolled, and returns there. */
export function useKeptScroll(
	recordKey: string,
	scroller: HTMLElement,
	views: { scrolled(key: string, top: number): void; scrollOf(key: string): number },
): void {
	const first = useRef(true);
	useLayoutEffect(() => {
		if (first.current) scroller.scrollTop = views.scrollOf(recordKey);
		first.current = false;
		const keep = () => views.scrolled(recordKey, scroller.scrollTop);
		scroller.addEventListener("scroll", keep, { passive: true });
		return () => scroller.removeEventListener("scroll", keep);
	}, [recordKey, scroller, views]);
}
