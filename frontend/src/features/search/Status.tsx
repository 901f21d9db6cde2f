import type { SearchResults } from "../../backend/types";
import { useText, useWords } from "../../text/context";
import type { Words } from "../../text/words";
import styles from "./SearchView.module.css";

/** Status says how much was found and how complete that is. */
export function Status({ answer }: { answer: SearchResults }) {
	const t = useText();
	const words = useWords();
	return (
		<div className={styles.status}>
			<p className={styles.count}>{countWords(answer, words)}</p>
			<p className={styles.quiet}>{coverageWords(answer, words)}</p>
			{answer.preparing < 100 && (
				<p className={styles.quiet}>{t("search.preparing", { percent: answer.preparing })}</p>
			)}
		</div>
	);
}

/** countWords says how many messages match. */
export function countWords({ total, atMost }: SearchResults, { t }: Words): string {
	return t(atMost && total > 0 ? "search.foundAtMost" : "search.found", { count: total });
}

/** coverageWords says how much of the chats was searched: "Searched 148 of 150 chats, back to 3 March". */
export function coverageWords({ coverage }: SearchResults, { t, locale }: Words): string {
	const { chats, of, since } = coverage;
	if (of === 0) return "";
	const at = new Date(since);
	if (since === "" || Number.isNaN(at.getTime())) {
		return chats >= of ? t("search.coveredAll", { of }) : t("search.covered", { chats, of });
	}
	const thisYear = at.getFullYear() === new Date().getFullYear();
	const date = new Intl.DateTimeFormat(locale, {
		day: "numeric",
		month: "long",
		...(thisYear ? {} : { year: "numeric" }),
	}).format(at);
	return chats >= of
		? t("search.coveredAllSince", { of, date })
		: t("search.coveredSince", { chats, of, date });
}
