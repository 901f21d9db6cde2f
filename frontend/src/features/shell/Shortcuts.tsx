import { Button } from "../../components/button/Button";
import { Dialog } from "../../components/dialog/Dialog";
import { usePane } from "../../model/context";
import { useText } from "../../text/context";
import styles from "./Shortcuts.module.css";

/** The shortcuts, each with its keys; "Mod" is Ctrl, or Cmd on a Mac. */
const list = [
	["shortcuts.record", ["Mod L"]],
	["shortcuts.filter", ["Mod F"]],
	["shortcuts.search", ["Mod Shift F"]],
	["shortcuts.rows", ["↑ ↓"]],
	["shortcuts.fold", ["← →"]],
	["shortcuts.openRow", ["Enter"]],
	["shortcuts.menu", ["Shift F10"]],
	["shortcuts.back", ["Esc"]],
	["shortcuts.newChat", ["Mod N"]],
	["shortcuts.tabs", ["Ctrl Tab", "Ctrl Shift Tab"]],
	["shortcuts.closeTab", ["Mod W"]],
	["shortcuts.refresh", ["F5"]],
	["shortcuts.zoom", ["Mod +", "Mod -", "Mod 0"]],
	["shortcuts.help", ["?"]],
] as const;

/** Shortcuts lists what the keyboard can do. */
export function Shortcuts({ onClose }: { onClose: () => void }) {
	const { handshake } = usePane();
	const t = useText();
	const mod = handshake.os === "darwin" ? "⌘" : "Ctrl";
	return (
		<Dialog
			title={t("shell.shortcuts")}
			onClose={onClose}
			actions={
				<Button look="primary" onClick={onClose}>
					{t("settings.done")}
				</Button>
			}
		>
			<dl className={styles.list}>
				{list.map(([key, combinations]) => (
					<div key={key} className={styles.line}>
						<dt>{t(key)}</dt>
						<dd className={styles.keys}>
							{combinations.map((c, i) => (
								<span key={c} className={styles.keys}>
									{i > 0 && <span className="hidden">{t("shortcuts.or")}</span>}
									{c.split(" ").map((k) => (
										<kbd key={k}>{k === "Mod" ? mod : k}</kbd>
									))}
								</span>
							))}
						</dd>
					</div>
				))}
			</dl>
		</Dialog>
	);
}
