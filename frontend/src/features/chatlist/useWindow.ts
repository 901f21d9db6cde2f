import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import type { Item, Listing, Shown } from "./items";

/** Lines from which only those in view are drawn: what is drawn costs at every switch, also while a chat covers it. */
const many = 40;

const heights: Readonly<Record<Item["kind"], number>> = {
	head: 36,
	chat: 60,
	locked: 56,
	blank: 72,
	more: 40,
	extra: 320,
};

/** Place is where a line of a long list stands. */
export interface Place {
	readonly index: number;
	readonly start: number;
	readonly measure: (element: Element | null) => void;
}

/** Placed is a line to draw; in a short list it stands where it falls. */
export interface Placed {
	readonly item: Item;
	readonly place: Place | undefined;
}

/** Window is what of a list is drawn. */
export interface Window {
	/** Height of the whole list, undefined when all of it is drawn. */
	readonly size: number | undefined;
	readonly blocks: readonly { readonly shown: Shown; readonly lines: readonly Placed[] }[];
}

/**
 * useWindow chooses the lines to draw: all of a short list, those in view of a
 * long one, and always the heads of sections and the line that has the focus.
 */
export function useWindow(
	listing: Listing,
	items: readonly Item[],
	scroller: HTMLElement,
	current: string,
): Window {
	const long = items.length > many;
	const focused = items.findIndex((i) => i.id === current);
	const virtual = useVirtualizer({
		enabled: long,
		count: items.length,
		getScrollElement: () => scroller,
		estimateSize: (i) => heights[items[i]?.kind ?? "chat"],
		getItemKey: (i) => items[i]?.id ?? i,
		overscan: 8,
		// Known from the first drawing on, so that no row is missing in it and the
		// focus survives when a list grows long.
		initialRect: { width: scroller.clientWidth, height: scroller.clientHeight },
		initialOffset: () => scroller.scrollTop,
		rangeExtractor: (range) => {
			const indexes = new Set(defaultRangeExtractor(range));
			if (focused >= 0) indexes.add(focused);
			// A section is a landmark: whoever hears the page finds it without scrolling.
			items.forEach((item, i) => {
				if (item.kind === "head") indexes.add(i);
			});
			return [...indexes].sort((a, b) => a - b);
		},
	});
	if (!long) {
		const blocks = listing.sections.map(({ shown, items: own }) => ({
			shown,
			lines: own.map((item) => ({ item, place: undefined })),
		}));
		return { size: undefined, blocks };
	}
	const bySection = new Map<Shown, Placed[]>();
	for (const { index, start } of virtual.getVirtualItems()) {
		const item = items[index];
		if (!item) continue;
		const lines = bySection.get(item.section) ?? [];
		lines.push({ item, place: { index, start, measure: virtual.measureElement } });
		bySection.set(item.section, lines);
	}
	return {
		size: virtual.getTotalSize(),
		blocks: [...bySection].map(([shown, lines]) => ({ shown, lines })),
	};
}
