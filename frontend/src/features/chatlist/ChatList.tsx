import { type ReactNode, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { EmptyState } from "../../components/empty/EmptyState";
import { SearchField } from "../../components/field/SearchField";
import { Skeleton } from "../../components/spinner/Skeleton";
import { usePane, useRow, useValue } from "../../model/context";
import type { StartForm } from "../../model/views";
import { useText } from "../../text/context";
import styles from "./ChatList.module.css";
import { Hint } from "./Hint";
import { toListing } from "./items";
import { Rows } from "./Rows";

/** Props of ChatList. */
export interface ChatListProps {
	/** Key of the record whose list it is, "" is home. */
	recordKey: string;
	/** The chat that is open beside or over the list, "" = none. */
	open: string;
	onOpen: (chat: string) => void;
	onStart: (form: StartForm) => void;
	/** What stands below the record's own chats. */
	extra?: ReactNode;
}

/** ChatList is the list of chats of one record, or of home, in sections. */
export function ChatList({ recordKey, open, onOpen, onStart, extra }: ChatListProps) {
	const { model } = usePane();
	const t = useText();
	const list = useRow(model.lists, recordKey);
	const chats = useValue(model.chats);
	const links = useValue(model.links);
	const { folded } = useValue(model.settings);
	const view = useRow(model.views.rows, recordKey) ?? model.views.of(recordKey);
	const filter = useDeferredValue(view.filter);
	const listing = useMemo(
		() => list && toListing({ list, chats, links, folded, filter, extra: !!extra }),
		[list, chats, links, folded, filter, extra],
	);
	// Known a moment after the list is drawn; the rows are drawn into it then.
	const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
	useFocusBack(open, scroller);

	return (
		<div className={styles.list}>
			<div className={styles.filter}>
				<SearchField
					label={t("chatlist.filter")}
					placeholder={t(recordKey === "" ? "chatlist.filterHome" : "chatlist.filter")}
					value={view.filter}
					onChange={(value) => model.views.filter(recordKey, value)}
					aria-keyshortcuts="Control+F"
					data-shortcut="filter"
				/>
			</div>
			<div ref={setScroller} className={styles.scroller}>
				{listing && scroller ? (
					<>
						<Hint recordKey={recordKey} />
						<Rows
							listing={listing}
							recordKey={recordKey}
							open={open}
							scroller={scroller}
							onOpen={onOpen}
							onStart={onStart}
							extra={extra}
						/>
						{filter !== "" && listing.rows === 0 && (
							<EmptyState icon="search" title={t("chatlist.noMatch", { filter })} size="small">
								{listing.incomplete && t("chatlist.notLoaded")}
							</EmptyState>
						)}
						{filter !== "" && listing.rows > 0 && listing.incomplete && (
							<p className={styles.note} role="status">
								{t("chatlist.notLoaded")}
							</p>
						)}
					</>
				) : (
					<Skeleton rows={6} label={t("chatlist.loading")} />
				)}
			</div>
		</div>
	);
}

/** useFocusBack gives the focus back to the row of a chat that was closed, unless something lies over the list. */
function useFocusBack(open: string, scroller: HTMLElement | null): void {
	const before = useRef(open);
	useEffect(() => {
		const closed = before.current;
		before.current = open;
		if (open !== "" || closed === "" || scroller?.closest("[inert]")) return;
		const rows = scroller?.querySelectorAll<HTMLElement>("[data-chat]") ?? [];
		[...rows].find((row) => row.dataset.chat === closed)?.focus();
	}, [open, scroller]);
}
