import { useEffect, useId, useState } from "react";
import { Button } from "../../components/button/Button";
import { IconButton } from "../../components/button/IconButton";
import { classes } from "../../components/classes";
import { EmptyState } from "../../components/empty/EmptyState";
import { Icon } from "../../components/icon/Icon";
import { ProblemText } from "../../components/problem/ProblemText";
import { Skeleton } from "../../components/spinner/Skeleton";
import { SuggestedPeople } from "../../components/suggest/SuggestedPeople";
import { useIntent, usePane, useValue } from "../../model/context";
import { type SuggestionsState, useSuggestions } from "../../model/useSuggestions";
import type { StartForm } from "../../model/views";
import { useText, useWords } from "../../text/context";
import styles from "./SuggestSection.module.css";

/** Props of SuggestSection. */
export interface SuggestSectionProps {
	recordKey: string;
	onStart: (form: StartForm) => void;
}

/** SuggestSection suggests people for a record; it is not there when the type has it off or nobody is found. */
export function SuggestSection({ recordKey, onStart }: SuggestSectionProps) {
	const { model } = usePane();
	const t = useText();
	const run = useIntent();
	const id = useId();
	const { folded } = useValue(model.settings);
	const suggestions = useSuggestions(recordKey);
	const closed = folded.includes("suggested");
	if (!visible(suggestions)) return null;
	const fold = () => {
		const others = folded.filter((k) => k !== "suggested");
		run(model.save({ folded: closed ? others : [...others, "suggested"] }));
	};
	return (
		<section aria-labelledby={id}>
			<div className={styles.head}>
				<h2 className={styles.heading}>
					<button
						type="button"
						id={id}
						className={styles.fold}
						aria-expanded={!closed}
						onClick={fold}
					>
						<span className={classes(styles.chevron, closed && styles.closed)}>
							<Icon name="down" size={16} />
						</span>
						<span>{t("suggest.title")}</span>
					</button>
				</h2>
				{!closed && (
					<IconButton
						icon="refresh"
						size="small"
						label={t("suggest.refresh")}
						aria-busy={suggestions.reading || undefined}
						onClick={suggestions.refresh}
					/>
				)}
			</div>
			{!closed && <Content suggestions={suggestions} recordKey={recordKey} onStart={onStart} />}
		</section>
	);
}

/** visible tells whether there is anything to say. */
function visible({ value, problem }: SuggestionsState): boolean {
	if (!value) return problem !== null;
	if (value.state === "off") return false;
	return value.state !== "ready" || value.rules.length + value.similar.length > 0;
}

function Content({
	suggestions,
	recordKey,
	onStart,
}: SuggestSectionProps & { suggestions: SuggestionsState }) {
	const { value, problem, reading, refresh } = suggestions;
	const words = useWords();
	const { t } = words;
	if (value?.state === "offline") {
		return (
			<EmptyState icon="offline" title={t("chatlist.offline")} size="small">
				{t("suggest.offline")}
			</EmptyState>
		);
	}
	if (value?.state === "loading" && (reading || !problem)) {
		return <Skeleton rows={2} label={t("suggest.loading")} />;
	}
	if (value?.state !== "ready") {
		return problem && <ProblemText problem={problem} onAction={refresh} />;
	}
	return (
		<>
			<Chooser value={value} recordKey={recordKey} onStart={onStart} />
			{[...value.notes, ...(problem ? ["older"] : [])].map((code) => (
				<p key={code} className={styles.note} role="status">
					<Icon name="info" size={16} />
					{code === "older" ? t("suggest.older") : words.code("suggestNote", code)}
				</p>
			))}
		</>
	);
}

function Chooser({
	value,
	recordKey,
	onStart,
}: SuggestSectionProps & { value: NonNullable<SuggestionsState["value"]> }) {
	const { model } = usePane();
	const t = useText();
	const [chosen, setChosen] = useState<readonly { id: string; name: string }[]>([]);
	const people = [...value.rules, ...value.similar].map((p) => p.person.id).join(" ");
	useEffect(() => model.watch.add(people === "" ? [] : people.split(" ")), [model, people]);
	// Somebody who is suggested no more is not started a chat with unseen.
	const still = chosen.filter((p) => people.split(" ").includes(p.id));
	return (
		<>
			<SuggestedPeople
				suggestions={value}
				chosen={new Set(still.map((p) => p.id))}
				onToggle={({ id, name }, on) => {
					const others = still.filter((p) => p.id !== id);
					setChosen(on ? [...others, { id, name }] : others);
				}}
			/>
			{still.length > 0 && (
				<div className={styles.start}>
					<Button
						look="primary"
						size="small"
						icon="newChat"
						onClick={() => {
							onStart({ record: recordKey, people: still });
							setChosen([]);
						}}
					>
						{t("suggest.start", { count: still.length })}
					</Button>
				</div>
			)}
		</>
	);
}
