import {
	COMMAND_PRIORITY_CRITICAL,
	KEY_ARROW_DOWN_COMMAND,
	KEY_ARROW_UP_COMMAND,
	KEY_ENTER_COMMAND,
	KEY_ESCAPE_COMMAND,
	KEY_TAB_COMMAND,
	type LexicalEditor,
} from "lexical";
import { useEffect, useState } from "react";
import type { Candidate } from "../candidates";
import { insertMention } from "./actions";

/**
 * useMentionKeys moves through those who can be mentioned while the caret
 * stands behind an "@": arrows choose, Enter and Tab take, Escape goes on
 * without.
 */
export function useMentionKeys(
	editor: LexicalEditor | null,
	query: string | null,
	found: readonly Candidate[],
) {
	const [place, setPlace] = useState({ query, index: 0, dismissed: false });
	// Another query begins at the top again.
	const now =
		place.query === query
			? place
			: { query, index: 0, dismissed: place.dismissed && query !== null };
	const open = found.length > 0 && !now.dismissed;
	const index = Math.min(now.index, Math.max(found.length - 1, 0));

	useEffect(() => {
		if (!editor || !open) return;
		const on = (run: () => void) => (event: KeyboardEvent | null) => {
			if (event?.isComposing || event?.keyCode === 229) return false;
			event?.preventDefault();
			run();
			return true;
		};
		const move = (by: number) => () =>
			setPlace({ query, index: (index + by + found.length) % found.length, dismissed: false });
		const take = () => {
			const candidate = found[index];
			if (candidate) insertMention(editor, candidate);
		};
		const ends = [
			editor.registerCommand(KEY_ARROW_DOWN_COMMAND, on(move(1)), COMMAND_PRIORITY_CRITICAL),
			editor.registerCommand(KEY_ARROW_UP_COMMAND, on(move(-1)), COMMAND_PRIORITY_CRITICAL),
			editor.registerCommand(KEY_ENTER_COMMAND, on(take), COMMAND_PRIORITY_CRITICAL),
			editor.registerCommand(KEY_TAB_COMMAND, on(take), COMMAND_PRIORITY_CRITICAL),
			editor.registerCommand(
				KEY_ESCAPE_COMMAND,
				on(() => setPlace({ query, index, dismissed: true })),
				COMMAND_PRIORITY_CRITICAL,
			),
		];
		return () => {
			for (const end of ends) end();
		};
	}, [editor, open, query, index, found]);
	return { open, chosen: index };
}
