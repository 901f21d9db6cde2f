import { type CSSProperties, type ReactNode, useMemo } from "react";
import { usePane } from "../../model/context";
import type { StartForm } from "../../model/views";
import { Blank } from "./Blank";
import { ChatItem } from "./ChatItem";
import type { Item, Listing } from "./items";
import { LockedItem } from "./LockedItem";
import { More } from "./More";
import styles from "./Rows.module.css";
import { SectionHead } from "./SectionHead";
import { useKeptScroll, useWatched } from "./useList";
import { useRoving } from "./useRoving";
import { type Place, type Placed, useWindow } from "./useWindow";

/** Props of Rows. */
export interface RowsProps {
	listing: Listing;
	recordKey: string;
	open: string;
	scroller: HTMLElement;
	onOpen: (chat: string) => void;
	onStart: (form: StartForm) => void;
	/** What stands below the record's own chats. */
	extra?: ReactNode;
}

/** Rows draws the sections of a list; a long list draws only what is in view. */
export function Rows(props: RowsProps) {
	const { listing, recordKey, scroller } = props;
	const { model } = usePane();
	const items = useMemo(() => listing.sections.flatMap((s) => s.items), [listing]);
	const roving = useRoving(items);
	useWatched(items);
	useKeptScroll(recordKey, scroller, model.views);
	const { size, blocks } = useWindow(listing, items, scroller, roving.current);
	return (
		// biome-ignore lint/a11y/noStaticElementInteractions: it only moves the focus among its rows
		<div
			className={styles.rows}
			style={size === undefined ? undefined : { blockSize: size }}
			onKeyDown={roving.onKeyDown}
			onFocus={roving.onFocus}
		>
			{blocks.map(({ shown, lines }) => (
				<Block key={shown.kind} kind={shown.kind} lines={lines}>
					{({ item, place }) => (
						<Line
							key={item.id}
							{...props}
							item={item}
							place={place}
							tabbable={item.id === roving.current}
						/>
					)}
				</Block>
			))}
		</div>
	);
}

function Block(props: {
	kind: string;
	lines: readonly Placed[];
	children: (line: Placed) => ReactNode;
}) {
	const { kind, lines, children } = props;
	if (kind === "extra") return lines.map(children);
	const rows = lines.filter(({ item }) => item.kind === "chat" || item.kind === "locked");
	return (
		<section aria-labelledby={`section-${kind}`}>
			{lines.filter(({ item }) => item.kind === "head").map(children)}
			{rows.length > 0 && <ul>{rows.map(children)}</ul>}
			{lines.filter(({ item }) => item.kind === "blank" || item.kind === "more").map(children)}
		</section>
	);
}

function Line(props: RowsProps & { item: Item; place: Place | undefined; tabbable: boolean }) {
	const { item, place, tabbable, recordKey, open, onOpen, onStart, extra } = props;
	const own = place && {
		ref: place.measure,
		"data-index": place.index,
		// Not by a transform: the accessibility tree of WebKit takes its distance for height.
		style: { insetBlockStart: place.start } satisfies CSSProperties,
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
			{item.kind === "locked" && (
				<LockedItem id={item.id} row={item.row} tabbable={tabbable} onOpen={onOpen} />
			)}
			{item.kind === "blank" && (
				<Blank shown={item.section} recordKey={recordKey} onStart={onStart} />
			)}
			{item.kind === "extra" && extra}
			{item.kind === "more" && <More id={item.id} recordKey={recordKey} tabbable={tabbable} />}
		</Frame>
	);
}
