import type { ComponentProps } from "react";
import { classes } from "../classes";
import type { IconName } from "../icon/files";
import { Icon } from "../icon/Icon";
import { Spinner } from "../spinner/Spinner";
import styles from "./Button.module.css";

type Native = Omit<ComponentProps<"button">, "className" | "style" | "type">;

/** Props of Button. */
export interface ButtonProps extends Native {
	/** "primary" is the one thing to do here. */
	look?: "primary" | "secondary" | "subtle" | "danger";
	size?: "medium" | "small";
	icon?: IconName;
	/** The action is under way: the button shows it and takes no second press. */
	pending?: boolean;
	submit?: boolean;
}

/** Button is a button with words. */
export function Button(props: ButtonProps) {
	const {
		look = "secondary",
		size = "medium",
		icon,
		pending = false,
		submit = false,
		children,
		onClick,
		...rest
	} = props;
	return (
		<button
			{...rest}
			type={submit ? "submit" : "button"}
			className={classes(styles.button, styles[look], styles[size])}
			aria-busy={pending || undefined}
			aria-disabled={pending || rest["aria-disabled"] || undefined}
			onClick={pending ? (event) => event.preventDefault() : onClick}
		>
			{pending ? (
				<Spinner size={16} />
			) : (
				icon && <Icon name={icon} size={size === "small" ? 16 : 20} />
			)}
			<span>{children}</span>
		</button>
	);
}
