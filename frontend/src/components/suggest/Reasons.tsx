import type { SuggestedPerson, Suggestions, SuggestReason } from "../../backend/types";
import { useIntent, usePane } from "../../model/context";
import { useText, useWords, valuesOf } from "../../text/context";
import type { Words } from "../../text/words";
import styles from "./Suggest.module.css";

/** Props of Reasons. */
export interface ReasonsProps {
	row: SuggestedPerson;
	source: Pick<Suggestions, "cases" | "judged">;
}

/** Reasons tell how a suggestion came about. */
export function Reasons({ row, source }: ReasonsProps) {
	const { backend } = usePane();
	const run = useIntent();
	const words = useWords();
	const t = useText();
	const rule = row.labelCode === "" ? row.label : words.code("suggestRule", row.labelCode);
	return (
		<div className={styles.reasons}>
			{row.case ? (
				<p dir="auto">
					{t("suggest.case")}{" "}
					<button
						type="button"
						className={styles.link}
						onClick={() => run(backend.api.openRecord(row.case?.key ?? ""))}
					>
						{row.case.title}
					</button>
					{", "}
					{t("suggest.resolved", { date: day(row.case.resolved, words.locale) })}
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
			{row.case && (
				<p>
					{t(source.judged ? "suggest.calibrated" : "suggest.guessed", {
						percent: row.confidence,
						cases: source.cases,
					})}
				</p>
			)}
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
	return Number.isNaN(at.getTime())
		? ""
		: new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(at);
}
