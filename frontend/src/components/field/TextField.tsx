import { type ComponentProps, type ReactNode, useId } from "react";
import { classes } from "../classes";
import type { IconName } from "../icon/files";
import { Icon } from "../icon/Icon";
import styles from "./Field.module.css";

type Native = Omit<ComponentProps<"input">, "className" | "style" | "onChange" | "value" | "size">;

/** Props of TextField. */
export interface TextFieldProps extends Native {
	label: string;
	/** The label is read out but not shown, where the place makes it plain. */
	bare?: boolean;
	icon?: IconName;
	value: string;
	onChange: (value: string) => void;
	/** What is wrong with the value; read out with the field. */
	error?: string | undefined;
	hint?: ReactNode;
	/** What stands at the end of the field, such as a button that clears it. */
	end?: ReactNode;
}

/** TextField is one line to type in. */
export function TextField(props: TextFieldProps) {
	const { label, bare = false, icon, value, onChange, error, hint, end, ...rest } = props;
	const id = useId();
	const note = error ?? hint;
	return (
		<div className={styles.field}>
			{!bare && (
				<label className={styles.label} htmlFor={id}>
					{label}
				</label>
			)}
			<div className={classes(styles.box, error !== undefined && styles.invalid)}>
				{icon && <Icon name={icon} size={16} />}
				<input
					dir="auto"
					autoComplete="off"
					spellCheck={false}
					{...rest}
					id={id}
					className={styles.input}
					value={value}
					aria-label={bare ? label : undefined}
					aria-invalid={error !== undefined || undefined}
					aria-describedby={note ? `${id}-note` : undefined}
					onChange={(event) => onChange(event.target.value)}
				/>
				{end}
			</div>
			{note && (
				<div
					id={`${id}-note`}
					className={classes(styles.note, error !== undefined && styles.wrong)}
					role={error === undefined ? undefined : "alert"}
				>
					{note}
				</div>
			)}
		</div>
	);
}
