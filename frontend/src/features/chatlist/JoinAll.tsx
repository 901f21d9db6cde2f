import { useState } from "react";
import { toProblem } from "../../backend/problem";
import type { JoinResult, Problem } from "../../backend/types";
import { Button } from "../../components/button/Button";
import { classes } from "../../components/classes";
import { Dialog } from "../../components/dialog/Dialog";
import { Icon } from "../../components/icon/Icon";
import { ProblemText, useProblemWords } from "../../components/problem/ProblemText";
import { usePane, useValue } from "../../model/context";
import { useText, useWords } from "../../text/context";
import styles from "./LockedActions.module.css";

/** Props of JoinAll. */
export interface JoinAllProps {
	recordKey: string;
	/** Ids of the record's locked rows. */
	locked: readonly string[];
}

/** JoinAll joins every locked chat of a record and tells what became of each. */
export function JoinAll({ recordKey, locked }: JoinAllProps) {
	const { backend, model } = usePane();
	const t = useText();
	const links = useValue(model.links);
	const [pending, setPending] = useState(false);
	const [results, setResults] = useState<readonly JoinResult[] | null>(null);
	const [problem, setProblem] = useState<Problem | null>(null);
	const able = locked.filter((id) => links.get(id)?.why.length === 0).length;
	const join = () => {
		setPending(true);
		backend.api
			.joinAll(recordKey)
			.then(setResults)
			.catch((error: unknown) => setProblem(toProblem(error)))
			.finally(() => setPending(false));
	};
	const close = () => {
		setResults(null);
		setProblem(null);
	};
	return (
		<>
			{(able > 1 || pending) && (
				<Button size="small" look="subtle" pending={pending} onClick={join}>
					{t("joining.all")}
				</Button>
			)}
			{results && <Results results={results} onClose={close} />}
			{problem && (
				<Dialog title={t("joining.all")} onClose={close}>
					<ProblemText problem={problem} onAction={close} />
				</Dialog>
			)}
		</>
	);
}

function Results(props: { results: readonly JoinResult[]; onClose: () => void }) {
	const { results, onClose } = props;
	const t = useText();
	const joined = results.filter((r) => r.chat !== "").length;
	return (
		<Dialog
			title={t("joining.results", { joined, count: results.length })}
			onClose={onClose}
			actions={
				<Button look="primary" autoFocus onClick={onClose}>
					{t("joining.done")}
				</Button>
			}
		>
			<ul className={styles.results}>
				{results.map((r) => (
					<li key={r.link} className={styles.result}>
						<span className={classes(r.chat !== "" ? styles.good : styles.bad)}>
							<Icon name={r.chat !== "" ? "check" : "lock"} />
						</span>
						<span dir="auto">{r.name}</span>
						<Outcome result={r} />
					</li>
				))}
			</ul>
		</Dialog>
	);
}

function Outcome({ result }: { result: JoinResult }) {
	const words = useWords();
	if (result.problem) return <Failed problem={result.problem} />;
	return (
		<p className={styles.note}>
			{result.chat !== ""
				? words.t("joining.joined")
				: result.why.map((code) => words.code("join", code)).join(" ")}
		</p>
	);
}

function Failed({ problem }: { problem: Problem }) {
	const { what, todo } = useProblemWords(problem);
	return (
		<p className={styles.note}>
			{what}. {todo}
		</p>
	);
}
