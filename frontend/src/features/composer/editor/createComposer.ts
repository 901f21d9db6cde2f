import { createEmptyHistoryState, registerHistory } from "@lexical/history";
import { LinkNode } from "@lexical/link";
import {
	$isListNode,
	INSERT_ORDERED_LIST_COMMAND,
	INSERT_UNORDERED_LIST_COMMAND,
	ListItemNode,
	ListNode,
	registerList,
} from "@lexical/list";
import { QuoteNode, registerRichText } from "@lexical/rich-text";
import {
	$createParagraphNode,
	$getRoot,
	$getSelection,
	$insertNodes,
	$isParagraphNode,
	$isRangeSelection,
	$isTextNode,
	COMMAND_PRIORITY_HIGH,
	createEditor,
	DROP_COMMAND,
	INSERT_PARAGRAPH_COMMAND,
	KEY_DOWN_COMMAND,
	KEY_ENTER_COMMAND,
	type LexicalEditor,
	PASTE_COMMAND,
} from "lexical";
import { type Doc, fromPlain } from "../doc";
import { parse } from "../parse";
import { $makeNodes } from "./content";
import { MentionNode } from "./MentionNode";
import { theme } from "./theme";

/** What the editor asks of whoever holds it. They are read at each key. */
export interface ComposerKeys {
	/** Enter sends and Shift+Enter makes a new line; false swaps them. */
	enterSends: () => boolean;
	send: () => void;
	link: () => void;
}

/** createComposer makes the editor with a document in it, its keys and its paste; call the second value to end it. */
export function createComposer(doc: Doc, keys: ComposerKeys): [LexicalEditor, () => void] {
	const editor = createEditor({
		namespace: "chatpane",
		theme,
		nodes: [ListNode, ListItemNode, LinkNode, QuoteNode, MentionNode],
		onError(error) {
			throw error;
		},
	});
	const ends = [
		registerRichText(editor),
		registerList(editor),
		registerHistory(editor, createEmptyHistoryState(), 300),
		registerKeys(editor, keys),
		registerPaste(editor),
	];
	editor.update(() => $setDoc(doc), { discrete: true, tag: "history-merge" });
	const end = () => {
		for (const each of ends) each();
	};
	return [editor, end];
}

/** $setDoc replaces the whole content and puts the caret at its end. */
export function $setDoc(doc: Doc): void {
	const root = $getRoot().clear();
	root.append(...$makeNodes(doc));
	if (root.isEmpty()) root.append($createParagraphNode());
	root.selectEnd();
}

function registerKeys(editor: LexicalEditor, keys: ComposerKeys): () => void {
	const enter = editor.registerCommand(
		KEY_ENTER_COMMAND,
		(event) => {
			if (!event || isComposing(event)) return false;
			event.preventDefault();
			const sends = event.ctrlKey || event.metaKey || event.shiftKey !== keys.enterSends();
			if (sends) keys.send();
			else editor.dispatchCommand(INSERT_PARAGRAPH_COMMAND, undefined);
			return true;
		},
		COMMAND_PRIORITY_HIGH,
	);
	const down = editor.registerCommand(
		KEY_DOWN_COMMAND,
		(event) => {
			if (isComposing(event)) return false;
			const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
			if (command && event.key.toLowerCase() === "k") {
				event.preventDefault();
				// The pane's own shortcut with these keys must not hear of it.
				event.stopPropagation();
				keys.link();
				return true;
			}
			if (event.key === " " && !command && startList(editor)) {
				event.preventDefault();
				return true;
			}
			return false;
		},
		COMMAND_PRIORITY_HIGH,
	);
	return () => {
		enter();
		down();
	};
}

/** isComposing: the key belongs to an input method. WebKit ends the composition before the key comes. */
function isComposing(event: KeyboardEvent): boolean {
	return event.isComposing || event.keyCode === 229;
}

/** startList begins a list when the line so far is "-", "*" or "1." and tells whether it did. */
function startList(editor: LexicalEditor): boolean {
	const selection = $getSelection();
	if (!$isRangeSelection(selection) || !selection.isCollapsed()) return false;
	const node = selection.anchor.getNode();
	const line = node.getParent();
	if (!$isTextNode(node) || !$isParagraphNode(line) || line.getFirstChild() !== node) return false;
	const before = node.getTextContent().slice(0, selection.anchor.offset);
	const ordered = /^1[.)]$/u.test(before);
	if (!ordered && before !== "-" && before !== "*") return false;
	node.spliceText(0, before.length, "", true);
	editor.dispatchCommand(
		ordered ? INSERT_ORDERED_LIST_COMMAND : INSERT_UNORDERED_LIST_COMMAND,
		undefined,
	);
	return true;
}

/** registerPaste reduces what is pasted to what can be sent, and takes no drop but plain text. */
function registerPaste(editor: LexicalEditor): () => void {
	const insert = (data: DataTransfer): boolean => {
		const html = data.getData("text/html");
		const doc = html === "" ? fromPlain(data.getData("text/plain")) : parse(html);
		if (doc.blocks.length === 0) return false;
		editor.update(() => $paste(doc));
		return true;
	};
	const paste = editor.registerCommand(
		PASTE_COMMAND,
		(event) => {
			event.preventDefault();
			if ("clipboardData" in event && event.clipboardData) insert(event.clipboardData);
			return true;
		},
		COMMAND_PRIORITY_HIGH,
	);
	const drop = editor.registerCommand(
		DROP_COMMAND,
		(event) => {
			event.preventDefault();
			if (event.dataTransfer) insert(event.dataTransfer);
			return true;
		},
		COMMAND_PRIORITY_HIGH,
	);
	return () => {
		paste();
		drop();
	};
}

/** $paste inserts a document at the caret; one line joins the line it is pasted into. */
function $paste(doc: Doc): void {
	const nodes = $makeNodes(doc);
	const [only] = nodes;
	if (nodes.length === 1 && only && !$isListNode(only)) $insertNodes(only.getChildren());
	else $insertNodes(nodes);
}
