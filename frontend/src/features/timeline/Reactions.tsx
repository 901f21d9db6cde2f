import type { React } from "../../backend/types";
import { classes } from "../../components/classes";
import { Tooltip } from "../../components/tooltip/Tooltip";
import { useWords } from "../../text/context";
import styles from "./Reactions.module.css";

/** Reactions shows each emoji with how many chose it, and who. */
export function Reactions({ reacts }: { reacts: readonly React[] }) {
	const words = useWords();
	const list = new Intl.ListFormat(words.locale, { type: "conjunction" });
	return (
		<div className={styles.reactions}>
			{reacts.map((r) => {
				const names = r.names.map((name) => name || words.t("message.someone"));
				const who = words.t("message.reacted", { names: list.format(names), emoji: r.emoji });
				return (
					<Tooltip key={r.emoji} text={who}>
						<span className={classes(styles.reaction, r.mine && styles.own)}>
							<span aria-hidden="true">{r.emoji}</span>
							<span aria-hidden="true">{r.names.length}</span>
							<span className="hidden">{who}</span>
						</span>
					</Tooltip>
				);
			})}
		</div>
	);
}
