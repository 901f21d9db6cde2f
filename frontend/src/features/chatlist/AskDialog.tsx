import { useEffect, useId, useState } from "react";
import { toProblem } from "../../backend/problem";
import type { AskDraft, LockedRow, Problem } from "../../backend/types";
import { Button } from "../../components/button/Button";
import { Dialog } from "../../components/dialog/Dialog";
import { ProblemText } from "../../components/problem/ProblemText";
import { Skeleton } from "../../components/spinner/Skeleton";
import { usePane } from "../../model/context";
import { useText, useWords } from "../../text/context";
import styles from "./LockedActions.module.css";

/** Props of AskDialog. */
export interface AskDialogProps {
	row: LockedRow;
	onClose: () => void;
	/** The question was sent; it stands in this chat. */
	onSent: (chat: string) => void;
}

/** AskDialog shows the message that asks somebody to add the user, before it is sent. */
export function AskDialog({ row, onClose, onSent }: AskDialogProps) {
	const { backend } = usePane();
	const t = useText();
	const [draft, setDraft] = useState<AskDraft | null>(null);
	const [problem, setProblem] = useState<Problem | null>(null);
	const [person, choose] = useState("");
	const [written, write] = useState<string | null>(null);
	const [sending, setSending] = useState(false);
	useEffect(() => {
		let gone = false;
		backend.api
			.prepareAsk(row.id)
			.then((got) => {
				if (gone) return;
				setDraft(got);
				choose(got.people[0]?.id ?? "");
			})
			.catch((error: unknown) => {
				if (!gone) setProblem(toProblem(error));
			});
		return () => {
			gone = true;
		};
	}, [backend, row.id]);
	const whom = draft?.people.find((p) => p.id === person);
	const text =
		written ??
		t("joining.askText", {
			name: whom?.name ?? "",
			chat: row.name,
			record: draft?.record ?? "",
		});
	const send = () => {
		setSending(true);
		setProblem(null);
		backend.api
			.askToJoin({ link: row.id, person, text })
			.then(onSent)
			.catch((error: unknown) => {
				setProblem(toProblem(error));
				setSending(false);
			});
	};
	return (
		<Dialog
			title={t("joining.askTitle")}
			onClose={onClose}
			actions={
				<>
					<Button onClick={onClose}>{t("joining.cancel")}</Button>
					<Button
						look="primary"
						pending={sending}
						disabled={!whom || text.trim() === ""}
						onClick={send}
					>
						{t("joining.send")}
					</Button>
				</>
			}
		>
			<div className={styles.ask}>
				{draft ? (
					<>
						<People draft={draft} person={person} onChoose={choose} />
						<Message text={text} record={draft.record} onWrite={write} />
					</>
				) : (
					!problem && <Skeleton rows={1} label={t("joining.looking")} />
				)}
				{problem && <ProblemText problem={problem} onDismiss={() => setProblem(null)} />}
			</div>
		</Dialog>
	);
}

function People(props: { draft: AskDraft; person: string; onChoose: (id: string) => void }) {
	const { draft, person, onChoose } = props;
	const words = useWords();
	const name = useId();
	return (
		<fieldset className={styles.people}>
			<legend className={styles.legend}>{words.t("joining.whom")}</legend>
			{draft.people.map((p) => (
				<label key={p.id} className={styles.person}>
					<input
						type="radio"
						name={name}
						checked={p.id === person}
						onChange={() => onChoose(p.id)}
					/>
					<span dir="auto">{p.name}</span>
					<small dir="ltr">{p.email}</small>
					<small className={styles.how}>{words.code("ask", p.how)}</small>
				</label>
			))}
		</fieldset>
	);
}

function Message(props: { text: string; record: string; onWrite: (text: string) => void }) {
	const { text, record, onWrite } = props;
	const t = useText();
	const id = useId();
	return (
		<div className={styles.message}>
			<label className={styles.label} htmlFor={id}>
				{t("joining.message")}
			</label>
			<textarea
				id={id}
				className={styles.text}
				dir="auto"
				value={text}
				aria-describedby={`${id}-note`}
				onChange={(event) => onWrite(event.target.value)}
			/>
			<p id={`${id}-note`} className={styles.note}>
				{t("joining.link", { record })}
			</p>
		</div>
	);
}
