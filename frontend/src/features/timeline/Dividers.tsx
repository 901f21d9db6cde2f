import { useNow } from "../../components/time/RelativeTime";
import { dayName } from "../../components/time/relative";
import { useLocale, useText } from "../../text/context";
import styles from "./Dividers.module.css";

/** DayDivider heads the messages of a day. */
export function DayDivider({ time }: { time: string }) {
	const locale = useLocale();
	const now = useNow();
	return (
		<div className={styles.divider}>
			<span className={styles.words}>{dayName(new Date(time), now, locale)}</span>
		</div>
	);
}

/** NewDivider stands before the first message that was unread when the chat was opened. */
export function NewDivider() {
	const t = useText();
	return (
		<div className={`${styles.divider} ${styles.fresh}`}>
			<span className={styles.words}>{t("timeline.new")}</span>
		</div>
	);
}
