import { type ReactNode, useState } from "react";
import { toProblem } from "../../backend/problem";
import type { Problem, Started } from "../../backend/types";
import { Button } from "../../components/button/Button";
import { IconButton } from "../../components/button/IconButton";
import { TextField } from "../../components/field/TextField";
import { Icon } from "../../components/icon/Icon";
import { ProblemText } from "../../components/problem/ProblemText";
import { usePane, useRow, useValue } from "../../model/context";
import type { StartForm } from "../../model/views";
import { useText } from "../../text/context";
import { NotePreview } from "./NotePreview";
import { nameError, nameFor, namesOf } from "./name";
import { QuotePicker } from "./QuotePicker";
import styles from "./StartChat.module.css";
import { useStartInfo } from "./useStartInfo";

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
	/** The chat was made; without its id it is kept, and made when that is possible. */
	onStarted: (chat: string) => void;
	onBack: () => void;
}

/** StartChat is the form of a new chat, connected to a record or not. */
export function StartChat({ form, picker, onStarted, onBack }: StartChatProps) {
	const { model } = usePane();
	const t = useText();
	const record = useRow(model.records, form.record);
	const offline = useValue(model.health)?.connection === "offline";
	const [people, setPeople] = useState<readonly Someone[]>(form.people);
	const [round, setRound] = useState(0);
	const info = useStartInfo(form.record, round);
	const [noted, setNoted] = useState(true);
	const [quotes, setQuotes] = useState<ReadonlySet<string>>(new Set());
	const [typed, setTyped] = useState<string | null>(null);
	const [tried, setTried] = useState(false);
	const proposed = !record || !info ? "" : info.autoName ? nameFor(record) : namesOf(people);
	const name = typed ?? proposed;
	const wrong = nameError(name, t);
	const nobody = people.length === 0;
	const ready = form.record === "" || info !== undefined;
	const { start, pending, problem } = useStart(onStarted, (failed) => {
		if (failed.code === "note.changed") setRound((n) => n + 1);
	});

	const submit = () => {
		setTried(true);
		if (nobody || wrong !== undefined || !ready) return;
		start({
			record: form.record,
			people: people.map((p) => p.id),
			topic: name.trim(),
			note: noted && info ? info.note.id : "",
			quoteFrom: quotes.size > 0 ? (form.quoteFrom ?? "") : "",
			quotes: [...quotes],
		});
	};
	const title = t(record ? "start.title" : "start.titlePlain");
	return (
		<form
			className={styles.start}
			aria-label={title}
			onSubmit={(event) => {
				event.preventDefault();
				submit();
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
					onChange={setTyped}
					error={wrong}
					hint={t(record ? "start.nameHint" : "start.nameHintPlain")}
				/>
				{info && !info.join && <Aside icon="lock">{t("start.joinOff")}</Aside>}
				{form.record !== "" && (
					<NotePreview
						note={info?.note}
						sent={noted}
						onSent={setNoted}
						onAgain={() => setRound((n) => n + 1)}
					/>
				)}
				{form.record !== "" && form.quoteFrom && (
					<QuotePicker chat={form.quoteFrom} chosen={quotes} onChange={setQuotes} />
				)}
				{offline && (
					<Aside icon="offline">
						{t(form.record === "" ? "start.offline" : "start.offlineKept")}
					</Aside>
				)}
				{problem && (
					<div ref={intoView}>
						<ProblemText problem={problem} onAction={submit} />
					</div>
				)}
			</div>
			<footer className={styles.actions}>
				<Button look="primary" submit pending={pending || !ready}>
					{t("start.button")}
				</Button>
				<span className={styles.progress} role="status">
					{pending && t("start.making")}
				</span>
			</footer>
		</form>
	);
}

/** intoView shows what went wrong where the form was scrolled away from it. */
function intoView(element: HTMLElement | null): void {
	element?.scrollIntoView?.({ block: "nearest" });
}

function Aside({ icon, children }: { icon: "lock" | "offline"; children: string }) {
	return (
		<p className={styles.note}>
			<Icon name={icon} size={icon === "lock" ? 20 : 16} /> {children}
		</p>
	);
}

/** useStart presses Start chat; what was refused is told to failed too. */
function useStart(onStarted: (chat: string) => void, failed: (problem: Problem) => void) {
	const { backend } = usePane();
	const [pending, setPending] = useState(false);
	const [problem, setProblem] = useState<Problem | null>(null);
	const start = (form: Parameters<typeof backend.api.startChat>[0]) => {
		if (pending) return;
		setPending(true);
		setProblem(null);
		backend.api
			.startChat(form)
			.then(({ chat }: Started) => onStarted(chat))
			.catch((error: unknown) => {
				const refused = toProblem(error);
				setProblem(refused);
				setPending(false);
				failed(refused);
			});
	};
	return { start, pending, problem };
}
