import type { ReactNode } from "react";
import styles from "./LinkText.module.css";

/** Props of LinkText. */
export interface LinkTextProps {
	url: string;
	/** The real host, when the text shows another one. */
	host: string;
	onOpen: (url: string) => void;
	tabbable: boolean;
	children: ReactNode;
}

/**
 * LinkText is a link of a message. It has no address of its own, so that no
 * click, drag or menu of the web view can navigate the page: the address is
 * only handed to onOpen. Where the words show another host than the address
 * has, the real one stands behind them.
 */
export function LinkText({ url, host, onOpen, tabbable, children }: LinkTextProps) {
	return (
		<>
			{/* biome-ignore lint/a11y/useSemanticElements: see above, an anchor would navigate */}
			<span
				role="link"
				className={styles.link}
				title={url}
				tabIndex={tabbable ? 0 : -1}
				onClick={() => onOpen(url)}
				onKeyDown={(event) => {
					if (event.key !== "Enter") return;
					event.preventDefault();
					onOpen(url);
				}}
			>
				{children}
			</span>
			{host !== "" && (
				<bdi className={styles.host} dir="ltr">
					{host}
				</bdi>
			)}
		</>
	);
}
