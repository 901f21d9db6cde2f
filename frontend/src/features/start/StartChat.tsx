import { type ReactNode, useState } from "react";
import { toProblem } from "../../backend/problem";
import type { Problem } from "../../backend/types";
import { Button } from "../../components/button/Button";
import { IconButton } from "../../components/button/IconButton";
import { TextField } from "../../components/field/TextField";
import { Icon } from "../../components/icon/Icon";
import { ProblemText } from "../../components/problem/ProblemText";
import { usePane, useRow, useValue } from "../../model/context";
import type { StartForm } from "../../model/views";
import { useText } from "../../text/context";
import type { Values, Words } from "../../text/words";
import { forbiddenIn, longest, nameFor } from "./name";
import styles from "./StartChat.module.css";

/** Someone is a chosen person. */
export interface Someone {
	readonly id: string;
	readonly name: string;
}

/** Props of StartChat. */
export interface StartChatProps {
	form: StartForm;
	/** The field that chooses people. */
	picker: (field: {
		chosen: readonly Someone[];
		onChange: (chosen: readonly Someone[]) => void;
		error: string | undefined;
	}) => ReactNode;
	onStarted: (chat: string) => void;
	onBack: () => void;
}

/** StartChat is the form of a new chat, connected to a record or not. */
export function StartChat({ form, picker, onStarted, onBack }: StartChatProps) {
	const { backend, model } = usePane();
	const t = useText();
	const record = useRow(model.records, form.record);
	const offline = useValue(model.health)?.connection === "offline";
	const [people, setPeople] = useState<readonly Someone[]>(form.people);
	const [name, setName] = useState(record ? nameFor(record) : "");
	const [pending, setPending] = useState(false);
	const [tried, setTried] = useState(false);
	const [problem, setProblem] = useState<Problem | null>(null);
	const wrong = nameError(name, t);
	const nobody = people.length === 0;

	const start = async () => {
		setTried(true);
		if (nobody || wrong !== undefined || pending) return;
		setPending(true);
		setProblem(null);
		try {
			onStarted(
				await backend.api.startChat({
					record: form.record,
					people: people.map((p) => p.id),
					topic: name.trim(),
				}),
			);
		} catch (error) {
			setProblem(toProblem(error));
			setPending(false);
		}
	};
	const title = t(record ? "start.title" : "start.titlePlain");
	return (
		<form
			className={styles.start}
			aria-label={title}
			onSubmit={(event) => {
				event.preventDefault();
				void start();
			}}
			onKeyDown={(event) => {
				if (event.key === "Escape" && !event.defaultPrevented) onBack();
			}}
		>
			<header className={styles.head}>
				<IconButton icon="back" label={t("start.back")} onClick={onBack} />
				<h2 className={styles.title}>{title}</h2>
			</header>
			<div className={styles.body}>
				{record && (
					<p className={styles.about}>
						<Icon name="connect" />
						<span dir="auto">{t("start.about", { name: record.name || record.number })}</span>
					</p>
				)}
				{picker({
					chosen: people,
					onChange: setPeople,
					error: tried && nobody ? t("start.needPeople") : undefined,
				})}
				<TextField
					label={t(record ? "start.name" : "start.namePlain")}
					value={name}
					onChange={setName}
					error={wrong}
					hint={t(record ? "start.nameHint" : "start.nameHintPlain")}
				/>
				{offline && (
					<p className={styles.note}>
						<Icon name="offline" size={16} /> {t("start.offline")}
					</p>
				)}
				{problem && <ProblemText problem={problem} onAction={() => void start()} />}
			</div>
			<footer className={styles.actions}>
				<Button look="primary" submit pending={pending}>
					{t("start.button")}
				</Button>
			</footer>
		</form>
	);
}

function nameError(name: string, t: (key: NameKey, values?: Values) => string): string | undefined {
	const refused = forbiddenIn(name);
	if (refused.length > 0) {
		const characters = refused.map((c) => (/\p{Cc}/u.test(c) ? "⏎" : c)).join(" ");
		return t("start.nameForbidden", { characters });
	}
	return name.length > longest ? t("start.nameLong", { count: name.length }) : undefined;
}

type NameKey = Extract<Parameters<Words["t"]>[0], "start.nameForbidden" | "start.nameLong">;
