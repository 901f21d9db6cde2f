import type { ReactNode } from "react";
import { classes } from "../classes";
import type { IconName } from "../icon/files";
import { Icon } from "../icon/Icon";
import styles from "./EmptyState.module.css";

/** Props of EmptyState. */
export interface EmptyStateProps {
	icon: IconName;
	title: string;
	/** What it means and what can be done, in a sentence or two. */
	children?: ReactNode;
	actions?: ReactNode;
	/** "large" fills a screen, "small" a section. */
	size?: "large" | "small";
}

/** EmptyState says why there is nothing here, and what to do about it. */
export function EmptyState({ icon, title, children, actions, size = "large" }: EmptyStateProps) {
	return (
		<div className={classes(styles.empty, styles[size])}>
			<span className={styles.icon}>
				<Icon name={icon} size={size === "large" ? 32 : 20} />
			</span>
			<div className={styles.words}>
				<p className={styles.title}>{title}</p>
				{children && <div className={styles.text}>{children}</div>}
				{actions && <div className={styles.actions}>{actions}</div>}
			</div>
		</div>
	);
}
