import type { ChatRow } from "../../backend/types";
import { classes } from "../../components/classes";
import type { IconName } from "../../components/icon/files";
import { Icon } from "../../components/icon/Icon";
import { useWords } from "../../text/context";
import type { Words } from "../../text/words";
import styles from "./Marks.module.css";

interface Mark {
	readonly id: string;
	readonly icon: IconName | null;
	readonly label: string;
}

/** marksOf returns the marks of a row, the most telling last. */
export function marksOf(row: ChatRow, { t }: Words): Mark[] {
	const marks: Mark[] = [];
	if (row.pending > 0) marks.push({ id: "pending", icon: "pending", label: t("chatlist.sending") });
	if (row.failed > 0) {
		const label = t("chatlist.failed", { count: row.failed });
		marks.push({ id: "failed", icon: "failed", label });
	}
	if (row.importance === "high") {
		marks.push({ id: "high", icon: "important", label: t("chatlist.marks.high") });
	}
	if (row.importance === "urgent") {
		marks.push({ id: "urgent", icon: "alert", label: t("chatlist.marks.urgent") });
	}
	if (row.mentioned) {
		marks.push({ id: "mentioned", icon: "mention", label: t("chatlist.marks.mentioned") });
	} else if (row.waiting && !row.unread) {
		marks.push({ id: "waiting", icon: "reply", label: t("chatlist.marks.waiting") });
	}
	if (row.unread) marks.push({ id: "unread", icon: null, label: t("chatlist.marks.unread") });
	return marks;
}

/** Marks shows them at the end of a row; its description says them. */
export function Marks({ row }: { row: ChatRow }) {
	const words = useWords();
	return marksOf(row, words).map(({ id, icon, label }) => (
		<span key={id} className={classes(styles.mark, styles[id])} title={label}>
			{icon === null ? <span className={styles.dot} /> : <Icon name={icon} size={16} />}
		</span>
	));
}
