import { IconButton } from "../../components/button/IconButton";
import { Icon } from "../../components/icon/Icon";
import { useIntent, usePane, useValue } from "../../model/context";
import { useText } from "../../text/context";
import styles from "./Hint.module.css";

/** Hint is a quiet first-use hint; once dismissed it never comes back. */
export function Hint({ recordKey }: { recordKey: string }) {
	const { model } = usePane();
	const t = useText();
	const run = useIntent();
	const { hintsSeen } = useValue(model.settings);
	const hint = recordKey === "" ? "open" : "connect";
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
