import { type ReactNode, useEffect, useMemo } from "react";
import type { Member } from "../../backend/types";
import { EmptyState } from "../../components/empty/EmptyState";
import { Skeleton } from "../../components/spinner/Skeleton";
import { usePane, useRow, useValue } from "../../model/context";
import type { Timeline } from "../../model/timelines";
import { useText } from "../../text/context";
import { ChatHead } from "./ChatHead";
import styles from "./Conversation.module.css";
import { LoadFailed } from "./LoadFailed";
import { MessageList } from "./MessageList";

/** Props of Conversation. */
export interface ConversationProps {
	chat: string;
	/** Where there is a way back to the list. */
	onBack?: (() => void) | undefined;
	/** What stands below the messages, given the chat's members. */
	composer: (members: readonly Member[]) => ReactNode;
}

/** Conversation shows one chat: who and what it is about, its messages, and the composer. */
export function Conversation({ chat, onBack, composer }: ConversationProps) {
	const { model } = usePane();
	const t = useText();
	const row = useRow(model.chats, chat);
	const timeline = useRow(model.timelines.rows, chat);
	useEffect(() => {
		model.timelines.open(chat);
		return () => model.timelines.close(chat);
	}, [model, chat]);
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
			<ChatHead row={row} members={members ?? []} onBack={onBack} />
			<Messages chat={chat} timeline={timeline} />
			{removed ? <p className={styles.removed}>{t("timeline.removed")}</p> : below}
		</section>
	);
}

function Messages({ chat, timeline }: { chat: string; timeline: Timeline | undefined }) {
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
				<LoadFailed problem={timeline.problem} onRetry={() => model.timelines.retry(chat)} />
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
		<MessageList key={chat} timeline={timeline} onOlder={() => void model.timelines.older(chat)} />
	);
}
