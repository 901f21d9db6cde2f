import { Button } from "../../components/button/Button";
import { Icon } from "../../components/icon/Icon";
import { Spinner } from "../../components/spinner/Spinner";
import { usePane, useValue } from "../../model/context";
import type { Timeline } from "../../model/timelines";
import { useText, useWords, valuesOf } from "../../text/context";
import styles from "./Older.module.css";

/** Older tells, above the first message, what comes before it and whether it can be read now. */
export function Older({ timeline, onOlder }: { timeline: Timeline; onOlder: () => void }) {
	const t = useText();
	const words = useWords();
	const { olderProblem, offline, more, loadingOlder } = timeline;
	const cut = useValue(usePane().model.health)?.connection === "offline";
	if (olderProblem) {
		const what = words.code("problem", olderProblem.code, valuesOf(olderProblem.args), "what");
		return (
			<div className={styles.older}>
				<Icon name="error" size={16} />
				<span>{what}</span>
				<Button size="small" onClick={onOlder}>
					{t("timeline.retry")}
				</Button>
			</div>
		);
	}
	if (loadingOlder) {
		return (
			<div className={styles.older}>
				<Spinner size={16} />
				<span>{t("timeline.loadingOlder")}</span>
			</div>
		);
	}
	if (offline && cut) {
		return (
			<div className={styles.older}>
				<Icon name="offline" size={16} />
				<span>{t("timeline.olderOffline")}</span>
			</div>
		);
	}
	return <div className={styles.older}>{more ? "" : t("timeline.beginning")}</div>;
}
