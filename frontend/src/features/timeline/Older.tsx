import type { Problem } from "../../backend/types";
import { Button } from "../../components/button/Button";
import { Icon } from "../../components/icon/Icon";
import { Spinner } from "../../components/spinner/Spinner";
import { usePane, useValue } from "../../model/context";
import type { Timeline } from "../../model/timelines";
import { useText, useWords, valuesOf } from "../../text/context";
import styles from "./Older.module.css";

/** Newer tells, below the last message that was read, that there are newer ones. */
export function Newer({ timeline, onNewer }: { timeline: Timeline; onNewer: () => void }) {
	const t = useText();
	const { newerProblem } = timeline;
	if (newerProblem) return <Failed problem={newerProblem} onRetry={onNewer} />;
	return (
		<div className={styles.older}>
			<Spinner size={16} />
			<span>{t("timeline.loadingNewer")}</span>
		</div>
	);
}

function Failed({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
	const t = useText();
	const words = useWords();
	return (
		<div className={styles.older}>
			<Icon name="error" size={16} />
			<span>{words.code("problem", problem.code, valuesOf(problem.args), "what")}</span>
			<Button size="small" onClick={onRetry}>
				{t("timeline.retry")}
			</Button>
		</div>
	);
}

/** Older tells, above the first message, what comes before it and whether it can be read now. */
export function Older({ timeline, onOlder }: { timeline: Timeline; onOlder: () => void }) {
	const t = useText();
	const { olderProblem, offline, more, loadingOlder } = timeline;
	const cut = useValue(usePane().model.health)?.connection === "offline";
	if (olderProblem) return <Failed problem={olderProblem} onRetry={onOlder} />;
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
