import { type ReactNode, useEffect, useEffectEvent, useMemo } from "react";
import type { Member } from "../../backend/types";
import { EmptyState } from "../../components/empty/EmptyState";
import { Skeleton } from "../../components/spinner/Skeleton";
import { useIntent, usePane, useRow, useValue } from "../../model/context";
import type { Timeline } from "../../model/timelines";
import type { Place } from "../../model/views";
import { useText } from "../../text/context";
import { ChatHead } from "./ChatHead";
import styles from "./Conversation.module.css";
import { LoadFailed } from "./LoadFailed";
import { MessageList } from "./MessageList";

/** Props of Conversation. */
export interface ConversationProps {
	chat: string;
	/** The message to open it at, null = at its newest. */
	at?: Place | null;
	/** Opens the search in this chat, where there is one. */
	onSearch?: (() => void) | undefined;
	/** Where there is a way back to the list. */
	onBack?: (() => void) | undefined;
	/** What stands below the messages, given the chat's members. */
	composer: (members: readonly Member[]) => ReactNode;
}

/** Conversation shows one chat: who and what it is about, its messages, and the composer. */
export function Conversation(props: ConversationProps) {
	const { chat, at = null, onBack, onSearch, composer } = props;
	const { model } = usePane();
	const t = useText();
	const row = useRow(model.chats, chat);
	const timeline = useRow(model.timelines.rows, chat);
	const open = useEffectEvent((id: string) => model.timelines.open(id, at));
	useEffect(() => {
		open(chat);
		return () => model.timelines.close(chat);
	}, [model, chat]);
	useEffect(() => model.timelines.goTo(chat, at), [model, chat, at]);
	useReadToEnd(chat, timeline);
	const members = timeline?.members;
	const below = useMemo(() => composer(members ?? []), [composer, members]);
	const removed = row?.removed ?? false;

	return (
		<section
			className={styles.view}
			aria-label={t("timeline.chat", { title: row?.title ?? "" })}
			onKeyDown={(event) => {
				if (event.key !== "Escape" || event.defaultPrevented || !onBack) return;
				event.preventDefault();
				onBack();
			}}
		>
			<ChatHead row={row} members={members ?? []} onBack={onBack} onSearch={onSearch} />
			<Messages chat={chat} at={at} timeline={timeline} />
			{removed ? <p className={styles.removed}>{t("timeline.removed")}</p> : below}
		</section>
	);
}

/**
 * useReadToEnd marks a chat read that was opened at a message once its end is
 * reached; one that opens at its newest is marked by the core.
 */
function useReadToEnd(chat: string, timeline: Timeline | undefined): void {
	const { backend, model } = usePane();
	const intent = useIntent();
	const place = timeline?.state === "ready" && !timeline.newer ? timeline.at : null;
	useEffect(() => {
		if (place && model.chats.row(chat)?.unread) intent(backend.api.markRead(chat));
	}, [backend, model, intent, chat, place]);
}

interface MessagesProps {
	chat: string;
	at: Place | null;
	timeline: Timeline | undefined;
}

function Messages({ chat, at, timeline }: MessagesProps) {
	const { model } = usePane();
	const t = useText();
	const offline = useValue(model.health)?.connection === "offline";
	if (timeline === undefined || timeline.state === "loading") {
		return (
			<div className={styles.fill}>
				<Skeleton rows={5} label={t("timeline.loading")} />
			</div>
		);
	}
	if (timeline.state === "error" && timeline.problem) {
		return (
			<div className={styles.fill}>
				<LoadFailed
					problem={timeline.problem}
					onRetry={() => model.timelines.retry(chat)}
					onLatest={at ? () => model.timelines.latest(chat) : undefined}
				/>
			</div>
		);
	}
	if (timeline.rows.length === 0) {
		const cut = offline && timeline.more;
		return (
			<div className={styles.fill}>
				<EmptyState
					icon={cut ? "offline" : "chat"}
					title={t(cut ? "timeline.nothingOffline" : "timeline.empty")}
				>
					{t(cut ? "timeline.nothingOfflineMeans" : "timeline.emptyMeans")}
				</EmptyState>
			</div>
		);
	}
	return (
		<MessageList
			key={`${chat} ${timeline.at?.n ?? 0}`}
			timeline={timeline}
			onOlder={() => void model.timelines.older(chat)}
			onNewer={() => void model.timelines.newer(chat)}
			onLatest={() => model.timelines.latest(chat)}
		/>
	);
}
