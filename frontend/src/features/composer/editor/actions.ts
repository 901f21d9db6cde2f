import { $createLinkNode, $toggleLink } from "@lexical/link";
import {
	INSERT_ORDERED_LIST_COMMAND,
	INSERT_UNORDERED_LIST_COMMAND,
	REMOVE_LIST_COMMAND,
} from "@lexical/list";
import {
	$createTextNode,
	$getSelection,
	$insertNodes,
	$isRangeSelection,
	$isTextNode,
	type LexicalEditor,
} from "lexical";
import type { Candidate } from "../candidates";
import { $createMentionNode } from "./MentionNode";
import { $mentionQuery } from "./state";

/** toggleList makes the line a list of a kind, or a plain line again. */
export function toggleList(editor: LexicalEditor, kind: "bullet" | "number", now: string): void {
	if (now === kind) editor.dispatchCommand(REMOVE_LIST_COMMAND, undefined);
	else if (kind === "number") editor.dispatchCommand(INSERT_ORDERED_LIST_COMMAND, undefined);
	else editor.dispatchCommand(INSERT_UNORDERED_LIST_COMMAND, undefined);
}

/** setLink links what is selected, or writes a text that is linked; no address takes the link away. */
export function setLink(editor: LexicalEditor, url: string, text: string): void {
	editor.update(() => {
		const selection = $getSelection();
		if (!$isRangeSelection(selection)) return;
		if (url === "") $toggleLink(null);
		else if (!selection.isCollapsed()) $toggleLink(url);
		else
			$insertNodes([
				$createLinkNode(url).append($createTextNode(text || url)),
				$createTextNode(" "),
			]);
	});
}

/** insertMention puts a mention in the place of the "@" and what was typed after it. */
export function insertMention(editor: LexicalEditor, candidate: Candidate): void {
	editor.update(() => {
		const selection = $getSelection();
		const query = $mentionQuery();
		if (!$isRangeSelection(selection) || query === null) return;
		const node = selection.anchor.getNode();
		if (!$isTextNode(node)) return;
		const end = selection.anchor.offset;
		node.spliceText(end - query.length - 1, query.length + 1, "", true);
		const mention = $createMentionNode(candidate.name, candidate.user, candidate.everyone);
		const space = $createTextNode(" ");
		$insertNodes([mention, space]);
		space.selectEnd();
	});
}

/** startMention writes an "@" at the caret, set apart from the word before it. */
export function startMention(editor: LexicalEditor): void {
	editor.focus(() => {
		editor.update(() => {
			const selection = $getSelection();
			if (!$isRangeSelection(selection)) return;
			const node = selection.anchor.getNode();
			const before = $isTextNode(node)
				? node.getTextContent().slice(0, selection.anchor.offset)
				: "";
			selection.insertText(/[^\s(]$/u.test(before) ? " @" : "@");
		});
	});
}
