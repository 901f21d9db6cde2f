import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Button } from "../../components/button/Button";
import { usePane, useValue } from "../../model/context";
import type { Timeline } from "../../model/timelines";
import { useText } from "../../text/context";
import { DayDivider, NewDivider } from "./Dividers";
import { MessageItem } from "./MessageItem";
import styles from "./MessageList.module.css";
import { Newer, Older } from "./Older";
import { type Row, toRows } from "./rows";
import { useArrivals } from "./useArrivals";
import { useArrowKeys } from "./useArrowKeys";
import { useMessageScroll } from "./useMessageScroll";

/** Props of MessageList. */
export interface MessageListProps {
	timeline: Timeline;
	onOlder: () => void;
	onNewer: () => void;
	/** Leaves the place the chat was opened at for its newest messages. */
	onLatest: () => void;
}

/**
 * MessageList shows the messages of a chat as a feed. Only those near the view
 * are drawn; the words on screen never move when others come before them.
 */
export function MessageList({ timeline, onOlder, onNewer, onLatest }: MessageListProps) {
	const t = useText();
	// The divider stays where it was when the chat was opened.
	const [firstUnread] = useState(timeline.firstUnread);
	const { newer } = timeline;
	const rows = useMemo(
		() => toRows(timeline.rows, firstUnread, newer),
		[timeline.rows, firstUnread, newer],
	);
	const box = useRef<HTMLDivElement>(null);
	const at = timeline.at?.message ?? "";
	const [activeKey, setActive] = useState(at);
	const found = useFound(at, box);
	const active = activeIndex(rows, activeKey);
	const scroll = useMessageScroll({
		rows,
		box,
		active,
		more: useCanRead(timeline),
		onOlder,
		at,
		newer,
		onNewer: timeline.newerProblem ? ignore : onNewer,
	});
	const onKeyDown = useArrowKeys({ rows, box, active, setActive, reveal: scroll.reveal });
	const arrivals = useArrivals(timeline.rows, scroll.atEnd, scroll.seesEnd, newer);

	return (
		<div className={styles.frame}>
			<div ref={box} className={styles.scroller} onScroll={scroll.onScroll}>
				<div
					role="feed"
					className={styles.feed}
					aria-label={t("timeline.messages")}
					aria-busy={timeline.loadingOlder || timeline.loadingNewer}
					style={{ height: scroll.height }}
					onKeyDown={onKeyDown}
				>
					{scroll.items.map((item) => {
						const row = rows[item.index];
						return (
							row && (
								<div
									key={item.key}
									ref={scroll.measure}
									data-index={item.index}
									className={styles.row}
									style={{ insetBlockStart: item.start }}
								>
									<Line
										row={row}
										timeline={timeline}
										active={item.index === active}
										found={row.key === found}
										onOlder={onOlder}
										onNewer={onNewer}
										onFocus={setActive}
									/>
								</div>
							)
						);
					})}
				</div>
			</div>
			{(newer || arrivals.unseen > 0) && (
				<div className={styles.pill}>
					<Button
						look="primary"
						size="small"
						icon="toLatest"
						onClick={newer ? onLatest : scroll.toEnd}
					>
						{newer ? t("timeline.latest") : t("timeline.newMessages", { count: arrivals.unseen })}
					</Button>
				</div>
			)}
			<div className="hidden" aria-live="polite">
				{arrivals.spoken}
			</div>
		</div>
	);
}

interface LineProps {
	row: Row;
	timeline: Timeline;
	active: boolean;
	found: boolean;
	onOlder: () => void;
	onNewer: () => void;
	onFocus: (key: string) => void;
}

function Line({ row, timeline, active, found, onOlder, onNewer, onFocus }: LineProps) {
	switch (row.t) {
		case "start":
			return <Older timeline={timeline} onOlder={onOlder} />;
		case "end":
			return <Newer timeline={timeline} onNewer={onNewer} />;
		case "day":
			return <DayDivider time={row.time} />;
		case "new":
			return <NewDivider />;
		case "message":
			return (
				<MessageItem
					line={row}
					// How many there are is not known while older ones were not read.
					count={timeline.more || timeline.newer ? -1 : timeline.rows.length}
					active={active}
					found={found}
					onFocus={onFocus}
				/>
			);
	}
}

function ignore(): void {}

/** How long the message that was looked for shows as such, in ms. */
const glow = 3_000;

/**
 * useFound is the key of the message that was looked for, for a moment. It takes
 * the focus once it is drawn, unless that is kept elsewhere on the screen.
 */
function useFound(at: string, box: React.RefObject<HTMLElement | null>): string {
	const [found, setFound] = useState(at);
	useEffect(() => {
		const timer = setTimeout(() => setFound(""), glow);
		return () => clearTimeout(timer);
	}, []);
	const wanted = useRef(at);
	useLayoutEffect(() => {
		if (wanted.current === "") return;
		const drawn = box.current?.querySelectorAll<HTMLElement>("[data-message]") ?? [];
		const message = [...drawn].find((e) => e.dataset.message === wanted.current);
		if (!message) return;
		wanted.current = "";
		if (isFree(document.activeElement, box.current)) message.focus({ preventScroll: true });
	});
	return found;
}

/** isFree tells whether the focus is nowhere, or only where the chat itself put it. */
function isFree(focused: Element | null, box: HTMLElement | null): boolean {
	if (!focused || focused === document.body || focused.closest("[inert]")) return true;
	return focused.closest("section")?.contains(box) ?? false;
}

/** useCanRead tells whether older messages can be asked for without the reader saying so. */
function useCanRead({ more, offline, olderProblem }: Timeline): boolean {
	const cut = useValue(usePane().model.health)?.connection === "offline";
	return more && olderProblem === null && !(offline && cut);
}

/** activeIndex is the row in the tab order: the one last focused, else the newest message. */
function activeIndex(rows: readonly Row[], key: string): number {
	const index = key === "" ? -1 : rows.findIndex((r) => r.key === key);
	return index >= 0 ? index : rows.findLastIndex((r) => r.t === "message");
}
