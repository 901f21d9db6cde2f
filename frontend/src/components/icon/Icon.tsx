import type { IconName } from "./files";
import styles from "./Icon.module.css";

/** Icon shows one icon of the sprite; it is decoration, whoever holds it carries the name. */
export function Icon({ name, size = 20 }: { name: IconName; size?: 12 | 16 | 20 | 24 | 32 | 48 }) {
	return (
		<svg
			className={styles.icon}
			width={size}
			height={size}
			aria-hidden="true"
			focusable="false"
			data-icon={name}
		>
			<use href={`#icon-${name}`} />
		</svg>
	);
}
