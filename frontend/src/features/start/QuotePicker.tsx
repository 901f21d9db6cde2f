import { useEffect, useId, useState } from "react";
import type { Quotable } from "../../backend/types";
import { Icon } from "../../components/icon/Icon";
import { RelativeTime } from "../../components/time/RelativeTime";
import { usePane, useRow } from "../../model/context";
import { useText } from "../../text/context";
import styles from "./QuotePicker.module.css";

/** Props of QuotePicker. */
export interface QuotePickerProps {
	/** The chat the messages are of. */
	chat: string;
	chosen: ReadonlySet<string>;
	onChange: (chosen: ReadonlySet<string>) => void;
}

/** QuotePicker chooses messages of another chat that are quoted into the new one. */
export function QuotePicker({ chat, chosen, onChange }: QuotePickerProps) {
	const { model } = usePane();
	const t = useText();
	const list = useId();
	const row = useRow(model.chats, chat);
	const messages = useQuotables(chat);
	const [open, setOpen] = useState(false);
	const toggle = (id: string, on: boolean) => {
		const next = new Set(chosen);
		if (on) next.add(id);
		else next.delete(id);
		onChange(next);
	};
	return (
		<section className={styles.quotes}>
			<button
				type="button"
				className={styles.head}
				aria-expanded={open}
				aria-controls={list}
				onClick={() => setOpen(!open)}
			>
				<Icon name={open ? "down" : "end"} size={16} />
				<span className={styles.title} dir="auto">
					{t("start.quotes", { name: row?.title ?? "" })}
				</span>
				{chosen.size > 0 && (
					<span className={styles.count}>{t("start.quotesCount", { count: chosen.size })}</span>
				)}
			</button>
			{open && (
				<div id={list} className={styles.body}>
					<p className={styles.means}>{t("start.quotesMeans")}</p>
					{messages?.length === 0 && <p className={styles.means}>{t("start.quotesNone")}</p>}
					<ul className={styles.list}>
						{messages?.map((m) => (
							<Choice key={m.id} message={m} on={chosen.has(m.id)} onToggle={toggle} />
						))}
					</ul>
				</div>
			)}
		</section>
	);
}

function Choice(props: {
	message: Quotable;
	on: boolean;
	onToggle: (id: string, on: boolean) => void;
}) {
	const { message, on, onToggle } = props;
	const t = useText();
	return (
		<li>
			<label className={styles.choice}>
				<input
					type="checkbox"
					checked={on}
					onChange={(event) => onToggle(message.id, event.target.checked)}
				/>
				<span className={styles.words}>
					<span className={styles.who}>
						<span dir="auto">{message.me ? t("start.quoteMine") : message.from}</span>
						<RelativeTime time={message.time} />
					</span>
					<span className={on ? styles.whole : styles.text} dir="auto">
						{message.text}
					</span>
				</span>
			</label>
		</li>
	);
}

/** useQuotables returns the messages, newest first, undefined until they were read. */
function useQuotables(chat: string): readonly Quotable[] | undefined {
	const { backend } = usePane();
	const [messages, setMessages] = useState<readonly Quotable[]>();
	useEffect(() => {
		let current = true;
		backend.api
			.quotables(chat)
			// The form works without quotes; the list then says that there is none.
			.catch((): Quotable[] => [])
			.then((list) => {
				if (current) setMessages([...list].reverse());
			})
			.catch(() => undefined);
		return () => {
			current = false;
		};
	}, [backend, chat]);
	return messages;
}
