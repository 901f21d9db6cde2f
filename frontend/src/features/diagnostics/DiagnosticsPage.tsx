import { type ReactNode, useEffect, useState } from "react";
import { toProblem } from "../../backend/problem";
import type { Diagnostics, Problem } from "../../backend/types";
import { Button } from "../../components/button/Button";
import { Dialog } from "../../components/dialog/Dialog";
import { ProblemText } from "../../components/problem/ProblemText";
import { Spinner } from "../../components/spinner/Spinner";
import { useIntent, usePane } from "../../model/context";
import { useText } from "../../text/context";
import styles from "./DiagnosticsPage.module.css";
import { Errors, Feeds, Figures, Scopes } from "./parts";

/** DiagnosticsPage shows how Chatpane is doing, without names, texts or tokens. */
export function DiagnosticsPage({ onClose }: { onClose: () => void }) {
	const { backend } = usePane();
	const t = useText();
	const run = useIntent();
	const { report, problem } = useReport();
	const [done, setDone] = useState("");
	const copy = async () => {
		await backend.api.copyDiagnostics();
		setDone(t("diagnostics.copied"));
	};
	const save = async () => {
		setDone(t("diagnostics.saved", { path: await backend.api.saveSupportBundle() }));
	};
	return (
		<Dialog
			title={t("shell.diagnostics")}
			size="large"
			onClose={onClose}
			actions={
				<>
					<p className={styles.done} role="status">
						{done || t("diagnostics.private")}
					</p>
					<Button icon="copy" onClick={() => run(copy())}>
						{t("diagnostics.copy")}
					</Button>
					<Button onClick={() => run(save())}>{t("diagnostics.bundle")}</Button>
				</>
			}
		>
			{problem && <ProblemText problem={problem} />}
			{!report && !problem && (
				<p className={styles.loading} role="status">
					<Spinner /> {t("diagnostics.loading")}
				</p>
			)}
			{report && <Report report={report} />}
		</Dialog>
	);
}

function Report({ report }: { report: Diagnostics }) {
	const t = useText();
	return (
		<div className={styles.report}>
			<dl className={styles.facts}>
				<dt>{t("diagnostics.version")}</dt>
				<dd>{report.version}</dd>
				<dt>{t("diagnostics.system")}</dt>
				<dd>{report.system}</dd>
				<dt>{t("diagnostics.engine")}</dt>
				<dd>{report.engine}</dd>
				<dt>{t("diagnostics.budget")}</dt>
				<dd>{t("diagnostics.used", { used: report.used, budget: report.budget })}</dd>
			</dl>
			<Part title={t("diagnostics.feeds")}>
				<Feeds feeds={report.feeds} />
			</Part>
			<Part title={t("diagnostics.errors")}>
				<Errors errors={report.errors} />
			</Part>
			<Part title={t("diagnostics.scopes")}>
				<Scopes scopes={report.scopes} />
			</Part>
			<Part title={t("diagnostics.store")}>
				<Figures figures={report.store} />
			</Part>
		</div>
	);
}

function Part({ title, children }: { title: string; children: ReactNode }) {
	return (
		<section>
			<h3 className={styles.title}>{title}</h3>
			{children}
		</section>
	);
}

function useReport(): { report: Diagnostics | null; problem: Problem | null } {
	const { backend } = usePane();
	const [report, setReport] = useState<Diagnostics | null>(null);
	const [problem, setProblem] = useState<Problem | null>(null);
	useEffect(() => {
		let current = true;
		backend.api.readDiagnostics().then(
			(read) => current && setReport(read),
			(error: unknown) => current && setProblem(toProblem(error)),
		);
		return () => {
			current = false;
		};
	}, [backend]);
	return { report, problem };
}
