import type { Problem } from "../../backend/types";
import { Button } from "../../components/button/Button";
import { EmptyState } from "../../components/empty/EmptyState";
import { useText } from "../../text/context";

/** Broken is the whole pane when its core does not answer. */
export function Broken({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
	const t = useText();
	const detail = problem.args.find((a) => a.name === "detail")?.value ?? problem.code;
	return (
		<EmptyState
			icon="error"
			title={t("broken.title")}
			actions={
				<Button look="primary" onClick={onRetry}>
					{t("broken.retry")}
				</Button>
			}
		>
			<p>{t("broken.text")}</p>
			<p>{detail}</p>
		</EmptyState>
	);
}
