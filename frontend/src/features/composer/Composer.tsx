import { lazy, Suspense, useEffect, useRef, useState } from "react";
import type { Member } from "../../backend/types";
import { usePane, useValue } from "../../model/context";
import styles from "./Composer.module.css";
import { type Doc, emptyDoc, fromPlain } from "./doc";
import { readDraft } from "./draft";
import { EarlyField } from "./EarlyField";
import { Notes } from "./Notes";
import { useDraft } from "./useDraft";
import { readyOf, useSend } from "./useSend";

/** Props of Composer. */
export interface ComposerProps {
	chat: string;
	/** Who can be mentioned. */
	members: readonly Member[];
}

const Editor = lazy(async () => ({ default: (await import("./editor/Editor")).Editor }));

/**
 * Composer is where a message of one chat is written; give it the chat as its
 * key. The editor is read when the composer first shows; what is typed until
 * then is taken over.
 */
export function Composer({ chat, members }: ComposerProps) {
	const { model } = usePane();
	const { enterSends } = useValue(model.settings);
	const draft = useDraft(chat);
	const { send, problem, forget } = useSend(chat);
	const [kept] = useState(() => model.drafts.row(chat));
	const [first] = useState<Doc>(() =>
		kept ? (readDraft(kept.json) ?? fromPlain(kept.text)) : emptyDoc,
	);
	const early = useRef<{ text: string; focused: boolean } | null>(null);
	const [doc, setDoc] = useState(first);
	/** Replaces what is in the editor, set while there is one. */
	const replace = useRef<((doc: Doc) => void) | null>(null);
	const ready = readyOf(doc);
	const current = useRef(doc);
	useEffect(() => {
		current.current = doc;
	}, [doc]);

	const change = (next: Doc) => {
		current.current = next;
		setDoc(next);
		draft.later(next);
		if (problem) forget();
	};
	const submit = async () => {
		const sent = current.current;
		const now = readyOf(sent);
		if (now.state !== "ready") return;
		put(emptyDoc);
		if (await send(now.message)) {
			if (readyOf(current.current).state === "empty") draft.clear();
			return;
		}
		// Not taken: what was written comes back, before what was typed meanwhile.
		put({ blocks: [...sent.blocks, ...current.current.blocks] });
		draft.later(current.current);
	};
	const put = (next: Doc) => {
		current.current = next;
		setDoc(next);
		replace.current?.(next);
	};
	const shared = {
		enterSends,
		onChange: change,
		onSend: () => void submit(),
		canSend: ready.state === "ready",
	};
	return (
		// biome-ignore lint/a11y/noStaticElementInteractions: it only hears that the focus leaves
		<div
			className={styles.composer}
			onBlur={(event) => {
				if (!event.currentTarget.contains(event.relatedTarget)) draft.now();
			}}
		>
			<Notes ready={ready} problem={problem} />
			<Suspense fallback={<EarlyField {...shared} first={kept?.text ?? ""} early={early} />}>
				<Editor
					{...shared}
					members={members}
					replace={replace}
					start={() => {
						const typed = early.current;
						if (!typed) return { doc: first, focus: false };
						return {
							doc: typed.text === kept?.text ? first : fromPlain(typed.text),
							focus: typed.focused,
						};
					}}
				/>
			</Suspense>
		</div>
	);
}
