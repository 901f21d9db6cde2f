import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, useMemo } from "react";
import { usePane } from "../../model/context";
import type { StartForm } from "../../model/views";
import { Blank } from "./Blank";
import { ChatItem } from "./ChatItem";
import type { Item, Listing, Shown } from "./items";
import { LockedItem } from "./LockedItem";
import { More } from "./More";
import styles from "./Rows.module.css";
import { SectionHead } from "./SectionHead";
import { useKeptScroll, useWatched } from "./useList";
import { useRoving } from "./useRoving";

/** Props of Rows. */
export interface RowsProps {
	listing: Listing;
	recordKey: string;
	open: string;
	scroller: HTMLElement;
	onOpen: (chat: string) => void;
	onStart: (form: StartForm) => void;
}

/** Lines from which only those in view are drawn. */
const many = 100;
const heights: Readonly<Record<Item["kind"], number>> = {
	head: 36,
	chat: 60,
	locked: 56,
	blank: 72,
	more: 40,
};

/** Rows draws the sections of a list; a long list draws only what is in view. */
export function Rows(props: RowsProps) {
	const { listing, recordKey, scroller } = props;
	const { model } = usePane();
	const items = useMemo(() => listing.sections.flatMap((s) => s.items), [listing]);
	const roving = useRoving(items);
	useWatched(items);
	useKeptScroll(recordKey, scroller, model.views);
	const line = (item: Item, place?: Place) => (
		<Line
			key={item.id}
			{...props}
			item={item}
			place={place}
			tabbable={item.id === roving.current}
		/>
	);
	return (
		// biome-ignore lint/a11y/noStaticElementInteractions: it only moves the focus among its rows
		<div className={styles.rows} onKeyDown={roving.onKeyDown} onFocus={roving.onFocus}>
			{items.length > many ? (
				<Windowed items={items} scroller={scroller} current={roving.current} line={line} />
			) : (
				listing.sections.map(({ shown, items: own }) => (
					<Block key={shown.kind} shown={shown} items={own} line={line} />
				))
			)}
		</div>
	);
}

interface Place {
	index: number;
	start: number;
	measure: (element: Element | null) => void;
}

type DrawLine = (item: Item, place?: Place) => React.ReactNode;

function Block(props: { shown: Shown; items: readonly Item[]; line: DrawLine; places?: Place[] }) {
	const { shown, items, line, places } = props;
	const drawn = items.map((item, i) => ({ item, node: line(item, places?.[i]) }));
	const rows = drawn.filter(({ item }) => item.kind === "chat" || item.kind === "locked");
	return (
		<section aria-labelledby={`section-${shown.kind}`}>
			{drawn.filter(({ item }) => item.kind === "head").map(({ node }) => node)}
			{rows.length > 0 && <ul>{rows.map(({ node }) => node)}</ul>}
			{drawn
				.filter(({ item }) => item.kind === "blank" || item.kind === "more")
				.map(({ node }) => node)}
		</section>
	);
}

function Windowed(props: {
	items: readonly Item[];
	scroller: HTMLElement;
	current: string;
	line: DrawLine;
}) {
	const { items, scroller, current, line } = props;
	const focused = items.findIndex((i) => i.id === current);
	const virtual = useVirtualizer({
		count: items.length,
		getScrollElement: () => scroller,
		estimateSize: (i) => heights[items[i]?.kind ?? "chat"],
		getItemKey: (i) => items[i]?.id ?? i,
		overscan: 8,
		// The row that has the focus stays, wherever the list is scrolled.
		rangeExtractor: (range) => {
			const indexes = defaultRangeExtractor(range);
			if (focused < 0 || indexes.includes(focused)) return indexes;
			return [...indexes, focused].sort((a, b) => a - b);
		},
	});
	const shown = virtual.getVirtualItems();
	const blocks = new Map<Shown, { items: Item[]; places: Place[] }>();
	for (const { index, start } of shown) {
		const item = items[index];
		if (!item) continue;
		const block = blocks.get(item.section) ?? { items: [], places: [] };
		block.items.push(item);
		block.places.push({ index, start, measure: virtual.measureElement });
		blocks.set(item.section, block);
	}
	return (
		<div className={styles.window} style={{ blockSize: virtual.getTotalSize() }}>
			{[...blocks].map(([section, block]) => (
				<Block
					key={section.kind}
					shown={section}
					items={block.items}
					places={block.places}
					line={line}
				/>
			))}
		</div>
	);
}

function Line(props: RowsProps & { item: Item; place: Place | undefined; tabbable: boolean }) {
	const { item, place, tabbable, recordKey, open, onOpen, onStart } = props;
	const own = place && {
		ref: place.measure,
		"data-index": place.index,
		style: { transform: `translateY(${place.start}px)` } satisfies CSSProperties,
		className: styles.placed,
	};
	const row = item.kind === "chat" || item.kind === "locked";
	const Frame = row ? "li" : "div";
	return (
		<Frame {...own}>
			{item.kind === "head" && (
				<SectionHead item={item} recordKey={recordKey} tabbable={tabbable} onStart={onStart} />
			)}
			{item.kind === "chat" && (
				<ChatItem
					id={item.id}
					row={item.row}
					recordKey={recordKey}
					selected={item.row.id === open}
					tabbable={tabbable}
					onOpen={onOpen}
					onStart={onStart}
				/>
			)}
			{item.kind === "locked" && <LockedItem id={item.id} row={item.row} tabbable={tabbable} />}
			{item.kind === "blank" && (
				<Blank shown={item.section} recordKey={recordKey} onStart={onStart} />
			)}
			{item.kind === "more" && <More id={item.id} recordKey={recordKey} tabbable={tabbable} />}
		</Frame>
	);
}
