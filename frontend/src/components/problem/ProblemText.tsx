import type { ReactNode } from "react";
import type { Problem } from "../../backend/types";
import { useText, useWords, valuesOf } from "../../text/context";
import { Button } from "../button/Button";
import { Icon } from "../icon/Icon";
import styles from "./Problem.module.css";

/** problemWords returns what happened, what it means and what can be done. */
export function useProblemWords(problem: Problem): { what: string; means: string; todo: string } {
	const words = useWords();
	const values = valuesOf(problem.args);
	return {
		what: words.code("problem", problem.code, values, "what"),
		means: words.code("problem", problem.code, values, "means"),
		todo: words.code("problem", problem.code, values, "do"),
	};
}

/** Props of ProblemText. */
export interface ProblemTextProps {
	problem: Problem;
	/** Does what the problem asks for: signs in, opens or copies its link, or repeats the call. */
	onAction?: (() => void) | undefined;
	onDismiss?: (() => void) | undefined;
	children?: ReactNode;
}

/** ProblemText shows a problem beside what caused it. */
export function ProblemText({ problem, onAction, onDismiss, children }: ProblemTextProps) {
	const t = useText();
	const { what, means, todo } = useProblemWords(problem);
	const detail = problem.args.find((a) => a.name === "detail")?.value;
	const action = actionKey(problem);
	return (
		<div className={styles.problem} role="alert">
			<Icon name="error" />
			<div className={styles.words}>
				<p className={styles.what}>{what}</p>
				<p>{means}</p>
				<p>{todo}</p>
				{detail !== undefined && <p className={styles.request}>{detail}</p>}
				{problem.request !== "" && (
					<p className={styles.request}>{t("problem.request", { id: problem.request })}</p>
				)}
				{(action || onDismiss || children) && (
					<div className={styles.actions}>
						{action && onAction && (
							<Button size="small" onClick={onAction}>
								{t(action)}
							</Button>
						)}
						{children}
						{onDismiss && (
							<Button size="small" look="subtle" onClick={onDismiss}>
								{t("problem.dismiss")}
							</Button>
						)}
					</div>
				)}
			</div>
		</div>
	);
}

function actionKey(problem: Problem) {
	switch (problem.action) {
		case "signIn":
			return "problem.signIn";
		case "openLink":
			return "problem.open";
		case "copyLink":
			return "diagnostics.consent";
		case "retry":
			return "problem.retry";
		default:
			return problem.retry ? "problem.retry" : undefined;
	}
}
