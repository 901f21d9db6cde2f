import { useId, useState } from "react";
import type { SuggestedPerson, Suggestions } from "../../backend/types";
import { usePane, useRow } from "../../model/context";
import { useText, useWords } from "../../text/context";
import { Avatar } from "../avatar/Avatar";
import { Tag } from "../badge/Badge";
import { classes } from "../classes";
import { Icon } from "../icon/Icon";
import { Reasons } from "./Reasons";
import styles from "./Suggest.module.css";

/** Props of SuggestedRow. */
export interface SuggestedRowProps {
	row: SuggestedPerson;
	/** What the person was suggested from. */
	source: Pick<Suggestions, "cases" | "judged">;
	chosen: boolean;
	onToggle: (person: { id: string; name: string }, chosen: boolean) => void;
}

/** SuggestedRow is one suggested contact: who, why, a mark to choose, and how it came about. */
export function SuggestedRow({ row, source, chosen, onToggle }: SuggestedRowProps) {
	const { backend, model } = usePane();
	const t = useText();
	const id = useId();
	const [open, setOpen] = useState(false);
	const { person } = row;
	const availability = useRow(model.presence, person.id)?.availability;
	const why = useWhy(row);
	return (
		<li className={classes(styles.person, chosen && styles.chosen)}>
			<div className={styles.row}>
				<label htmlFor={id} className={styles.label}>
					<Avatar
						name={person.name}
						photo={backend.photo(person.id)}
						size={36}
						availability={availability}
					/>
					<span className={styles.words}>
						<span className={styles.name} dir="auto">
							{person.name} {person.guest && <Tag>{t("people.guest")}</Tag>}
						</span>
						<span id={`${id}-why`} className={styles.why} dir="auto">
							{why}
						</span>
					</span>
				</label>
				<button
					type="button"
					className={styles.how}
					aria-expanded={open}
					aria-label={t("suggest.howFor", { name: person.name })}
					title={t("suggest.how")}
					onClick={() => setOpen(!open)}
				>
					<Icon name="info" size={16} />
				</button>
				<input
					id={id}
					type="checkbox"
					className={styles.check}
					checked={chosen}
					aria-describedby={`${id}-why`}
					onChange={(event) => onToggle(person, event.target.checked)}
				/>
			</div>
			{open && <Reasons row={row} source={source} />}
		</li>
	);
}

/** useWhy returns the line below a name: the rule, or how sure and after which case. */
function useWhy(row: SuggestedPerson): string {
	const words = useWords();
	if (row.case) {
		const values = { percent: row.confidence, number: row.case.number };
		return words.t(row.case.number === "" ? "suggest.sureLike" : "suggest.sure", values);
	}
	return row.labelCode === "" ? row.label : words.code("suggestRule", row.labelCode);
}
