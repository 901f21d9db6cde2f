import { useState } from "react";
import { Button } from "../../components/button/Button";
import { useIntent, usePane, useValue } from "../../model/context";
import { useText } from "../../text/context";
import styles from "./DemoBar.module.css";

/** DemoBar says that all this is pretended, and cuts or restores the pretended network. */
export function DemoBar() {
	const { backend, model } = usePane();
	const t = useText();
	const run = useIntent();
	const connection = useValue(model.health)?.connection;
	// What was asked for last wins until the core has noticed.
	const [asked, setAsked] = useState<"offline" | "online">();
	const offline = asked === undefined ? connection === "offline" : asked === "offline";
	return (
		<aside className={styles.bar} aria-label={t("shell.demo")}>
			<span className={styles.words}>{t("shell.demo")}</span>
			<Button
				look="subtle"
				size="small"
				onClick={() => {
					const state = offline ? "online" : "offline";
					setAsked(state);
					run(backend.setNetwork(state));
				}}
			>
				{t(offline ? "shell.goOnline" : "shell.goOffline")}
			</Button>
		</aside>
	);
}
