import { classes } from "../classes";
import styles from "./Badge.module.css";

/** CountBadge shows a count; `label` says it in words. Nothing shows for zero. */
export function CountBadge({ count, label }: { count: number; label: string }) {
	if (count <= 0) return null;
	return (
		<span className={styles.count}>
			<span aria-hidden="true">{count > 99 ? "99+" : count}</span>
			<span className="hidden">{label}</span>
		</span>
	);
}

/** Tag is a short word in a soft frame: a status, a record's number. */
export function Tag({ tone = "neutral", children }: { tone?: Tone; children: string }) {
	return (
		<span className={classes(styles.tag, styles[tone])} dir="auto">
			{children}
		</span>
	);
}

/** Tone is the mood of a Tag. */
export type Tone = "neutral" | "brand" | "success" | "warning" | "danger";
