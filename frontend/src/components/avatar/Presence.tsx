import { classes } from "../classes";
import styles from "./Presence.module.css";

/** PresenceKind is what a badge can show of Graph's availabilities. */
export type PresenceKind = "available" | "busy" | "dnd" | "away" | "offline" | "unknown";

/** presenceOf folds Graph's availability into what a badge can show. */
export function presenceOf(availability: string): PresenceKind {
	switch (availability) {
		case "Available":
		case "AvailableIdle":
			return "available";
		case "Busy":
		case "BusyIdle":
			return "busy";
		case "DoNotDisturb":
			return "dnd";
		case "Away":
		case "BeRightBack":
			return "away";
		case "Offline":
			return "offline";
		default:
			return "unknown";
	}
}

/** Presence is the badge on an avatar; its shape tells as much as its colour. */
export function Presence({
	availability,
	large,
	small,
}: {
	availability: string;
	large?: boolean;
	small?: boolean;
}) {
	const kind = presenceOf(availability);
	if (kind === "unknown") return null;
	return (
		<svg
			className={classes(
				styles.presence,
				styles[kind],
				large && styles.large,
				small && styles.small,
			)}
			viewBox="0 0 12 12"
			aria-hidden="true"
		>
			<circle className={styles.rim} cx="6" cy="6" r="6" />
			<circle className={styles.disc} cx="6" cy="6" r={kind === "offline" ? 3.5 : 4.5} />
			{kind === "available" && <path className={styles.mark} d="M3.9 6.1l1.5 1.5 2.8-3" />}
			{kind === "dnd" && <path className={styles.mark} d="M4 6h4" />}
			{kind === "away" && <path className={styles.mark} d="M6 3.8V6.2l1.5 1.2" />}
		</svg>
	);
}
