import { $isLinkNode } from "@lexical/link";
import { $isListNode } from "@lexical/list";
import { $getSelection, $isRangeSelection, $isTextNode, type LexicalNode } from "lexical";

/** What the toolbar shows of the place where the caret is. */
export interface CaretState {
	bold: boolean;
	italic: boolean;
	list: "" | "bullet" | "number";
	/** Address of the link around the caret, "" = none. */
	link: string;
	/** What is selected, as plain text. */
	selected: string;
	/** The word after an "@" before the caret, null when none is being written. */
	mention: string | null;
}

/** noCaret is the state before the editor was ever entered. */
export const noCaret: CaretState = {
	bold: false,
	italic: false,
	list: "",
	link: "",
	selected: "",
	mention: null,
};

/** $readCaret reads the state; it must run inside a read. */
export function $readCaret(): CaretState {
	const selection = $getSelection();
	if (!$isRangeSelection(selection)) return noCaret;
	const node = selection.anchor.getNode();
	const link = ancestor(node, $isLinkNode);
	const list = ancestor(node, $isListNode);
	return {
		bold: selection.hasFormat("bold"),
		italic: selection.hasFormat("italic"),
		list: list ? (list.getListType() === "number" ? "number" : "bullet") : "",
		link: link?.getURL() ?? "",
		selected: selection.isCollapsed() ? "" : selection.getTextContent(),
		mention: $mentionQuery(),
	};
}

const query = /(?:^|[\s(])@([\p{L}\p{M}\p{N}'’.-]*(?: [\p{L}\p{M}\p{N}'’.-]+)?)$/u;

/** $mentionQuery is what was typed after an "@" that begins a word, null when there is none. */
export function $mentionQuery(): string | null {
	const selection = $getSelection();
	if (!$isRangeSelection(selection) || !selection.isCollapsed()) return null;
	const node = selection.anchor.getNode();
	if (!$isTextNode(node) || !node.isSimpleText()) return null;
	return query.exec(node.getTextContent().slice(0, selection.anchor.offset))?.[1] ?? null;
}

function ancestor<T extends LexicalNode>(
	node: LexicalNode,
	is: (n: LexicalNode | null | undefined) => n is T,
): T | null {
	for (let n: LexicalNode | null = node; n; n = n.getParent()) if (is(n)) return n;
	return null;
}
