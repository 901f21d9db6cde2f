import type { SuggestedPerson, SuggestReason } from "../../backend/types";
import { useText, useWords, valuesOf } from "../../text/context";
import type { Words } from "../../text/words";
import { fullTime } from "../time/relative";
import styles from "./Suggest.module.css";

/** Reasons tell how a suggestion came about. */
export function Reasons({ row, cases }: { row: SuggestedPerson; cases: number }) {
	const words = useWords();
	const t = useText();
	const rule = row.labelCode === "" ? row.label : words.code("suggestRule", row.labelCode);
	return (
		<div className={styles.reasons}>
			{row.case ? (
				<p dir="auto">
					{t("suggest.case", { title: row.case.title, date: day(row.case.resolved, words.locale) })}
				</p>
			) : (
				<p dir="auto">{t("suggest.rule", { rule })}</p>
			)}
			{row.reasons.length > 0 && (
				<ul>
					{row.reasons.map((reason) => (
						<li key={reason.code} dir="auto">
							{sentence(words, reason)}
						</li>
					))}
				</ul>
			)}
			{row.case && <p>{t("suggest.calibrated", { percent: row.confidence, cases })}</p>}
		</div>
	);
}

/** sentence puts a reason into words; numbers arrive as text. */
function sentence(words: Words, reason: SuggestReason): string {
	const values = Object.fromEntries(
		Object.entries(valuesOf(reason.args)).map(([name, value]) => [
			name,
			/^\d+$/.test(String(value)) ? Number(value) : value,
		]),
	);
	return words.code("suggestReason", reason.code, values);
}

function day(time: string, locale: string): string {
	const at = new Date(time);
	return Number.isNaN(at.getTime()) ? "" : fullTime(at, locale);
}
