import { useEffect } from "react";
import { IconButton } from "../../components/button/IconButton";
import { Icon } from "../../components/icon/Icon";
import { useIntent, usePane, useValue } from "../../model/context";
import { useText } from "../../text/context";
import styles from "./Hint.module.css";

/**
 * Hint is a quiet first-use hint: at home to open a record, on one to connect a
 * chat. Once dismissed, or once that was done, it never comes back; nor does the
 * one of the sign-in screen.
 */
export function Hint({ recordKey }: { recordKey: string }) {
	const { model } = usePane();
	const t = useText();
	const run = useIntent();
	const { hintsSeen } = useValue(model.settings);
	const hint = recordKey === "" ? "open" : "connect";
	const connecting = useConnecting(recordKey);
	const done = ["signIn", ...(recordKey === "" ? [] : ["open"]), ...(connecting ? ["connect"] : [])]
		.filter((h) => !hintsSeen.includes(h))
		.join(" ");
	useEffect(() => {
		if (done !== "") run(model.save({ hintsSeen: [...hintsSeen, ...done.split(" ")] }));
	}, [model, run, done, hintsSeen]);
	if (hintsSeen.includes(hint)) return null;
	return (
		<p className={styles.hint}>
			<Icon name="info" size={16} />
			<span className={styles.words}>{t(`chatlist.hint.${hint}`)}</span>
			<IconButton
				icon="close"
				size="small"
				label={t("chatlist.hint.dismiss")}
				onClick={() => run(model.save({ hintsSeen: [...hintsSeen, hint] }))}
			/>
		</p>
	);
}

/** useConnecting tells that a chat is being connected to the record just now. */
function useConnecting(recordKey: string): boolean {
	const { model } = usePane();
	const chats = useValue(model.chats);
	if (recordKey === "" || model.settings.get().hintsSeen.includes("connect")) return false;
	return [...chats.values()].some((c) =>
		c.records.some((r) => r.key === recordKey && r.pending === "link"),
	);
}
