import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Row } from "./rows";

/** Only this near is the end, so that the view never pulls at a reader who moves away from it. */
const theEnd = 4;
/** More messages are asked for before the reader reaches the first or last that is here. */
const nearEdge = 800;
/** Where the divider of unread messages lands, below the top of the view. */
const landing = 16;
/** Where a message that was looked for lands: so far down the view, with others around it. */
const middle = 0.35;

/** Rows drawn beyond the view: few at first, so that a chat shows soon, then enough for a fling. */
const overscan = { opening: 2, reading: 8 };
/** When the first drawing is long over, in ms. */
const calm = 200;

/** What useMessageScroll needs to know. */
export interface MessageScrollOptions {
	rows: readonly Row[];
	box: RefObject<HTMLDivElement | null>;
	/** Index of the row with the focus, which stays drawn wherever the view is. */
	active: number;
	more: boolean;
	onOlder: () => void;
	/** Key of the message to land at, "" = at the divider or the end. */
	at: string;
	/** Newer messages exist that are not among the rows: their end is not the chat's. */
	newer: boolean;
	onNewer: () => void;
}

/** What the view holds on to: the end, or a row at a distance from the top of the view. */
type Hold = "end" | { readonly key: string; readonly offset: number };

/**
 * useMessageScroll draws only the rows near the view and keeps the reader's
 * place: it lands at a message, the divider of unread messages or the end,
 * follows the chat's end while the reader is there, and else holds the first message in view
 * where it is, whatever comes before it or changes its height.
 */
export function useMessageScroll(options: MessageScrollOptions) {
	const { rows, box, active, more, onOlder, at, newer, onNewer } = options;
	const [atEnd, setAtEnd] = useState(true);
	const [beyond, setBeyond] = useState(overscan.opening);
	useEffect(() => {
		const timer = setTimeout(() => setBeyond(overscan.reading), calm);
		return () => clearTimeout(timer);
	}, []);
	const hold = useRef<Hold | null>(null);
	/** The rows when the chat was opened, and the newest one that was drawn. */
	const opened = useRef(rows);
	const newest = useRef(rows.at(-1)?.key);
	const gap = useRef(newer);
	/** Where the view was put last; a scroll to anywhere else is the reader's. */
	const placed = useRef<number | null>(null);
	/** How high the view was then: when it has grown, the browser itself moves what is beyond the end. */
	const room = useRef(0);
	const virtual = useVirtualizer({
		count: rows.length,
		getScrollElement: () => box.current,
		estimateSize: (i) => estimate(rows[i]),
		getItemKey: (i) => rows[i]?.key ?? i,
		overscan: beyond,
		rangeExtractor: (range) => {
			const near = defaultRangeExtractor(range);
			return near.includes(active) || active < 0 ? near : [...near, active].sort((a, b) => a - b);
		},
	});
	// There must be one who corrects: `place` does.
	virtual.shouldAdjustScrollPositionOnItemSizeChange = () => false;
	const items = virtual.getVirtualItems();
	const isAtEnd = useCallback((el: HTMLElement) => !newer && isAtBottom(el), [newer]);

	/** keep remembers what is in view now. */
	const keep = useCallback(() => {
		const el = box.current;
		if (!el) return;
		setAtEnd(isAtEnd(el));
		if (isAtEnd(el)) {
			hold.current = "end";
			return;
		}
		const shown = virtual.measurementsCache.filter(
			(i) => rows[i.index]?.t === "message" && i.end > el.scrollTop,
		);
		const first = shown.find((i) => i.start >= el.scrollTop) ?? shown[0];
		hold.current = first ? { key: String(first.key), offset: first.start - el.scrollTop } : "end";
	}, [box, rows, virtual, isAtEnd]);

	useLayoutEffect(
		() => () => {
			placed.current = null;
		},
		[],
	);
	const settle = () => {
		const el = box.current;
		if (!el) return;
		// The reader has moved, and the event that tells of it is still on its way.
		const grown = el.clientHeight !== room.current;
		room.current = el.clientHeight;
		const moved = grown ? 0 : el.scrollTop - (placed.current ?? el.scrollTop);
		if (hold.current && Math.abs(moved) > 1) {
			if (hold.current === "end") keep();
			else hold.current = { ...hold.current, offset: hold.current.offset - moved };
		}
		hold.current ??= landingOf(rows, at, el);
		place(
			el,
			hold.current,
			(key) => virtual.measurementsCache[rows.findIndex((r) => r.key === key)]?.start,
		);
		// Whoever reads along at the end goes on doing so, also where he landed at a divider.
		if (isAtEnd(el) && rows !== opened.current) hold.current = "end";
		placed.current = el.scrollTop;
		setAtEnd(isAtEnd(el));
	};
	const settled = useRef(settle);
	useLayoutEffect(() => {
		settled.current = settle;
		// Who sends a message wants to see it. It may be confirmed before its echo was ever drawn.
		const last = rows.at(-1);
		const read = gap.current;
		gap.current = newer;
		const fresh = last?.t === "message" && last.key !== newest.current && last.message.me && !read;
		const confirmed = fresh && last.message.state === "" && newest.current?.startsWith("echo:");
		if (fresh && !confirmed) {
			hold.current = "end";
			placed.current = null;
		}
		newest.current = last?.key;
		settle();
	});

	useEffect(() => {
		const el = box.current;
		if (!el) return;
		// A composer that grows, or a window that shrinks, must not hide the last words.
		const watch = new ResizeObserver(() => settled.current());
		watch.observe(el);
		return () => watch.disconnect();
	}, [box]);

	return {
		items,
		height: virtual.getTotalSize(),
		measure: virtual.measureElement,
		atEnd,
		/** seesEnd tells whether the end is in view right now. */
		seesEnd: () => box.current !== null && isAtEnd(box.current),
		onScroll: () => {
			const el = box.current;
			if (!el) return;
			// A scroll to where the view was put is our own: what it holds on to stays.
			if (Math.abs(el.scrollTop - (placed.current ?? -2)) > 1) {
				placed.current = el.scrollTop;
				keep();
			}
			setAtEnd(isAtEnd(el));
			if (more && el.scrollTop < nearEdge) onOlder();
			if (newer && el.scrollHeight - el.scrollTop - el.clientHeight < nearEdge) onNewer();
		},
		/** reveal brings a row into view, so that it is drawn. */
		reveal: (index: number) => {
			const el = box.current;
			const item = virtual.measurementsCache[index];
			if (!el || !item) return;
			if (item.start < el.scrollTop) el.scrollTop = item.start;
			else if (item.end > el.scrollTop + el.clientHeight) el.scrollTop = item.end - el.clientHeight;
			placed.current = el.scrollTop;
			keep();
		},
		toEnd: () => {
			hold.current = "end";
			if (box.current) {
				box.current.scrollTop = box.current.scrollHeight;
				placed.current = box.current.scrollTop;
			}
			setAtEnd(true);
		},
	};
}

function isAtBottom(el: HTMLElement): boolean {
	return el.scrollHeight - el.scrollTop - el.clientHeight <= theEnd;
}

/** landingOf is where a chat opens. */
function landingOf(rows: readonly Row[], at: string, el: HTMLElement): Hold {
	if (at !== "" && rows.some((r) => r.key === at)) {
		return { key: at, offset: Math.max(landing, el.clientHeight * middle) };
	}
	return rows.some((r) => r.t === "new") ? { key: "new", offset: landing } : "end";
}

/** place moves the view so that what it holds on to is where it was. */
function place(el: HTMLElement, hold: Hold, startOf: (key: string) => number | undefined): void {
	if (hold === "end") {
		el.scrollTop = el.scrollHeight;
		return;
	}
	const start = startOf(hold.key);
	if (start === undefined) return;
	const top = start - hold.offset;
	if (Math.abs(top - el.scrollTop) >= 1) el.scrollTop = top;
}

/** estimate is about how high a row will be, before it was drawn. */
function estimate(row: Row | undefined): number {
	if (row?.t !== "message") return 44;
	const { message, first } = row;
	if (message.event) return 36;
	const lines = Math.ceil(message.plain.length / 42) || 1;
	return (
		(first ? 40 : 4) + 16 + lines * 20 + message.files.length * 52 + message.quotes.length * 60
	);
}
