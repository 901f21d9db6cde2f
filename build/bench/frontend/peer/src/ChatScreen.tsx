import {
	Avatar, Button, Divider, makeStyles, mergeClasses, Subtitle2, Tag, Text, Textarea, tokens,
	Toolbar, ToolbarButton,
} from "@fluentui/react-components";
import {
	ArrowLeftRegular, AttachRegular, EmojiRegular, LinkRegular, MoreHorizontalRegular, SendRegular,
	TextBoldRegular, TextItalicRegular,
} from "@fluentui/react-icons";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef } from "react";
import { type Chat, dayOf, type Message, messagesOf, nameOf, timeOfDay } from "./data";

const useStyles = makeStyles({
	view: { flex: "1 1 0", minWidth: 0, display: "flex", flexDirection: "column" },
	head: { display: "flex", alignItems: "center", gap: "8px", padding: "8px 12px" },
	words: { flex: "1 1 0", minWidth: 0 },
	scroller: { flex: "1 1 0", overflowY: "auto", overflowAnchor: "none" },
	feed: { position: "relative" },
	placed: { position: "absolute", insetInline: 0 },
	item: { display: "flex", gap: "8px", padding: "2px 16px" },
	mine: { flexDirection: "row-reverse" },
	first: { paddingTop: "12px" },
	noFace: { width: "32px" },
	bubble: {
		backgroundColor: tokens.colorNeutralBackground1,
		borderRadius: tokens.borderRadiusMedium,
		padding: "8px 12px",
		maxWidth: "80%",
	},
	own: { backgroundColor: tokens.colorBrandBackground2 },
	composer: { padding: "8px 12px", display: "flex", flexDirection: "column" },
});

/** ChatScreen is one chat: head, messages, composer. */
export function ChatScreen({ chat, onBack }: { chat: Chat; onBack: () => void }) {
	const styles = useStyles();
	const messages = messagesOf(chat);
	const box = useRef<HTMLDivElement>(null);
	const virtual = useVirtualizer({
		count: messages.length,
		getScrollElement: () => box.current,
		estimateSize: (i) => 40 + Math.ceil((messages[i]?.text.length ?? 0) / 42) * 20,
		getItemKey: (i) => messages[i]?.id ?? i,
		overscan: 8,
	});
	useLayoutEffect(() => {
		if (box.current) box.current.scrollTop = box.current.scrollHeight;
	}, []);
	return (
		<section className={styles.view} aria-label={chat.title}>
			<header className={styles.head}>
				<Button appearance="subtle" icon={<ArrowLeftRegular />} aria-label="Back" onClick={onBack} />
				<Avatar name={chat.title} color="colorful" shape="square" />
				<div className={styles.words}>
					<Subtitle2 truncate wrap={false} block>
						{chat.title}
					</Subtitle2>
					{chat.record !== "" && (
						<Tag size="extra-small" icon={<LinkRegular />}>
							{chat.record}
						</Tag>
					)}
				</div>
				<Button appearance="subtle" icon={<MoreHorizontalRegular />} aria-label="More" />
			</header>
			<div ref={box} className={styles.scroller} data-scroller>
				<div role="feed" className={styles.feed} style={{ height: virtual.getTotalSize() }}>
					{virtual.getVirtualItems().map(({ index, start, key }) => {
						const message = messages[index];
						return (
							message && (
								<div
									key={key}
									ref={virtual.measureElement}
									data-index={index}
									className={styles.placed}
									style={{ top: start }}
								>
									{message.day && <Divider>{dayOf(message.time)}</Divider>}
									<Item message={message} index={index} count={messages.length} />
								</div>
							)
						);
					})}
				</div>
			</div>
			<div className={styles.composer}>
				<Textarea placeholder="Write a message" resize="none" aria-label="Write a message" />
				<Toolbar aria-label="Composer" size="small">
					<ToolbarButton icon={<TextBoldRegular />} aria-label="Bold" />
					<ToolbarButton icon={<TextItalicRegular />} aria-label="Italic" />
					<ToolbarButton icon={<EmojiRegular />} aria-label="Emoji" />
					<ToolbarButton icon={<AttachRegular />} aria-label="Attach" />
					<ToolbarButton icon={<SendRegular />} aria-label="Send" appearance="primary" />
				</Toolbar>
			</div>
		</section>
	);
}

function Item({ message, index, count }: { message: Message; index: number; count: number }) {
	const styles = useStyles();
	const { me, first, from, text, time } = message;
	return (
		<article
			className={mergeClasses(styles.item, me && styles.mine, first && styles.first)}
			aria-posinset={index + 1}
			aria-setsize={count}
			aria-label={`${nameOf(from)}: ${text}, ${timeOfDay(time)}`}
			data-message={message.id}
			tabIndex={-1}
		>
			{!me && (first ? <Avatar name={nameOf(from)} color="colorful" size={32} badge={{ status: "available" }} /> : <span className={styles.noFace} />)}
			<div className={mergeClasses(styles.bubble, me && styles.own)}>
				{first && (
					<Text size={200} block>
						{me ? "" : nameOf(from)} {timeOfDay(time)}
					</Text>
				)}
				<Text block dir="auto">
					{text}
				</Text>
			</div>
		</article>
	);
}
