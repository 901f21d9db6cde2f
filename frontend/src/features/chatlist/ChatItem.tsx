import { type KeyboardEvent, memo, useId, useRef, useState } from "react";
import type { ChatRow } from "../../backend/types";
import { IconButton } from "../../components/button/IconButton";
import { classes } from "../../components/classes";
import { Menu, openedBy, warmMenu } from "../../components/menu/Menu";
import { RelativeTime } from "../../components/time/RelativeTime";
import { fullTime } from "../../components/time/relative";
import { useIntent, usePane, useRow } from "../../model/context";
import type { StartForm } from "../../model/views";
import { useWords } from "../../text/context";
import { ChatAvatar } from "./ChatAvatar";
import styles from "./ChatItem.module.css";
import { chatMenu } from "./chatMenu";
import { Marks, marksOf } from "./Marks";
import { previewOf } from "./preview";
import { Chips, chipWords } from "./RecordChips";

/** Props of ChatItem. */
export interface ChatItemProps {
	/** Id of the line, for the list's one tab stop. */
	id: string;
	row: ChatRow;
	recordKey: string;
	selected: boolean;
	tabbable: boolean;
	onOpen: (chat: string) => void;
	onStart: (form: StartForm) => void;
}

/**
 * ChatItem is one chat of the list: its name, last message and marks, and the menu of what can be done.
 * It is drawn again only when it changes, and not when another chat is opened.
 */
export const ChatItem = memo(function ChatItem(props: ChatItemProps) {
	const { id, row, recordKey, selected, tabbable, onOpen, onStart } = props;
	const words = useWords();
	const about = useId();
	const anchor = useRef<HTMLButtonElement>(null);
	const [menu, setMenu] = useState<"" | "keys" | "pointer">("");
	const title = row.title || words.t("chatlist.onlyYou");
	const preview = previewOf(row, words);
	const more = words.t("chatlist.more", { title });
	return (
		<div className={classes(styles.item, row.unread && styles.unread, selected && styles.selected)}>
			<ChatAvatar row={row} title={title} />
			<div className={styles.lines}>
				<div className={styles.line}>
					<button
						type="button"
						className={styles.open}
						dir="auto"
						data-line={id}
						data-chat={row.id}
						tabIndex={tabbable ? 0 : -1}
						aria-describedby={about}
						aria-current={selected || undefined}
						aria-keyshortcuts="Shift+F10"
						onClick={() => onOpen(row.id)}
						onContextMenu={(event) => {
							event.preventDefault();
							setMenu("pointer");
						}}
						onKeyDown={(event) => openMenuByKey(event, () => setMenu("keys"))}
					>
						{title}
					</button>
					<span className={styles.time}>
						<RelativeTime time={row.time} />
					</span>
				</div>
				<div className={styles.line}>
					<span className={classes(styles.preview, styles[preview.tone])} dir="auto">
						{preview.label !== "" && <b className={styles.label}>{preview.label} </b>}
						{preview.text}
					</span>
					<Marks row={row} />
				</div>
				<Chips row={row} recordKey={recordKey} />
			</div>
			<span id={about} hidden>
				{aboutOf(row, recordKey, words)}
			</span>
			<span className={styles.more}>
				<IconButton
					ref={anchor}
					icon="more"
					label={more}
					tabIndex={tabbable ? 0 : -1}
					aria-haspopup="menu"
					aria-expanded={menu !== ""}
					onPointerEnter={warmMenu}
					onClick={(event) => setMenu(menu === "" ? openedBy(event) : "")}
				/>
			</span>
			{menu !== "" && (
				<ItemMenu
					label={more}
					anchor={anchor}
					row={row}
					recordKey={recordKey}
					onStart={onStart}
					byKeyboard={menu === "keys"}
					onClose={() => setMenu("")}
				/>
			)}
		</div>
	);
});

function ItemMenu(props: {
	label: string;
	anchor: React.RefObject<HTMLElement | null>;
	row: ChatRow;
	recordKey: string;
	onStart: (form: StartForm) => void;
	byKeyboard: boolean;
	onClose: () => void;
}) {
	const { label, anchor, row, recordKey, onStart, byKeyboard, onClose } = props;
	const { backend, model } = usePane();
	const words = useWords();
	const run = useIntent();
	const record = useRow(model.records, recordKey);
	const home = recordKey === "" && {
		onFilter: (text: string) => model.views.filter(recordKey, text),
	};
	const groups = chatMenu({ row, record, words, api: backend.api, run, onStart, ...home });
	return (
		<Menu label={label} anchor={anchor} groups={groups} byKeyboard={byKeyboard} onClose={onClose} />
	);
}

function openMenuByKey(event: KeyboardEvent, open: () => void): void {
	const menuKey = event.key === "ContextMenu" || (event.shiftKey && event.key === "F10");
	if (!menuKey) return;
	event.preventDefault();
	open();
}

/** aboutOf says in one sentence what a row shows beside its name. */
function aboutOf(row: ChatRow, recordKey: string, words: ReturnType<typeof useWords>): string {
	const { label, text } = previewOf(row, words);
	const at = new Date(row.time);
	return [
		`${label} ${text}`.trim(),
		Number.isNaN(at.getTime()) ? "" : fullTime(at, words.locale),
		...marksOf(row, words).map((m) => m.label),
		...chipWords(row, recordKey, words),
	]
		.filter((part) => part !== "")
		.join(", ");
}
