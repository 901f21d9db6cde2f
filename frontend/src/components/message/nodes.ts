/**
 * The node tree of a message body as the pane draws it: one variant for each
 * kind that package markup writes, so that a switch over `t` can be closed.
 */
export type BodyNode =
	| { t: "text"; text: string }
	| { t: "emoji"; text: string }
	| { t: "br" }
	| { t: "hr" }
	| Holder<"p" | "div" | "quote" | "item" | "table" | "row" | "card">
	| Holder<MarkTag>
	| { t: "h"; level: 1 | 2 | 3; children: BodyNode[] }
	| { t: "pre"; lang: string; children: BodyNode[] }
	| { t: "list"; ordered: boolean; start: number; children: BodyNode[] }
	| { t: "cell"; head: boolean; colSpan: number; rowSpan: number; children: BodyNode[] }
	| { t: "link"; url: string; host: string; children: BodyNode[] }
	| { t: "mention"; text: string; user: string; me: boolean }
	| { t: "image"; media: string; alt: string; width: number; height: number }
	| { t: "quoteRef"; ref: string }
	| { t: "file"; ref: string }
	| { t: "unknown"; text: string; alt: string; host: string; url: string };

/** The marks a run of text can carry. */
export type MarkTag = "b" | "i" | "u" | "s" | "code" | "sub" | "sup";

/** Holder is a kind of node that says nothing more than what it holds. */
type Holder<T extends string> = T extends string ? { t: T; children: BodyNode[] } : never;

/** NodeOf is the variant of one kind. */
export type NodeOf<T extends BodyNode["t"]> = Extract<BodyNode, { t: T }>;

/**
 * RawNode is a node as it travels from the core: `t` may be a word that this
 * pane does not know yet, and absent fields are their zero value.
 */
export interface RawNode {
	t: string;
	text?: string;
	children?: RawNode[];
	url?: string;
	host?: string;
	media?: string;
	alt?: string;
	width?: number;
	height?: number;
	level?: number;
	ordered?: boolean;
	start?: number;
	lang?: string;
	head?: boolean;
	colSpan?: number;
	rowSpan?: number;
	user?: string;
	me?: boolean;
	ref?: string;
}

/** A tree deeper than this is cut: it is no message a person wrote. */
const maxDepth = 100;

/** narrow turns the core's nodes into the closed union; what it does not know becomes "unknown". */
export function narrow(raw: readonly RawNode[] | null | undefined, depth = 0): BodyNode[] {
	if (!raw || depth > maxDepth) return [];
	return raw.map((node) => narrowOne(node, depth));
}

function narrowOne(n: RawNode, depth: number): BodyNode {
	const text = n.text ?? "";
	const children = narrow(n.children, depth + 1);
	switch (n.t) {
		case "text":
		case "emoji":
			return { t: n.t, text };
		case "unknown":
			return { t: "unknown", text, alt: n.alt ?? "", host: n.host ?? "", url: n.url ?? "" };
		case "br":
		case "hr":
			return { t: n.t };
		case "p":
		case "div":
		case "quote":
		case "item":
		case "table":
		case "row":
		case "card":
		case "b":
		case "i":
		case "u":
		case "s":
		case "sub":
		case "sup":
			return { t: n.t, children };
		case "code":
			return { t: "code", children: withText(text, children) };
		case "pre":
			return { t: "pre", lang: n.lang ?? "", children: withText(text, children) };
		case "h":
			return { t: "h", level: headingLevel(n.level), children };
		case "list":
			return { t: "list", ordered: n.ordered ?? false, start: n.start || 1, children };
		case "cell":
			return {
				t: "cell",
				head: n.head ?? false,
				colSpan: span(n.colSpan),
				rowSpan: span(n.rowSpan),
				children,
			};
		case "link":
			return n.url
				? { t: "link", url: n.url, host: n.host ?? "", children }
				: { t: "div", children };
		case "mention":
			return { t: "mention", text, user: n.user ?? "", me: n.me ?? false };
		case "image":
			return {
				t: "image",
				media: n.media ?? "",
				alt: n.alt ?? "",
				width: n.width ?? 0,
				height: n.height ?? 0,
			};
		case "quoteRef":
		case "file":
			return { t: n.t, ref: n.ref ?? "" };
		default:
			return { t: "unknown", text: n.t, alt: "", host: "", url: "" };
	}
}

/** withText keeps the words of a node whether they came as text or as children. */
function withText(text: string, children: BodyNode[]): BodyNode[] {
	return text === "" ? children : [{ t: "text", text }, ...children];
}

function headingLevel(level: number | undefined): 1 | 2 | 3 {
	return level === 1 || level === 2 ? level : 3;
}

function span(n: number | undefined): number {
	return Math.min(Math.max(Math.trunc(n ?? 1), 1), 20);
}

/** isInline tells whether a node may stand inside a paragraph. */
export function isInline(node: BodyNode): boolean {
	switch (node.t) {
		case "text":
		case "br":
		case "emoji":
		case "mention":
		case "image":
			return true;
		case "unknown":
			return node.text === "image";
		case "b":
		case "i":
		case "u":
		case "s":
		case "code":
		case "sub":
		case "sup":
		case "link":
			return node.children.every(isInline);
		default:
			return false;
	}
}

/** Up to this many emoji, alone in a message, are drawn large. */
const fewEmoji = 3;
const emojiOnly =
	/^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u200d\ufe0f\u20e3\s])+$/u;

/** isEmojiOnly tells whether a body is nothing but one to three emoji, which are then drawn large. */
export function isEmojiOnly(nodes: readonly BodyNode[]): boolean {
	const text = flatText(nodes);
	if (text === null || text.trim() === "" || !emojiOnly.test(text)) return false;
	const graphemes = [
		...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text.replace(/\s/gu, "")),
	];
	return graphemes.length <= fewEmoji;
}

/** flatText is the text of a body made of nothing but text and emoji, else null. */
function flatText(nodes: readonly BodyNode[]): string | null {
	let out = "";
	for (const n of nodes) {
		if (n.t === "text" || n.t === "emoji") out += n.text;
		else if (n.t === "p" || n.t === "div") {
			const inner = flatText(n.children);
			if (inner === null) return null;
			out += inner;
		} else if (n.t !== "br") return null;
	}
	return out;
}
