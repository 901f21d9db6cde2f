import { type ReactNode, useCallback } from "react";
import type { MessageRow } from "../../backend/types";
import { Icon } from "../../components/icon/Icon";
import { Body } from "../../components/message/Body";
import type { RawNode } from "../../components/message/nodes";
import { useIntent, usePane } from "../../model/context";
import { useText } from "../../text/context";
import { FileCard } from "./FileCard";
import styles from "./MessageContent.module.css";
import { QuoteCard } from "./QuoteCard";

/** MessageContent is what stands in a message's bubble. */
export function MessageContent({ message, tabbable }: { message: MessageRow; tabbable: boolean }) {
	const { backend } = usePane();
	const t = useText();
	const intent = useIntent();
	const { chat, body, quotes, files } = message;
	const onLink = useCallback(
		(url: string) => intent(backend.api.openExternal(url)),
		[backend, intent],
	);
	const onFile = useCallback(() => intent(backend.api.openInTeams(chat)), [backend, intent, chat]);
	const attachment = useCallback(
		(kind: "quoteRef" | "file", ref: string): ReactNode => {
			if (kind === "quoteRef") {
				const quote = quotes.find((q) => q.messageID === ref);
				return quote && <QuoteCard quote={quote} />;
			}
			const file = files.find((f) => f.id === ref);
			return file && <FileCard file={file} onOpen={onFile} tabbable={tabbable} />;
		},
		[quotes, files, onFile, tabbable],
	);
	if (message.deleted) {
		return (
			<span className={styles.gone}>
				<Icon name="remove" size={16} />
				{t("message.deleted")}
			</span>
		);
	}
	if (message.blocked) {
		return (
			<span className={styles.gone}>
				<Icon name="blocked" size={16} />
				{t("message.blocked")}
			</span>
		);
	}
	// What the body does not place itself stands before it (quotes) and after it (files).
	const placed = refsOf(body);
	return (
		<>
			{quotes.map((q) => !placed.has(q.messageID) && <QuoteCard key={q.messageID} quote={q} />)}
			<Body
				nodes={body}
				media={backend.media}
				onLink={onLink}
				attachment={attachment}
				tabbable={tabbable}
			/>
			{files.map(
				(f) =>
					!placed.has(f.id) && <FileCard key={f.id} file={f} onOpen={onFile} tabbable={tabbable} />,
			)}
			{message.edited !== "" && <span className={styles.edited}>{t("message.edited")}</span>}
		</>
	);
}

/** refsOf returns the ids of the attachments that a body places. */
function refsOf(nodes: readonly RawNode[], found = new Set<string>()): Set<string> {
	for (const node of nodes) {
		if (node.ref) found.add(node.ref);
		if (node.children) refsOf(node.children, found);
	}
	return found;
}
