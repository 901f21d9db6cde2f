import { memo } from "react";
import type { MessageRow } from "../../backend/types";
import { Avatar } from "../../components/avatar/Avatar";
import { classes } from "../../components/classes";
import { Icon } from "../../components/icon/Icon";
import { eventWords } from "../../components/message/eventWords";
import { fullTime, timeOfDay } from "../../components/time/relative";
import { usePane, useRow } from "../../model/context";
import { useLocale, useText, useWords } from "../../text/context";
import { EchoState } from "./EchoState";
import { MessageContent } from "./MessageContent";
import styles from "./MessageItem.module.css";
import { Reactions } from "./Reactions";
import type { MessageLine } from "./rows";
import { senderName, spokenMessage } from "./spoken";

/** Props of MessageItem. */
export interface MessageItemProps {
	line: MessageLine;
	/** How many messages the chat has, -1 = not known. */
	count: number;
	/** It is the one message in the tab order. */
	active: boolean;
	/** It is the one that was looked for, and shows so for a moment. */
	found?: boolean;
	onFocus: (key: string) => void;
}

/** MessageItem is one message, echo or system message of the feed. */
export const MessageItem = memo(function MessageItem(props: MessageItemProps) {
	const { line, count, active, found = false, onFocus } = props;
	const { message, first, last } = line;
	const words = useWords();
	const at = new Date(message.time);
	const look = message.event ? styles.event : message.me ? styles.mine : styles.theirs;
	return (
		<article
			className={classes(
				styles.item,
				look,
				first && styles.first,
				last && styles.last,
				found && styles.found,
			)}
			aria-posinset={line.position}
			aria-setsize={count}
			aria-label={words.t("message.label", {
				message: spokenMessage(message, words),
				time: timeOfDay(at, words.locale),
			})}
			data-message={line.key}
			// The articles of a feed take the focus.
			tabIndex={active ? 0 : -1}
			onFocus={() => onFocus(line.key)}
		>
			{message.event ? (
				<span className={styles.eventWords} title={fullTime(at, words.locale)} dir="auto">
					{eventWords(message.event, words)}
				</span>
			) : (
				<Said line={line} tabbable={active} />
			)}
		</article>
	);
});

/** Said is what somebody said: who and when above the first of a group, then the bubble. */
function Said({ line, tabbable }: { line: MessageLine; tabbable: boolean }) {
	const { message, first } = line;
	const locale = useLocale();
	const at = new Date(message.time);
	return (
		<>
			{!message.me && <Face message={message} show={first} />}
			<div className={styles.column}>
				{first && <Heading message={message} />}
				<div
					className={classes(
						styles.bubble,
						message.mentionsMe && styles.mentioned,
						(message.deleted || message.blocked) && styles.ghost,
						message.importance !== "normal" && message.importance !== "" && styles.important,
						message.state === "parked" && styles.parked,
						message.state !== "" && message.state !== "parked" && styles.pending,
					)}
					title={first ? undefined : timeOfDay(at, locale)}
				>
					<Importance importance={message.importance} />
					<MessageContent message={message} tabbable={tabbable} />
				</div>
				{message.reacts.length > 0 && !message.deleted && <Reactions reacts={message.reacts} />}
				{message.state !== "" && <EchoState message={message} />}
			</div>
		</>
	);
}

function Face({ message, show }: { message: MessageRow; show: boolean }) {
	const { backend, model } = usePane();
	const words = useWords();
	const presence = useRow(model.presence, message.from.id);
	if (!show) return <span className={styles.noFace} />;
	return (
		<span className={styles.face}>
			<Avatar
				name={senderName(message, words)}
				photo={message.from.id === "" || message.app ? "" : backend.photo(message.from.id)}
				shape={message.app ? "square" : "round"}
				size={32}
				availability={message.app ? undefined : presence?.availability}
			/>
		</span>
	);
}

function Heading({ message }: { message: MessageRow }) {
	const words = useWords();
	const at = new Date(message.time);
	return (
		<div className={styles.heading}>
			{!message.me && (
				<span className={styles.name} dir="auto">
					{senderName(message, words)}
				</span>
			)}
			{!message.me && message.from.guest && (
				<span className={styles.mark}>{words.t("message.guest")}</span>
			)}
			{message.app && <span className={styles.mark}>{words.t("message.app")}</span>}
			<time dateTime={message.time} title={fullTime(at, words.locale)}>
				{timeOfDay(at, words.locale)}
			</time>
		</div>
	);
}

function Importance({ importance }: { importance: string }) {
	const t = useText();
	if (importance !== "high" && importance !== "urgent") return null;
	return (
		<div className={styles.importance}>
			<Icon name={importance === "urgent" ? "alert" : "important"} size={16} />
			<span>{t(importance === "urgent" ? "message.urgent" : "message.high")}</span>
		</div>
	);
}
