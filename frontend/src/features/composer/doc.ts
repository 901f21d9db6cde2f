/**
 * The composer's document: what a person can write here and nothing else. The
 * editor is read into it, drafts are kept as it, pasted content is reduced to
 * it, and the serialiser writes it in Graph's dialect.
 */
export interface Doc {
	blocks: Block[];
}

export type Block = Paragraph | List | Quote | Code;

export interface Paragraph {
	t: "p";
	children: Inline[];
}

/** Quote is somebody else's words, in paragraphs. */
export interface Quote {
	t: "quote";
	lines: Paragraph[];
}

/** Code is a block of code, drawn as it was written. */
export interface Code {
	t: "pre";
	text: string;
}

export interface List {
	t: "list";
	ordered: boolean;
	items: Item[];
}

/** Item is a list item: its line, and the lists nested under it. */
export interface Item {
	children: Inline[];
	lists: List[];
}

export type Inline = Text | Mention | { t: "br" } | Link;

export interface Text {
	t: "text";
	text: string;
	marks: Mark[];
}

export interface Mention {
	t: "mention";
	text: string;
	/** Entra object id; empty when everyone is mentioned. */
	user: string;
	everyone: boolean;
	marks: Mark[];
}

export interface Link {
	t: "link";
	url: string;
	children: Inline[];
}

export type Mark = "b" | "i" | "u" | "s" | "code";

/** markOrder is the order in which marks are nested, outermost first. */
export const markOrder: readonly Mark[] = ["b", "i", "u", "s", "code"];

/** Lists deeper than this are flattened into their parent. */
export const maxListDepth = 6;

/** emptyDoc is what a fresh composer holds. */
export const emptyDoc: Doc = { blocks: [] };

/**
 * normalise brings a document into its one canonical form: runs with equal
 * marks are joined, characters no message may carry are gone, non-breaking
 * spaces are spaces, links that may not be sent are text, and empty
 * paragraphs and line breaks at either end are gone.
 */
export function normalise(doc: Doc): Doc {
	const blocks = doc.blocks.flatMap((b) => normaliseBlock(b));
	while (blocks.length > 0 && isBlank(blocks[0])) blocks.shift();
	while (blocks.length > 0 && isBlank(blocks[blocks.length - 1])) blocks.pop();
	return { blocks };
}

function normaliseBlock(block: Block): Block[] {
	switch (block.t) {
		case "p":
			return [normaliseParagraph(block)];
		case "list": {
			const list = normaliseList(block);
			return list ? [list] : [];
		}
		case "quote": {
			const lines = block.lines.map(normaliseParagraph);
			return lines.every(isBlank) ? [] : [{ t: "quote", lines }];
		}
		case "pre": {
			const text = block.text
				.split(/\r\n?|\n/u)
				.map(cleanText)
				.join("\n");
			return isInvisible(text) ? [] : [{ t: "pre", text }];
		}
	}
}

function normaliseParagraph(p: Paragraph): Paragraph {
	const children = normaliseInlines(p.children);
	return { t: "p", children: isBlank({ t: "p", children }) ? [] : children };
}

function normaliseList(list: List): List | null {
	const items = list.items
		.map((item) => ({
			children: normaliseInlines(item.children),
			lists: item.lists.map(normaliseList).filter((l) => l !== null),
		}))
		.filter((item) => item.children.length > 0 || item.lists.length > 0);
	return items.length === 0 ? null : { t: "list", ordered: list.ordered, items };
}

/** isInvisible tells whether a text shows nothing: white space and characters that only format. */
function isInvisible(text: string): boolean {
	return text.replace(/[\s\p{Cf}]/gu, "") === "";
}

function isBlank(block: Block | undefined): boolean {
	return (
		block?.t === "p" &&
		block.children.every((n) => n.t === "br" || (n.t === "text" && isInvisible(n.text)))
	);
}

function normaliseInlines(inlines: readonly Inline[], inLink = false): Inline[] {
	const out: Inline[] = [];
	for (const node of inlines) for (const n of normaliseInline(node, inLink)) push(out, n);
	// A break at the end of a line is drawn by no reader, and stands for nothing.
	while (out[out.length - 1]?.t === "br") out.pop();
	return out;
}

function normaliseInline(node: Inline, inLink: boolean): Inline[] {
	switch (node.t) {
		case "br":
			return [node];
		case "text": {
			const text = cleanText(node.text);
			return text === "" ? [] : [{ t: "text", text, marks: ordered(node.marks) }];
		}
		case "mention": {
			const text = cleanText(node.text);
			return isInvisible(text) ? [] : [{ ...node, text, marks: ordered(node.marks) }];
		}
		case "link": {
			const url = sendableURL(node.url);
			const children = normaliseInlines(node.children, true);
			if (url === null || inLink) return children;
			return children.some((c) => c.t === "mention" || (c.t === "text" && !isInvisible(c.text)))
				? [{ t: "link", url, children }]
				: children;
		}
	}
}

/** push appends a node, joining it with the last one when both are text with equal marks or links to the same place. */
function push(out: Inline[], node: Inline) {
	const last = out[out.length - 1];
	if (last?.t === "text" && node.t === "text" && sameMarks(last.marks, node.marks)) {
		out[out.length - 1] = { t: "text", text: last.text + node.text, marks: last.marks };
	} else if (last?.t === "link" && node.t === "link" && last.url === node.url) {
		const children = [...last.children];
		for (const child of node.children) push(children, child);
		out[out.length - 1] = { ...last, children };
	} else {
		out.push(node);
	}
}

function ordered(marks: readonly Mark[]): Mark[] {
	return markOrder.filter((m) => marks.includes(m));
}

function sameMarks(a: readonly Mark[], b: readonly Mark[]): boolean {
	return a.length === b.length && a.every((m) => b.includes(m));
}

/** Control characters, and code points that are never characters, which the server refuses. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the purpose.
const illegal = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff]/gu;

/** cleanText drops what no message may carry; lone halves of surrogate pairs become U+FFFD. */
export function cleanText(text: string): string {
	return text
		.replace(/[\ud800-\udfff]/gu, "\ufffd")
		.replace(/[\t\n\u00a0\u2028\u2029]/gu, " ")
		.replace(illegal, "");
}

/** The longest address the core sends. */
const maxURL = 2048;
const hostName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.?$/u;
/** A label with hyphens in third and fourth place is reserved for international names. */
const reservedLabel = /(^|\.)(?!xn)[a-z0-9]{2}--/u;
const mailAddress = /^[\w.!#$%&'*+/=?^{|}~-]+@([a-z0-9.-]+)$/iu;

/**
 * sendableURL returns an address as it may be sent, or null: absolute https
 * with a host and no user, or mailto with one address. It is never laxer than
 * the core, which refuses a message with any other link.
 */
export function sendableURL(text: string): string | null {
	let url: URL;
	try {
		url = new URL(text);
	} catch {
		return null;
	}
	if (url.protocol === "mailto:") {
		const host = mailAddress.exec(url.pathname)?.[1];
		return host !== undefined && isHost(host.toLowerCase())
			? within(`mailto:${url.pathname}`)
			: null;
	}
	if (url.protocol !== "https:" || url.username !== "" || url.password !== "") return null;
	return isHost(url.hostname) ? within(url.href) : null;
}

function isHost(host: string): boolean {
	return /^\[[0-9a-f:.]+\]$/u.test(host) || (hostName.test(host) && !reservedLabel.test(host));
}

function within(url: string): string | null {
	// What a browser lets pass in an address, but a strict reader does not.
	const strict = url.replace(/%(?![0-9a-f]{2})/giu, "%25").replace(/`/gu, "%60");
	return strict.length <= maxURL && !/["<>\\\s]/u.test(strict) ? strict : null;
}

/** plain is the document as plain text: blocks on lines, for the draft's row. */
export function plain(doc: Doc): string {
	return doc.blocks.map(plainBlock).join("\n").trim();
}

function plainBlock(block: Block): string {
	switch (block.t) {
		case "p":
			return plainInlines(block.children);
		case "list":
			return plainList(block, "");
		case "quote":
			return block.lines.map((line) => `> ${plainInlines(line.children)}`).join("\n");
		case "pre":
			return block.text;
	}
}

function plainList(list: List, indent: string): string {
	return list.items
		.map((item, i) => {
			const mark = list.ordered ? `${i + 1}. ` : "• ";
			const lines = [`${indent}${mark}${plainInlines(item.children)}`];
			return [...lines, ...item.lists.map((l) => plainList(l, `${indent}  `))].join("\n");
		})
		.join("\n");
}

function plainInlines(inlines: readonly Inline[]): string {
	return inlines
		.map((n) => {
			if (n.t === "br") return "\n";
			return n.t === "link" ? plainInlines(n.children) : n.text;
		})
		.join("");
}

/** fromPlain makes a document of plain text, a paragraph for each line. */
export function fromPlain(text: string): Doc {
	if (text === "") return { blocks: [] };
	const lines = text.replace(/\r\n?/gu, "\n").split("\n");
	return {
		blocks: lines.map((line) => ({
			t: "p",
			children: line === "" ? [] : [{ t: "text", text: line, marks: [] }],
		})),
	};
}

const bareURL = /\bhttps:\/\/[^\s<>"']+/gu;

/** autolink turns addresses typed as text into links, as Teams does when a message is sent. */
export function autolink(doc: Doc): Doc {
	const line = (p: Paragraph): Paragraph => ({ ...p, children: linked(p.children) });
	const inList = (list: List): List => ({
		...list,
		items: list.items.map((item) => ({
			children: linked(item.children),
			lists: item.lists.map(inList),
		})),
	});
	const inBlock = (block: Block): Block => {
		switch (block.t) {
			case "p":
				return line(block);
			case "list":
				return inList(block);
			case "quote":
				return { ...block, lines: block.lines.map(line) };
			case "pre":
				return block;
		}
	};
	return { blocks: doc.blocks.map(inBlock) };
}

function linked(inlines: readonly Inline[]): Inline[] {
	return inlines.flatMap((n) => (n.t === "text" && !n.marks.includes("code") ? linkText(n) : [n]));
}

function linkText(node: Text): Inline[] {
	const out: Inline[] = [];
	let from = 0;
	for (const match of node.text.matchAll(bareURL)) {
		// Punctuation that ends a sentence is not part of the address before it.
		const address = match[0].replace(/[.,;:!?)\]}]+$/u, "");
		const url = sendableURL(address);
		if (url === null) continue;
		if (match.index > from) out.push({ ...node, text: node.text.slice(from, match.index) });
		out.push({ t: "link", url, children: [{ ...node, text: address }] });
		from = match.index + address.length;
	}
	if (from < node.text.length) out.push({ ...node, text: node.text.slice(from) });
	return out;
}
