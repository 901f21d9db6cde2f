import { useMemo, useRef, useState } from "react";
import { Button } from "../../components/button/Button";
import { usePane, useValue } from "../../model/context";
import type { Timeline } from "../../model/timelines";
import { useText } from "../../text/context";
import { DayDivider, NewDivider } from "./Dividers";
import { MessageItem } from "./MessageItem";
import styles from "./MessageList.module.css";
import { Older } from "./Older";
import { type Row, toRows } from "./rows";
import { useArrivals } from "./useArrivals";
import { useArrowKeys } from "./useArrowKeys";
import { useMessageScroll } from "./useMessageScroll";

/** Props of MessageList. */
export interface MessageListProps {
	timeline: Timeline;
	onOlder: () => void;
}

/**
 * MessageList shows the messages of a chat as a feed. Only those near the view
 * are drawn; the words on screen never move when others come before them.
 */
export function MessageList({ timeline, onOlder }: MessageListProps) {
	const t = useText();
	// The divider stays where it was when the chat was opened.
	const [firstUnread] = useState(timeline.firstUnread);
	const rows = useMemo(() => toRows(timeline.rows, firstUnread), [timeline.rows, firstUnread]);
	const box = useRef<HTMLDivElement>(null);
	const [activeKey, setActive] = useState("");
	const active = activeIndex(rows, activeKey);
	const scroll = useMessageScroll({ rows, box, active, more: useCanRead(timeline), onOlder });
	const onKeyDown = useArrowKeys({ rows, box, active, setActive, reveal: scroll.reveal });
	const arrivals = useArrivals(timeline.rows, scroll.atEnd, scroll.seesEnd);

	return (
		<div className={styles.frame}>
			<div ref={box} className={styles.scroller} onScroll={scroll.onScroll}>
				<div
					role="feed"
					className={styles.feed}
					aria-label={t("timeline.messages")}
					aria-busy={timeline.loadingOlder}
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
										onOlder={onOlder}
										onFocus={setActive}
									/>
								</div>
							)
						);
					})}
				</div>
			</div>
			{arrivals.unseen > 0 && (
				<div className={styles.pill}>
					<Button look="primary" size="small" icon="toLatest" onClick={scroll.toEnd}>
						{t("timeline.newMessages", { count: arrivals.unseen })}
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
	onOlder: () => void;
	onFocus: (key: string) => void;
}

function Line({ row, timeline, active, onOlder, onFocus }: LineProps) {
	switch (row.t) {
		case "start":
			return <Older timeline={timeline} onOlder={onOlder} />;
		case "day":
			return <DayDivider time={row.time} />;
		case "new":
			return <NewDivider />;
		case "message":
			return (
				<MessageItem
					line={row}
					// How many there are is not known while older ones were not read.
					count={timeline.more ? -1 : timeline.rows.length}
					active={active}
					onFocus={onFocus}
				/>
			);
	}
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
