import type { Problem } from "../../backend/types";
import { Icon } from "../../components/icon/Icon";
import { useWords, valuesOf } from "../../text/context";
import styles from "./Notes.module.css";
import { limit, size } from "./serialise";
import type { Ready } from "./useSend";

/** Props of Notes. */
export interface NotesProps {
	ready: Ready;
	problem: Problem | null;
}

/** From this part of the limit on, the composer tells how much room is left. */
const nearly = 0.8;

/** Notes stand above the composer: why a message was not taken, and that it grows too long. */
export function Notes({ ready, problem }: NotesProps) {
	const words = useWords();
	if (problem) {
		const say = (part: string) => words.code("problem", problem.code, valuesOf(problem.args), part);
		return (
			<div className={`${styles.note} ${styles.bad}`} role="alert">
				<Icon name="error" size={16} />
				<span>
					<strong>{say("what")}.</strong> {say("do")}
				</span>
			</div>
		);
	}
	if (ready.state === "long") {
		return (
			<div className={`${styles.note} ${styles.bad}`} role="alert">
				<Icon name="error" size={16} />
				<span>{words.t("composer.tooLong", { count: ready.over })}</span>
			</div>
		);
	}
	const left = ready.state === "ready" ? limit - size(ready.message) : limit;
	if (left > limit * (1 - nearly)) return null;
	return (
		<div className={styles.note} role="status">
			<Icon name="info" size={16} />
			<span>{words.t("composer.nearlyFull", { count: left })}</span>
		</div>
	);
}
