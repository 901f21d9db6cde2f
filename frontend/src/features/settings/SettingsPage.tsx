import type { Settings } from "../../backend/types";
import { Button } from "../../components/button/Button";
import { Dialog } from "../../components/dialog/Dialog";
import { Switch } from "../../components/field/Switch";
import { useIntent, usePane, useValue } from "../../model/context";
import { useText } from "../../text/context";
import styles from "./SettingsPage.module.css";

/** SettingsPage holds what is not in the account menu: how sending and the window behave. */
export function SettingsPage({ onClose }: { onClose: () => void }) {
	const { model } = usePane();
	const t = useText();
	const run = useIntent();
	const settings = useValue(model.settings);
	const item = (name: "enterSends" | "onTop") => {
		const locked = settings.locked.includes(name);
		return (
			<Switch
				label={t(`settings.${name}`)}
				note={locked ? t("shell.locked") : t(`settings.${name}Means`)}
				on={settings[name]}
				disabled={locked}
				onChange={(on) => run(model.save({ [name]: on } satisfies Partial<Settings>))}
			/>
		);
	};
	return (
		<Dialog
			title={t("shell.settings")}
			onClose={onClose}
			actions={
				<Button look="primary" onClick={onClose}>
					{t("settings.done")}
				</Button>
			}
		>
			<div className={styles.settings}>
				{item("enterSends")}
				{item("onTop")}
			</div>
		</Dialog>
	);
}
