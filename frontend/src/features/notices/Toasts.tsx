import { useEffect } from "react";
import { IconButton } from "../../components/button/IconButton";
import { Icon } from "../../components/icon/Icon";
import { useProblemWords } from "../../components/problem/ProblemText";
import { usePane, useValue } from "../../model/context";
import type { Toast } from "../../model/notices";
import { useText, useWords, valuesOf } from "../../text/context";
import styles from "./Toasts.module.css";

const shownFor = 8_000;

/** Toasts shows short messages above everything; it is the one place that speaks them. */
export function Toasts() {
	const { model } = usePane();
	const t = useText();
	const toasts = useValue(model.notices);
	return (
		<section className={styles.toasts} aria-label={t("notices.label")}>
			<div role="status" aria-live="polite" aria-relevant="additions">
				{toasts.map((toast) => (
					<Shown key={toast.id} toast={toast} />
				))}
			</div>
		</section>
	);
}

function Shown({ toast }: { toast: Toast }) {
	const { model } = usePane();
	const t = useText();
	const { id, kind } = toast;
	useEffect(() => {
		// A problem stays until it was read; a notice is past soon.
		if (kind === "problem") return;
		const timer = setTimeout(() => model.notices.dismiss(id), shownFor);
		return () => clearTimeout(timer);
	}, [model, id, kind]);
	return (
		<div className={kind === "problem" ? styles.problem : styles.toast}>
			<Icon name={kind === "problem" ? "error" : "info"} />
			<div className={styles.words}>
				{toast.kind === "problem" ? <ProblemWords toast={toast} /> : <NoticeWords toast={toast} />}
			</div>
			<IconButton
				icon="close"
				size="small"
				label={t("problem.dismiss")}
				onClick={() => model.notices.dismiss(id)}
			/>
		</div>
	);
}

function NoticeWords({ toast }: { toast: Extract<Toast, { kind: "notice" }> }) {
	const words = useWords();
	return words.condition("notice", toast.notice.code, valuesOf(toast.notice.args));
}

function ProblemWords({ toast }: { toast: Extract<Toast, { kind: "problem" }> }) {
	const t = useText();
	const { what, means, todo } = useProblemWords(toast.problem);
	return (
		<>
			<p className={styles.what}>{what}</p>
			<p>
				{means} {todo}
			</p>
			{toast.problem.request !== "" && <p>{t("problem.request", { id: toast.problem.request })}</p>}
		</>
	);
}
