import { useId, useState } from "react";
import { ComboBox, Input, Label, ListBox, ListBoxItem, Popover } from "react-aria-components";
import type { Person } from "../../backend/types";
import { Avatar } from "../../components/avatar/Avatar";
import { Tag } from "../../components/badge/Badge";
import { IconButton } from "../../components/button/IconButton";
import { usePane } from "../../model/context";
import { useText } from "../../text/context";
import styles from "./PeoplePicker.module.css";
import { useFindPeople } from "./useFindPeople";

/** Chosen is somebody who was picked. */
export interface Chosen {
	readonly id: string;
	readonly name: string;
}

/** Props of PeoplePicker. */
export interface PeoplePickerProps {
	label: string;
	chosen: readonly Chosen[];
	onChange: (chosen: readonly Chosen[]) => void;
	error?: string | undefined;
	autoFocus?: boolean;
}

/** PeoplePicker finds people in the directory and keeps those chosen as tags in the field. */
export function PeoplePicker({ label, chosen, onChange, error, autoFocus }: PeoplePickerProps) {
	const t = useText();
	const note = useId();
	const [query, setQuery] = useState("");
	const search = useFindPeople(query);
	const left = search.people.filter((p) => !chosen.some((c) => c.id === p.id));
	const add = (id: unknown) => {
		const person = left.find((p) => p.id === id);
		if (!person) return;
		onChange([...chosen, { id: person.id, name: person.name }]);
		setQuery("");
	};
	return (
		<ComboBox<Person>
			className={styles.picker ?? ""}
			items={left}
			inputValue={query}
			onInputChange={setQuery}
			value={null}
			onChange={add}
			menuTrigger="input"
			allowsEmptyCollection={query.trim() !== ""}
			allowsCustomValue
			autoFocus={autoFocus ?? false}
			isInvalid={error !== undefined}
		>
			<Label className={styles.label ?? ""}>{label}</Label>
			<div className={styles.box}>
				<Tags chosen={chosen} onRemove={(id) => onChange(chosen.filter((c) => c.id !== id))} />
				<Input
					className={styles.input ?? ""}
					dir="auto"
					placeholder={chosen.length === 0 ? t("people.placeholder") : ""}
					spellCheck={false}
					aria-describedby={error === undefined ? undefined : note}
					onKeyDown={(event) => {
						if (event.key === "Backspace" && query === "" && chosen.length > 0) {
							onChange(chosen.slice(0, -1));
						}
					}}
				/>
			</div>
			{error !== undefined && (
				<div id={note} className={styles.error} role="alert">
					{error}
				</div>
			)}
			<Popover className={styles.popup ?? ""} offset={4}>
				<ListBox
					className={styles.people ?? ""}
					aria-label={t("people.found")}
					renderEmptyState={() => (
						<div className={styles.note}>
							{search.failed
								? t("people.failed")
								: search.searching
									? t("people.searching")
									: t("people.nobody", { query: query.trim() })}
						</div>
					)}
				>
					{(person: Person) => <Found person={person} />}
				</ListBox>
			</Popover>
		</ComboBox>
	);
}

function Tags({ chosen, onRemove }: { chosen: readonly Chosen[]; onRemove: (id: string) => void }) {
	const t = useText();
	if (chosen.length === 0) return null;
	return (
		<ul className={styles.tags} aria-label={t("people.chosen")}>
			{chosen.map(({ id, name }) => (
				<li key={id} className={styles.tag}>
					<Avatar name={name} size={20} />
					<span dir="auto">{name}</span>
					<IconButton
						icon="close"
						size="small"
						label={t("people.remove", { name })}
						onClick={() => onRemove(id)}
					/>
				</li>
			))}
		</ul>
	);
}

function Found({ person }: { person: Person }) {
	const { backend } = usePane();
	const t = useText();
	return (
		<ListBoxItem id={person.id} textValue={person.name} className={styles.person ?? ""}>
			<Avatar name={person.name} photo={backend.photo(person.id)} size={32} />
			<span className={styles.words}>
				<span className={styles.name} dir="auto">
					{person.name} {person.guest && <Tag>{t("people.guest")}</Tag>}
				</span>
				<span className={styles.about} dir="auto">
					{[person.jobTitle, person.email].filter(Boolean).join(" · ")}
				</span>
			</span>
		</ListBoxItem>
	);
}
