import { useId, useState } from "react";
import type { SuggestedPerson, Suggestions } from "../../backend/types";
import { useText } from "../../text/context";
import { Button } from "../button/Button";
import styles from "./Suggest.module.css";
import { SuggestedRow } from "./SuggestedRow";

/** How many of a kind show before "View more". */
const shown = 3;

/** Props of SuggestedPeople. */
export interface SuggestedPeopleProps {
	suggestions: Suggestions;
	/** Ids of the people who are chosen. */
	chosen: ReadonlySet<string>;
	onToggle: (person: { id: string; name: string }, chosen: boolean) => void;
}

/** SuggestedPeople are the two groups of suggested contacts, to choose from. */
export function SuggestedPeople({ suggestions, chosen, onToggle }: SuggestedPeopleProps) {
	const t = useText();
	if (suggestions.similar.length + suggestions.rules.length === 0) {
		return <p className={styles.title}>{t("suggest.nobody")}</p>;
	}
	return (
		<div className={styles.groups}>
			<Group
				title={t("suggest.similar")}
				people={suggestions.similar}
				source={suggestions}
				chosen={chosen}
				onToggle={onToggle}
			/>
			<Group
				title={t("suggest.rules")}
				people={suggestions.rules}
				source={suggestions}
				chosen={chosen}
				onToggle={onToggle}
			/>
		</div>
	);
}

function Group(props: {
	title: string;
	people: readonly SuggestedPerson[];
	source: Suggestions;
	chosen: ReadonlySet<string>;
	onToggle: SuggestedPeopleProps["onToggle"];
}) {
	const { title, people, source, chosen, onToggle } = props;
	const t = useText();
	const id = useId();
	const [all, setAll] = useState(false);
	if (people.length === 0) return null;
	const left = people.length - shown;
	return (
		// biome-ignore lint/a11y/useSemanticElements: a fieldset would bring its frame; the heading names the group
		<div role="group" aria-labelledby={id}>
			<h3 id={id} className={styles.title}>
				{title}
			</h3>
			<ul>
				{people.slice(0, all ? undefined : shown).map((person) => (
					<SuggestedRow
						key={person.person.id}
						row={person}
						source={source}
						chosen={chosen.has(person.person.id)}
						onToggle={onToggle}
					/>
				))}
			</ul>
			{left > 0 && (
				<div className={styles.more}>
					<Button
						look="subtle"
						size="small"
						aria-expanded={all}
						aria-label={t(all ? "suggest.lessOf" : "suggest.moreOf", { title, count: left })}
						onClick={() => setAll(!all)}
					>
						{t(all ? "suggest.less" : "suggest.more", { count: left })}
					</Button>
				</div>
			)}
		</div>
	);
}
