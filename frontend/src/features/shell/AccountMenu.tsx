import { useRef, useState } from "react";
import { Avatar } from "../../components/avatar/Avatar";
import { Icon } from "../../components/icon/Icon";
import { Menu, openedBy, warmMenu } from "../../components/menu/Menu";
import { Spinner } from "../../components/spinner/Spinner";
import { Tooltip } from "../../components/tooltip/Tooltip";
import { useIntent, usePane, useValue } from "../../model/context";
import { useWords } from "../../text/context";
import styles from "./AccountMenu.module.css";
import { accountMenu, stateKey } from "./accountMenu";
import type { Page } from "./TopBar";

/** AccountMenu is the button with the user's face, and everything behind it. */
export function AccountMenu({ onShow }: { onShow: (page: Page) => void }) {
	const pane = usePane();
	const words = useWords();
	const run = useIntent();
	const account = useValue(pane.model.account);
	const health = useValue(pane.model.health);
	const settings = useValue(pane.model.settings);
	const anchor = useRef<HTMLButtonElement>(null);
	const [open, setOpen] = useState<"" | "keys" | "pointer">("");
	if (!account) return null;
	const connection = health?.connection ?? "connecting";
	const state = words.t(stateKey(connection));
	const label = words.t("shell.account");
	return (
		<>
			<Tooltip text={`${account.name} · ${state}`}>
				<button
					ref={anchor}
					type="button"
					className={styles.button}
					aria-label={label}
					aria-description={`${account.name}, ${state}`}
					aria-haspopup="menu"
					aria-expanded={open !== ""}
					onPointerEnter={warmMenu}
					onClick={(event) => setOpen(open === "" ? openedBy(event) : "")}
				>
					<State connection={connection} syncing={health?.syncing ?? false} />
					<Avatar name={account.name} photo={pane.backend.photo(account.id)} size={32} />
				</button>
			</Tooltip>
			{open !== "" && (
				<Menu
					label={label}
					anchor={anchor}
					groups={accountMenu({ pane, words, run, account, settings, onShow, connection })}
					byKeyboard={open === "keys"}
					onClose={() => setOpen("")}
				/>
			)}
		</>
	);
}

function State({ connection, syncing }: { connection: string; syncing: boolean }) {
	if (connection === "offline") return <Icon name="offline" />;
	if (connection === "throttled") return <Icon name="time" />;
	if (connection === "connecting" || syncing) return <Spinner size={16} />;
	return null;
}
