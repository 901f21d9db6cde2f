import {
	Avatar, Badge, Button, Menu, MenuItem, MenuList, MenuPopover, MessageBar, MessageBarBody,
	MenuTrigger, makeStyles, mergeClasses, SearchBox, Tag, Text, Toolbar,
	ToolbarButton, tokens, Tooltip,
} from "@fluentui/react-components";
import {
	ChatAddRegular, LinkRegular, MoreHorizontalRegular, PersonRegular, SearchRegular,
} from "@fluentui/react-icons";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { ago, type Chat, chats, dayOf, nameOf, textAt } from "./data";

const useStyles = makeStyles({
	list: { flex: "1 1 0", minWidth: 0, maxWidth: "440px", display: "flex", flexDirection: "column" },
	top: { display: "flex", alignItems: "center", justifyContent: "space-between", padding: "4px 12px" },
	filter: { margin: "8px 12px", maxWidth: "none" },
	scroller: { flex: "1 1 0", overflowY: "auto" },
	rows: { position: "relative" },
	placed: { position: "absolute", insetInline: 0 },
	head: { display: "flex", alignItems: "center", gap: "8px", height: "36px", paddingInline: "12px" },
	item: {
		display: "flex",
		gap: "10px",
		padding: "8px 12px",
		alignItems: "center",
		":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
	},
	pair: { display: "flex", flexDirection: "column", width: "36px" },
	selected: { backgroundColor: tokens.colorNeutralBackground1Selected },
	lines: { flex: "1 1 0", minWidth: 0 },
	line: { display: "flex", alignItems: "center", gap: "8px", justifyContent: "space-between" },
	open: { border: 0, padding: 0, background: "none", font: "inherit", color: "inherit", minWidth: 0, textAlign: "start" },
	unread: { fontWeight: tokens.fontWeightSemibold },
});

type Line = { head: string; unread: number } | { chat: Chat };

function toLines(filter: string): Line[] {
	const shown = chats.filter((c) => c.title.toLowerCase().includes(filter.toLowerCase()));
	const part = (head: string, of: Chat[]): Line[] => [
		{ head, unread: of.filter((c) => c.unread).length },
		...of.map((chat) => ({ chat })),
	];
	return [
		...part("Connected to records", shown.filter((c) => c.record !== "")),
		...part("Other chats", shown.filter((c) => c.record === "")),
	];
}

/** ListScreen is the list of chats with what stands above it. */
export function ListScreen({ open, onOpen }: { open: string; onOpen: (id: string) => void }) {
	const styles = useStyles();
	const [filter, setFilter] = useState("");
	const lines = useMemo(() => toLines(filter), [filter]);
	const box = useRef<HTMLDivElement>(null);
	const virtual = useVirtualizer({
		count: lines.length,
		getScrollElement: () => box.current,
		estimateSize: (i) => ("head" in (lines[i] ?? { head: "" }) ? 36 : 60),
		overscan: 8,
	});
	return (
		<section className={styles.list} aria-label="Chats">
			<div className={styles.top}>
				<SearchBox placeholder="Paste a link, or search" />
				<Toolbar aria-label="Pane">
					<ToolbarButton icon={<SearchRegular />} aria-label="Search" />
					<ToolbarButton icon={<ChatAddRegular />} aria-label="New chat" />
					<ToolbarButton icon={<PersonRegular />} aria-label="Account" />
				</Toolbar>
			</div>
			<SearchBox
				className={styles.filter}
				placeholder="Filter chats"
				value={filter}
				onChange={(_, { value }) => setFilter(value)}
			/>
			<MessageBar>
				<MessageBarBody>Tip: paste the address of a case above to see its chats.</MessageBarBody>
			</MessageBar>
			<div ref={box} className={styles.scroller} data-scroller>
				<div role="list" className={styles.rows} style={{ height: virtual.getTotalSize() }}>
					{virtual.getVirtualItems().map(({ index, start, key }) => {
						const line = lines[index];
						return (
							line && (
								<div
									key={key}
									role="listitem"
									ref={virtual.measureElement}
									data-index={index}
									className={styles.placed}
									style={{ top: start }}
								>
									{"head" in line ? (
										<div className={styles.head}>
											<Text weight="semibold">{line.head}</Text>
											{line.unread > 0 && <Badge size="small">{line.unread}</Badge>}
										</div>
									) : (
										<Item chat={line.chat} selected={line.chat.id === open} onOpen={onOpen} />
									)}
								</div>
							)
						);
					})}
				</div>
			</div>
		</section>
	);
}

function Item({ chat, selected, onOpen }: { chat: Chat; selected: boolean; onOpen: (id: string) => void }) {
	const styles = useStyles();
	return (
		<div className={mergeClasses(styles.item, selected && styles.selected)}>
			<Faces chat={chat} />
			<div className={styles.lines}>
				<div className={styles.line}>
					<button type="button" data-chat={chat.id} className={styles.open} onClick={() => onOpen(chat.id)}>
						<Text truncate wrap={false} block className={mergeClasses(chat.unread && styles.unread)}>
							{chat.title}
						</Text>
					</button>
					<Text size={200}>{dayOf(ago(chat.minutes))}</Text>
				</div>
				<div className={styles.line}>
					<Text size={200} truncate wrap={false} block>
						{nameOf(chat.people[0] ?? "")}: {textAt(chat.text)}
					</Text>
					{chat.unread && <Badge size="extra-small" aria-label="unread" />}
				</div>
				{chat.record !== "" && (
					<Tag size="extra-small" icon={<LinkRegular />}>
						{chat.record}
					</Tag>
				)}
			</div>
			<Menu>
				<MenuTrigger disableButtonEnhancement>
					<Tooltip content="More actions" relationship="label">
						<Button appearance="subtle" size="small" icon={<MoreHorizontalRegular />} />
					</Tooltip>
				</MenuTrigger>
				<MenuPopover>
					<MenuList>
						<MenuItem>Mark as unread</MenuItem>
						<MenuItem>Connect to a record</MenuItem>
						<MenuItem>Open in Teams</MenuItem>
					</MenuList>
				</MenuPopover>
			</Menu>
		</div>
	);
}

function Faces({ chat }: { chat: Chat }) {
	const styles = useStyles();
	const [first, second] = chat.people;
	if (!second) return <Avatar name={chat.title} color="colorful" size={36} badge={{ status: "available" }} />;
	return (
		<span className={styles.pair}>
			<Avatar name={nameOf(second)} color="colorful" size={24} badge={{ status: "busy" }} />
			<Avatar name={nameOf(first ?? "")} color="colorful" size={24} badge={{ status: "available" }} />
		</span>
	);
}
