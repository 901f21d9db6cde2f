import { useCallback } from "react";
import type { Note } from "../../backend/types";
import { Switch } from "../../components/field/Switch";
import { Icon } from "../../components/icon/Icon";
import { Body } from "../../components/message/Body";
import { ProblemText } from "../../components/problem/ProblemText";
import { Skeleton } from "../../components/spinner/Skeleton";
import { useIntent, usePane } from "../../model/context";
import { useText } from "../../text/context";
import styles from "./NotePreview.module.css";

/** Props of NotePreview. */
export interface NotePreviewProps {
	/** Undefined until it was read. */
	note: Note | undefined;
	/** Whether it will be sent. */
	sent: boolean;
	onSent: (sent: boolean) => void;
	/** Reads the note again. */
	onAgain: () => void;
}

/** NotePreview shows the introduction note as the receivers will see it, and lets it be left out. */
export function NotePreview({ note, sent, onSent, onAgain }: NotePreviewProps) {
	const { backend } = usePane();
	const t = useText();
	const intent = useIntent();
	const onLink = useCallback(
		(url: string) => intent(backend.api.openExternal(url)),
		[backend, intent],
	);
	if (!note) return <Skeleton rows={1} label={t("start.noteLoading")} />;
	if (!note.on) return null;
	if (note.id === "") {
		return (
			<div className={styles.note}>
				{note.problem && <ProblemText problem={note.problem} onAction={onAgain} />}
				<p className={styles.small}>{t("start.noteNone")}</p>
			</div>
		);
	}
	return (
		<section className={styles.note} aria-label={t("start.note")}>
			<Switch label={t("start.note")} note={t("start.noteMeans")} on={sent} onChange={onSent} />
			{sent && (
				<div className={styles.bubble}>
					<Body
						nodes={note.body}
						media={backend.media}
						onLink={onLink}
						attachment={nothing}
						tabbable
					/>
				</div>
			)}
			{sent && note.skipped.length > 0 && (
				<Small>{t("start.noteSkipped", { columns: note.skipped.join(", ") })}</Small>
			)}
			{sent && note.cut.length > 0 && (
				<Small>{t("start.noteCut", { columns: note.cut.join(", ") })}</Small>
			)}
		</section>
	);
}

function Small({ children }: { children: string }) {
	return (
		<p className={styles.small}>
			<Icon name="info" size={16} />
			{children}
		</p>
	);
}

const nothing = () => null;
