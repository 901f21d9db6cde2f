import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Row } from "./rows";

/** Nearer to the end than this counts as being there. */
const nearEnd = 48;
/** Older messages are asked for before the reader reaches the top. */
const nearTop = 800;

/** What useMessageScroll needs to know. */
export interface MessageScrollOptions {
	rows: readonly Row[];
	box: RefObject<HTMLDivElement | null>;
	/** Index of the row with the focus, which stays drawn wherever the view is. */
	active: number;
	more: boolean;
	onOlder: () => void;
}

/**
 * useMessageScroll draws only the rows near the view and keeps the reader's
 * place: it lands at the divider of unread messages or at the end, follows the
 * end while the reader is there, and moves with the first message in view when
 * rows come before it.
 */
export function useMessageScroll({ rows, box, active, more, onOlder }: MessageScrollOptions) {
	const [atEnd, setAtEnd] = useState(true);
	const stick = useRef(true);
	const anchor = useRef<{ key: string; start: number } | null>(null);
	const virtual = useVirtualizer({
		count: rows.length,
		getScrollElement: () => box.current,
		estimateSize: (i) => estimate(rows[i]),
		getItemKey: (i) => rows[i]?.key ?? i,
		overscan: 8,
		rangeExtractor: (range) => {
			const near = defaultRangeExtractor(range);
			return near.includes(active) || active < 0 ? near : [...near, active].sort((a, b) => a - b);
		},
	});

	const toEnd = useCallback(() => {
		stick.current = true;
		if (box.current) box.current.scrollTop = box.current.scrollHeight;
		setAtEnd(true);
	}, [box]);

	// What comes before the first message in view moves it; the view moves as much.
	useLayoutEffect(() => {
		const el = box.current;
		const kept = anchor.current;
		if (!el || !kept || stick.current) return;
		const index = rows.findIndex((r) => r.key === kept.key);
		const start = virtual.measurementsCache[index]?.start;
		if (start !== undefined && start !== kept.start) el.scrollTop += start - kept.start;
	}, [rows, box, virtual]);

	// After every drawing: hold the end, and remember what to hold on to.
	useLayoutEffect(() => {
		const el = box.current;
		if (!el) return;
		if (stick.current) el.scrollTop = el.scrollHeight;
		const shown = virtual.getVirtualItems();
		const first = shown.find((i) => rows[i.index]?.t === "message" && i.end > el.scrollTop);
		anchor.current = first ? { key: String(first.key), start: first.start } : null;
	});

	useLanding(rows, box, virtual.scrollToIndex, (there) => {
		stick.current = there;
		setAtEnd(there);
	});
	useEffect(() => {
		const el = box.current;
		if (!el) return;
		// A composer that grows, or a window that shrinks, must not hide the last words.
		const watch = new ResizeObserver(() => {
			if (stick.current) el.scrollTop = el.scrollHeight;
		});
		watch.observe(el);
		return () => watch.disconnect();
	}, [box]);

	const onScroll = () => {
		const el = box.current;
		if (!el) return;
		const there = el.scrollHeight - el.scrollTop - el.clientHeight <= nearEnd;
		stick.current = there;
		setAtEnd(there);
		if (more && el.scrollTop < nearTop) onOlder();
	};
	return {
		items: virtual.getVirtualItems(),
		height: virtual.getTotalSize(),
		measure: virtual.measureElement,
		reveal: (index: number) => virtual.scrollToIndex(index, { align: "auto" }),
		onScroll,
		atEnd,
		toEnd,
	};
}

/** useLanding goes, once, to where the reader stopped reading. */
function useLanding(
	rows: readonly Row[],
	box: RefObject<HTMLDivElement | null>,
	scrollToIndex: (index: number, options: { align: "start" }) => void,
	landed: (atEnd: boolean) => void,
) {
	const done = useRef(false);
	useLayoutEffect(() => {
		if (done.current || rows.length === 0 || !box.current) return;
		done.current = true;
		const unread = rows.findIndex((r) => r.t === "new");
		landed(unread < 0);
		if (unread >= 0) scrollToIndex(unread, { align: "start" });
	});
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
