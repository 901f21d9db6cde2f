import type { SearchResults } from "../../backend/types";
import { IconButton } from "../../components/button/IconButton";
import { TextField } from "../../components/field/TextField";
import { useText, useWords } from "../../text/context";
import styles from "./SearchView.module.css";

/** Props of Field. */
export interface FieldProps {
	text: string;
	/** Parts of the text that were not understood. */
	problems: SearchResults["problems"];
	onChange: (text: string) => void;
}

/** Field takes what to look for, and says what of it was not understood. */
export function Field({ text, problems, onChange }: FieldProps) {
	const t = useText();
	const words = useWords();
	return (
		<div className={styles.grow}>
			<TextField
				bare
				type="search"
				icon="search"
				label={t("search.field")}
				placeholder={t("search.placeholder")}
				aria-keyshortcuts="Control+Shift+F"
				data-shortcut="search"
				value={text}
				onChange={onChange}
				hint={
					problems.length > 0 && (
						<ul role="status" className={styles.problems}>
							{problems.map((p) => (
								<li key={`${p.code} ${p.text}`} dir="auto">
									{words.code("query", p.code, { text: p.text })}
								</li>
							))}
						</ul>
					)
				}
				end={
					text !== "" && (
						<IconButton
							icon="close"
							size="small"
							label={t("field.clear")}
							onClick={() => onChange("")}
						/>
					)
				}
			/>
		</div>
	);
}
