import type { Problem } from "../../backend/types";
import { Button } from "../../components/button/Button";
import { EmptyState } from "../../components/empty/EmptyState";
import { useText, useWords, valuesOf } from "../../text/context";

/** LoadFailed says why a chat cannot be shown, what that means and what can be done. */
export function LoadFailed({
	problem,
	onRetry,
	onLatest,
}: {
	problem: Problem;
	onRetry: () => void;
	/** Shows the newest messages instead, where others were asked for. */
	onLatest?: (() => void) | undefined;
}) {
	const t = useText();
	const words = useWords();
	const say = (part: string) => words.code("problem", problem.code, valuesOf(problem.args), part);
	return (
		<EmptyState
			icon="error"
			title={say("what")}
			actions={
				<>
					<Button onClick={onRetry}>{t("timeline.retry")}</Button>
					{onLatest && <Button onClick={onLatest}>{t("timeline.latest")}</Button>}
				</>
			}
		>
			<p>{say("means")}</p>
			<p>{say("do")}</p>
		</EmptyState>
	);
}
