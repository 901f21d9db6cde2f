import type { ReactNode } from "react";
import { classes } from "../classes";
import type { IconName } from "../icon/files";
import { Icon } from "../icon/Icon";
import styles from "./Banner.module.css";

/** Props of Banner. */
export interface BannerProps {
	tone: "info" | "warning" | "danger" | "success";
	icon: IconName;
	/** What it is about, for screen readers that list regions; announced politely. */
	children: ReactNode;
	/** Buttons at its end. */
	actions?: ReactNode;
}

/** Banner is a strip across the pane for a condition that lasts. */
export function Banner({ tone, icon, children, actions }: BannerProps) {
	return (
		<div className={classes(styles.banner, styles[tone])} role="status">
			<Icon name={icon} />
			<div className={styles.words}>{children}</div>
			{actions && <div className={styles.actions}>{actions}</div>}
		</div>
	);
}
