import { useCallback, useEffect, useRef } from "react";
import { useIntent, usePane } from "../../model/context";
import { type Doc, plain } from "./doc";
import { writeDraft } from "./draft";

const wait = 400;

/** What useDraft returns. */
export interface DraftKeeper {
	/** Keeps a document a little later, so that not every key is a write. */
	later: (doc: Doc) => void;
	/** Keeps what waits to be kept. */
	now: () => void;
	/** Forgets the draft, for it was sent. */
	clear: () => void;
}

/**
 * useDraft keeps what is being written in a chat with the core: shortly after
 * the last key, and when the composer or the pane goes away.
 */
export function useDraft(chat: string): DraftKeeper {
	const { backend } = usePane();
	const intent = useIntent();
	const waiting = useRef<Doc | null>(null);
	const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

	const save = useCallback(
		(doc: Doc | null) => {
			const text = doc ? plain(doc) : "";
			const json = doc && doc.blocks.length > 0 ? writeDraft(doc) : "";
			intent(backend.api.saveDraft({ chat, json: text === "" ? "" : json, text }));
		},
		[backend, intent, chat],
	);
	const now = useCallback(() => {
		clearTimeout(timer.current);
		if (waiting.current) save(waiting.current);
		waiting.current = null;
	}, [save]);
	const later = useCallback(
		(doc: Doc) => {
			waiting.current = doc;
			clearTimeout(timer.current);
			timer.current = setTimeout(now, wait);
		},
		[now],
	);
	const clear = useCallback(() => {
		clearTimeout(timer.current);
		waiting.current = null;
		save(null);
	}, [save]);

	useEffect(() => {
		const hidden = () => {
			if (document.visibilityState === "hidden") now();
		};
		document.addEventListener("visibilitychange", hidden);
		window.addEventListener("pagehide", now);
		return () => {
			document.removeEventListener("visibilitychange", hidden);
			window.removeEventListener("pagehide", now);
			now();
		};
	}, [now]);
	return { later, now, clear };
}
