import { useId } from "react";
import { classes } from "../../components/classes";
import styles from "./Choice.module.css";

/** Props of Choice. */
export interface ChoiceProps<T extends string> {
	label: string;
	options: readonly { readonly id: T; readonly label: string }[];
	value: T;
	/** "quiet" is a choice beside something else. */
	look?: "plain" | "quiet";
	onChange: (value: T) => void;
}

/** Choice is one of a few, all of them in view. */
export function Choice<T extends string>(props: ChoiceProps<T>) {
	const { label, options, value, look = "plain", onChange } = props;
	const name = useId();
	return (
		<fieldset className={classes(styles.choice, styles[look])}>
			<legend className="hidden">{label}</legend>
			{options.map((o) => (
				<label key={o.id} className={styles.option}>
					<input
						type="radio"
						name={name}
						className={styles.radio}
						checked={o.id === value}
						onChange={() => onChange(o.id)}
					/>
					<span className={styles.label}>{o.label}</span>
				</label>
			))}
		</fieldset>
	);
}
