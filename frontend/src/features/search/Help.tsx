import { useText } from "../../text/context";
import styles from "./Help.module.css";

/** The operators, each with what it puts into the field. */
const operators = [
	["from", "from:"],
	["in", "in:"],
	["record", "record:"],
	["after", "after:"],
	["before", "before:"],
	["has", "has:file"],
	["is", "is:unread"],
	["phrase", "“…”"],
] as const;

/** Help says how a search is narrowed; a press puts an operator into the field. */
export function Help({ onUse }: { onUse: (operator: string) => void }) {
	const t = useText();
	return (
		<section className={styles.help} aria-labelledby="search-help">
			<h3 id="search-help" className={styles.title}>
				{t("search.help")}
			</h3>
			<ul>
				{operators.map(([id, operator]) => (
					<li key={id}>
						<button
							type="button"
							className={styles.line}
							onClick={() => onUse(id === "phrase" ? '"' : operator)}
						>
							<kbd className={styles.operator} dir="ltr">
								{operator}
							</kbd>
							<span className={styles.means}>{t(`search.help.${id}`)}</span>
						</button>
					</li>
				))}
			</ul>
		</section>
	);
}
