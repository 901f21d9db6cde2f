import {
	type Block,
	type Doc,
	type Inline,
	type Item,
	type List,
	type Mark,
	maxListDepth,
	normalise,
	type Paragraph,
	sendableURL,
} from "./doc";

/** Who an `<at>` element stands for; without one it is read as plain text. */
export type Mentioned = (
	id: number,
) => { text: string; user: string; everyone: boolean } | undefined;

/**
 * parse reduces HTML to a document. The HTML is read into an inert document,
 * which loads nothing and runs nothing; only the words and the supported
 * formats are taken out of it, never an element or an attribute but `href`.
 */
export function parse(html: string, mentioned: Mentioned = () => undefined): Doc {
	const inert = new DOMParser().parseFromString(html, "text/html");
	return read(inert.body, mentioned);
}

const markTags: Record<string, Mark> = {
	B: "b",
	STRONG: "b",
	I: "i",
	EM: "i",
	CITE: "i",
	U: "u",
	INS: "u",
	S: "s",
	STRIKE: "s",
	DEL: "s",
	CODE: "code",
	KBD: "code",
	SAMP: "code",
	TT: "code",
};

const blockTags = new Set(
	"ADDRESS ARTICLE ASIDE BLOCKQUOTE BODY DD DETAILS DIV DL DT FIELDSET FIGCAPTION FIGURE FOOTER FORM H1 H2 H3 H4 H5 H6 HEADER HR LI MAIN NAV P PRE SECTION SUMMARY TABLE TBODY TFOOT THEAD TR UL OL".split(
		" ",
	),
);

/** Elements whose content is not words. */
const dropTags = new Set(
	"SCRIPT STYLE TEMPLATE NOSCRIPT IFRAME OBJECT EMBED SVG MATH HEAD META LINK TITLE SELECT TEXTAREA BUTTON INPUT AUDIO VIDEO CANVAS".split(
		" ",
	),
);

function read(root: Element, mentioned: Mentioned): Doc {
	const reader = new Reader(mentioned);
	reader.children(root, []);
	reader.endLine();
	return normalise({ blocks: reader.blocks });
}

/** Reader walks an inert tree and collects blocks; `line` is the paragraph being filled. */
class Reader {
	readonly blocks: Block[] = [];
	private line: Inline[] = [];
	private readonly mentioned: Mentioned;

	constructor(mentioned: Mentioned) {
		this.mentioned = mentioned;
	}

	children(parent: Node, marks: Mark[]) {
		for (const child of parent.childNodes) this.node(child, marks);
	}

	endLine() {
		const children = trimLine(this.line);
		this.line = [];
		if (children.length > 0) this.blocks.push({ t: "p", children });
	}

	private node(node: Node, marks: Mark[]) {
		if (node.nodeType === 3) return this.text(node.nodeValue ?? "", marks);
		if (node.nodeType !== 1) return;
		const el = node as Element;
		const tag = el.tagName.toUpperCase();
		if (dropTags.has(tag)) return;
		if (tag === "BR") this.line.push({ t: "br" });
		else if (tag === "UL" || tag === "OL") this.list(el);
		else if (tag === "BLOCKQUOTE") this.quote(el);
		else if (tag === "PRE") this.code(el);
		else if (tag === "TD" || tag === "TH") this.cell(el, marks);
		else if (blockTags.has(tag)) this.block(el, marks);
		else this.inline(el, tag, marks);
	}

	private text(value: string, marks: Mark[]) {
		const text = value.replace(/[ \t\r\n\f]+/gu, " ");
		if (text !== "") this.line.push({ t: "text", text, marks });
	}

	private quote(el: Element) {
		this.endLine();
		const inner = new Reader(this.mentioned);
		inner.children(el, []);
		inner.endLine();
		const lines = inner.blocks.flatMap(linesOf);
		if (lines.length > 0) this.blocks.push({ t: "quote", lines });
	}

	private code(el: Element) {
		this.endLine();
		this.blocks.push({ t: "pre", text: preText(el) });
	}

	private cell(el: Element, marks: Mark[]) {
		if (this.line.length > 0) this.line.push({ t: "text", text: " \u00a0", marks: [] });
		this.children(el, marks);
	}

	private block(el: Element, marks: Mark[]) {
		this.endLine();
		const before = this.blocks.length;
		const heading = /^H[1-6]$/u.test(el.tagName) ? withMark(marks, "b") : marks;
		this.children(el, heading);
		this.endLine();
		// An empty paragraph was written as one: it is a blank line.
		if (el.tagName === "P" && this.blocks.length === before)
			this.blocks.push({ t: "p", children: [] });
	}

	private inline(el: Element, tag: string, marks: Mark[]) {
		if (tag === "AT") {
			const who = this.mentioned(Number(el.getAttribute("id")));
			if (who) return void this.line.push({ t: "mention", ...who, marks });
		}
		const mark = markTags[tag];
		const url = tag === "A" ? sendableURL(el.getAttribute("href") ?? "") : null;
		if (url === null) return this.children(el, mark ? withMark(marks, mark) : marks);
		const inner = new Reader(this.mentioned);
		inner.children(el, marks);
		this.line.push({ t: "link", url, children: inner.inlines() });
	}

	/** inlines returns everything read so far as one line. */
	inlines(): Inline[] {
		const rest = this.line;
		return [...this.blocks.flatMap(inlinesOf), ...rest];
	}

	private list(el: Element) {
		this.endLine();
		const list = this.readList(el, 1);
		if (list.items.length > 0) this.blocks.push(list);
	}

	private readList(el: Element, depth: number): List {
		const items: Item[] = [];
		for (const child of el.children) {
			const tag = child.tagName.toUpperCase();
			if (tag === "UL" || tag === "OL") this.nest(items, this.readList(child, depth + 1), depth);
			else if (tag === "LI") this.item(items, child, depth);
		}
		return { t: "list", ordered: el.tagName.toUpperCase() === "OL", items };
	}

	private item(items: Item[], li: Element, depth: number) {
		const inner = new Reader(this.mentioned);
		const nested: List[] = [];
		for (const child of li.childNodes) {
			const tag = child.nodeType === 1 ? (child as Element).tagName.toUpperCase() : "";
			if (tag === "UL" || tag === "OL") nested.push(this.readList(child as Element, depth + 1));
			else inner.node(child, []);
		}
		inner.endLine();
		items.push({
			children: inner.blocks.flatMap((b, i) =>
				i === 0 ? inlinesOf(b) : [{ t: "br" }, ...inlinesOf(b)],
			),
			lists: [],
		});
		for (const list of nested) this.nest(items, list, depth);
	}

	/** nest hangs a list under the last item, or beside it when lists would get too deep. */
	private nest(items: Item[], list: List, depth: number) {
		const last = items[items.length - 1];
		if (last === undefined || depth >= maxListDepth) items.push(...list.items);
		else last.lists.push(list);
	}
}

/** linesOf flattens a block to paragraphs, for places that hold nothing else. */
function linesOf(block: Block): Paragraph[] {
	switch (block.t) {
		case "p":
			return [block];
		case "quote":
			return block.lines;
		case "list":
			return block.items.flatMap((i) => [
				{ t: "p", children: i.children },
				...i.lists.flatMap(linesOf),
			]);
		case "pre":
			return block.text
				.split("\n")
				.map((text) => ({ t: "p", children: [{ t: "text", text, marks: ["code"] }] }));
	}
}

/** inlinesOf flattens a block to one line, its paragraphs parted by breaks. */
function inlinesOf(block: Block): Inline[] {
	return linesOf(block).flatMap((p, i) => (i === 0 ? p.children : [{ t: "br" }, ...p.children]));
}

function preText(node: Node): string {
	if (node.nodeType === 3) return node.nodeValue ?? "";
	if (node.nodeType !== 1) return "";
	const tag = (node as Element).tagName.toUpperCase();
	if (tag === "BR") return "\n";
	return dropTags.has(tag) ? "" : Array.from(node.childNodes, preText).join("");
}

function withMark(marks: Mark[], mark: Mark): Mark[] {
	return marks.includes(mark) ? marks : [...marks, mark];
}

/** trimLine drops the white space that HTML would not draw: at either end, after a break, and doubled. */
function trimLine(line: Inline[]): Inline[] {
	const state = { space: true };
	const out = collapse(line, state);
	const end = (nodes: Inline[]): Inline[] => {
		const last = nodes[nodes.length - 1];
		if (last?.t === "text" && last.text.endsWith(" ")) {
			const text = last.text.slice(0, -1);
			return text === "" ? end(nodes.slice(0, -1)) : [...nodes.slice(0, -1), { ...last, text }];
		}
		if (last?.t === "link")
			return [...nodes.slice(0, -1), { ...last, children: end(last.children) }];
		return nodes;
	};
	return end(out);
}

function collapse(line: readonly Inline[], state: { space: boolean }): Inline[] {
	const out: Inline[] = [];
	for (const n of line) {
		if (n.t === "text") {
			const text = state.space ? n.text.replace(/^ +/u, "") : n.text;
			if (text !== "") {
				out.push({ ...n, text });
				state.space = text.endsWith(" ");
			}
		} else if (n.t === "link") {
			out.push({ ...n, children: collapse(n.children, state) });
		} else {
			out.push(n);
			state.space = n.t === "br";
		}
	}
	return out;
}
