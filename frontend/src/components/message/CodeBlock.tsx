import type { ReactNode } from "react";
import styles from "./CodeBlock.module.css";

/** CodeBlock is a block of code that scrolls sideways, with its language where one was given. */
export function CodeBlock(props: { lang: string; tabbable: boolean; children: ReactNode }) {
	const { lang, tabbable, children } = props;
	return (
		<div className={styles.block} dir="ltr">
			{lang !== "" && <div className={styles.lang}>{lang}</div>}
			{/* What scrolls must be reachable by keyboard. */}
			<pre className={styles.pre} tabIndex={tabbable ? 0 : -1}>
				<code>{children}</code>
			</pre>
		</div>
	);
}
