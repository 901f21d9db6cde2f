import { useId } from "react";
import styles from "./Switch.module.css";

/** Props of Switch. */
export interface SwitchProps {
	label: string;
	note: string;
	on: boolean;
	disabled?: boolean;
	onChange: (on: boolean) => void;
}

/** Switch turns something on or off at once. */
export function Switch({ label, note, on, disabled = false, onChange }: SwitchProps) {
	const id = useId();
	return (
		<div className={styles.switch}>
			<div className={styles.words}>
				<label htmlFor={id}>{label}</label>
				<p id={`${id}-note`} className={styles.note}>
					{note}
				</p>
			</div>
			<input
				id={id}
				type="checkbox"
				role="switch"
				className={styles.track}
				checked={on}
				aria-checked={on}
				disabled={disabled}
				aria-describedby={`${id}-note`}
				onChange={(event) => onChange(event.target.checked)}
			/>
		</div>
	);
}
