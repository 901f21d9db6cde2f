import type { ComponentProps } from "react";
import { classes } from "../classes";
import type { IconName } from "../icon/files";
import { Icon } from "../icon/Icon";
import { Tooltip } from "../tooltip/Tooltip";
import styles from "./Button.module.css";

/** Props of IconButton. */
export interface IconButtonProps
	extends Omit<
		ComponentProps<"button">,
		"className" | "style" | "type" | "aria-label" | "children"
	> {
	icon: IconName;
	/** The accessible name, and the tooltip unless hint says more. */
	label: string;
	hint?: string;
	size?: "medium" | "small";
	look?: "subtle" | "primary";
}

/** IconButton is a button with an icon only; its name shows as a tooltip. */
export function IconButton(props: IconButtonProps) {
	const { icon, label, hint, size = "medium", look = "subtle", ...rest } = props;
	return (
		<Tooltip text={hint ?? label}>
			<button
				{...rest}
				type="button"
				aria-label={label}
				className={classes(styles.button, styles.square, styles[look], styles[size])}
			>
				<Icon name={icon} size={size === "small" ? 16 : 20} />
			</button>
		</Tooltip>
	);
}
