import { $createLinkNode, $isLinkNode } from "@lexical/link";
import {
	$createListItemNode,
	$createListNode,
	$isListItemNode,
	$isListNode,
	type ListItemNode,
	type ListNode,
} from "@lexical/list";
import { $createQuoteNode, $isQuoteNode } from "@lexical/rich-text";
import {
	$createLineBreakNode,
	$createParagraphNode,
	$createTextNode,
	$getRoot,
	$isElementNode,
	$isLineBreakNode,
	$isParagraphNode,
	$isTextNode,
	type ElementNode,
	type LexicalNode,
	type TextFormatType,
	type TextNode,
} from "lexical";
import {
	type Block,
	type Doc,
	type Inline,
	type Item,
	type List,
	type Mark,
	markOrder,
} from "../doc";
import { $createMentionNode, $isMentionNode } from "./MentionNode";

const formats: Record<Mark, TextFormatType> = {
	b: "bold",
	i: "italic",
	u: "underline",
	s: "strikethrough",
	code: "code",
};

/** $readDoc reads the editor's content; it must run inside a read or an update. */
export function $readDoc(): Doc {
	return { blocks: $getRoot().getChildren().flatMap($readBlock) };
}

function $readBlock(node: LexicalNode): Block[] {
	if ($isListNode(node)) return [$readList(node)];
	if ($isQuoteNode(node)) {
		return [{ t: "quote", lines: $lines(node).map((children) => ({ t: "p", children })) }];
	}
	if ($isElementNode(node)) return [{ t: "p", children: $readInlines(node) }];
	return [];
}

/** $lines parts the content of an element at its line breaks. */
function $lines(node: ElementNode): Inline[][] {
	const lines: Inline[][] = [[]];
	for (const inline of $readInlines(node)) {
		if (inline.t === "br") lines.push([]);
		else lines.at(-1)?.push(inline);
	}
	return lines;
}

function $readList(node: ListNode): List {
	const items: Item[] = [];
	for (const child of node.getChildren()) {
		if (!$isListItemNode(child)) continue;
		const nested = child.getChildren().filter($isListNode).map($readList);
		const last = items.at(-1);
		// The editor keeps a nested list in an item of its own, after the one it belongs to.
		if (nested.length > 0 && last) last.lists.push(...nested);
		else items.push({ children: $readInlines(child), lists: nested });
	}
	return { t: "list", ordered: node.getListType() === "number", items };
}

function $readInlines(node: ElementNode): Inline[] {
	return node.getChildren().flatMap($readInline);
}

function $readInline(node: LexicalNode): Inline[] {
	if ($isMentionNode(node)) {
		const { __user: user, __everyone: everyone } = node;
		return [{ t: "mention", text: node.getTextContent(), user, everyone, marks: $marksOf(node) }];
	}
	if ($isTextNode(node)) return [{ t: "text", text: node.getTextContent(), marks: $marksOf(node) }];
	if ($isLineBreakNode(node)) return [{ t: "br" }];
	if ($isLinkNode(node)) return [{ t: "link", url: node.getURL(), children: $readInlines(node) }];
	if ($isListNode(node)) return [];
	return $isElementNode(node) ? $readInlines(node) : [];
}

function $marksOf(node: TextNode): Mark[] {
	return markOrder.filter((mark) => node.hasFormat(formats[mark]));
}

/** $makeNodes turns a document into nodes of the editor; it must run inside an update. */
export function $makeNodes(doc: Doc): ElementNode[] {
	return doc.blocks.map($makeBlock);
}

function $makeBlock(block: Block): ElementNode {
	switch (block.t) {
		case "p":
			return $fill($createParagraphNode(), block.children);
		case "list":
			return $makeList(block);
		case "quote":
			return $fill(
				$createQuoteNode(),
				block.lines.flatMap((l, i): Inline[] =>
					i === 0 ? l.children : [{ t: "br" }, ...l.children],
				),
			);
		case "pre":
			// The editor has no block of code; its lines are written as code in a paragraph.
			return $fill(
				$createParagraphNode(),
				block.text.split("\n").flatMap((text, i): Inline[] => {
					const line: Inline[] = text === "" ? [] : [{ t: "text", text, marks: ["code"] }];
					return i === 0 ? line : [{ t: "br" }, ...line];
				}),
			);
	}
}

function $makeList(list: List): ListNode {
	const node = $createListNode(list.ordered ? "number" : "bullet");
	for (const item of list.items) {
		node.append($fill($createListItemNode(), item.children));
		for (const inner of item.lists) {
			const holder: ListItemNode = $createListItemNode();
			holder.append($makeList(inner));
			node.append(holder);
		}
	}
	return node;
}

function $fill<T extends ElementNode>(node: T, inlines: readonly Inline[]): T {
	node.append(...inlines.map($makeInline));
	return node;
}

function $makeInline(inline: Inline): LexicalNode {
	switch (inline.t) {
		case "br":
			return $createLineBreakNode();
		case "text":
			return $marked($createTextNode(inline.text), inline.marks);
		case "mention":
			return $marked($createMentionNode(inline.text, inline.user, inline.everyone), inline.marks);
		case "link":
			return $fill($createLinkNode(inline.url), inline.children);
	}
}

function $marked<T extends TextNode>(node: T, marks: readonly Mark[]): T {
	for (const mark of marks) node.toggleFormat(formats[mark]);
	return node;
}

/** $isBlank tells whether nothing is written, not even an empty list. */
export function $isBlank(): boolean {
	const [first, second] = $getRoot().getChildren();
	return second === undefined && (!first || ($isParagraphNode(first) && first.isEmpty()));
}
