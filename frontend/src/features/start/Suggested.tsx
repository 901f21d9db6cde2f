import { useEffect, useId, useState } from "react";
import { Icon } from "../../components/icon/Icon";
import { SuggestedPeople } from "../../components/suggest/SuggestedPeople";
import { usePane } from "../../model/context";
import { useSuggestions } from "../../model/useSuggestions";
import { useText } from "../../text/context";
import type { Someone } from "./StartChat";
import styles from "./Suggested.module.css";

/** Props of Suggested. */
export interface SuggestedProps {
	record: string;
	chosen: readonly Someone[];
	onChange: (chosen: readonly Someone[]) => void;
}

/** Suggested are the suggested contacts inside the form; it is not there when nobody is suggested. */
export function Suggested({ record, chosen, onChange }: SuggestedProps) {
	const { model } = usePane();
	const t = useText();
	const body = useId();
	const { value } = useSuggestions(record);
	const [open, setOpen] = useState(chosen.length === 0);
	const people = value?.state === "ready" ? [...value.similar, ...value.rules] : [];
	const ids = people.map((p) => p.person.id).join(" ");
	useEffect(() => model.watch.add(ids === "" ? [] : ids.split(" ")), [model, ids]);
	if (!value || people.length === 0) return null;
	return (
		<section className={styles.suggested}>
			<button
				type="button"
				className={styles.head}
				aria-expanded={open}
				aria-controls={body}
				onClick={() => setOpen(!open)}
			>
				<Icon name={open ? "down" : "end"} size={16} />
				{t("suggest.title")}
			</button>
			{open && (
				<div id={body} className={styles.body}>
					<SuggestedPeople
						suggestions={value}
						chosen={new Set(chosen.map((p) => p.id))}
						onToggle={({ id, name }, on) => {
							const others = chosen.filter((p) => p.id !== id);
							onChange(on ? [...others, { id, name }] : others);
						}}
					/>
				</div>
			)}
		</section>
	);
}
