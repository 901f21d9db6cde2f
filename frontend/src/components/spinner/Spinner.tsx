import styles from "./Spinner.module.css";

/** Spinner shows that something is under way; whoever holds it says what. */
export function Spinner({ size = 20 }: { size?: 16 | 20 | 32 }) {
	return (
		<svg
			className={styles.spinner}
			width={size}
			height={size}
			viewBox="0 0 20 20"
			aria-hidden="true"
		>
			<circle className={styles.track} cx="10" cy="10" r="8" />
			<circle className={styles.arc} cx="10" cy="10" r="8" />
		</svg>
	);
}
