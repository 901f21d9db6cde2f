import type { ReactNode } from "react";
import { IconButton } from "../../components/button/IconButton";
import { useText } from "../../text/context";
import { AccountMenu } from "./AccountMenu";
import styles from "./TopBar.module.css";

/** Props of TopBar. */
export interface TopBarProps {
	/** The field that opens a record. */
	opener: ReactNode;
	onNewChat: () => void;
	onSearch: () => void;
	onShow: (page: Page) => void;
}

/** Page is a page of the pane itself, shown over everything. */
export type Page = "settings" | "diagnostics" | "shortcuts" | "signOut";

/** TopBar holds what is always at hand: opening a record, a new chat, the account. */
export function TopBar({ opener, onNewChat, onSearch, onShow }: TopBarProps) {
	const t = useText();
	return (
		<div className={styles.bar}>
			<div className={styles.opener}>{opener}</div>
			<IconButton icon="search" label={t("shell.search")} onClick={onSearch} />
			<IconButton icon="newChat" label={t("shell.newChat")} onClick={onNewChat} />
			<AccountMenu onShow={onShow} />
		</div>
	);
}
