import styles from "./Skeleton.module.css";

/** Skeleton holds the place of rows that are loading: an avatar and two lines each. */
export function Skeleton({ rows, label }: { rows: number; label: string }) {
	return (
		<div role="status" aria-label={label} className={styles.skeleton}>
			{Array.from({ length: rows }, (_, i) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
				<div key={i} className={styles.row}>
					<span className={styles.avatar} />
					<span className={styles.lines}>
						<span className={styles.line} />
						<span className={styles.line} />
					</span>
				</div>
			))}
		</div>
	);
}
