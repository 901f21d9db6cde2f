import {
	type Block,
	type Doc,
	type Inline,
	type List,
	type Mark,
	type Mention,
	normalise,
} from "./doc";

/** Serialised is a document in the HTML that Graph accepts, with its mentions in order of appearance. */
export interface Serialised {
	html: string;
	mentions: { id: number; text: string; user: string; everyone: boolean }[];
}

const tags: Record<Mark, string> = { b: "strong", i: "em", u: "u", s: "s", code: "code" };

/** serialise writes a document in Graph's dialect. An empty document gives an empty text. */
export function serialise(doc: Doc): Serialised {
	const mentions: Serialised["mentions"] = [];
	const mention = (m: Mention) => {
		const id = mentions.length;
		mentions.push({ id, text: m.text, user: m.user, everyone: m.everyone });
		return `<at id="${id}">${escapeHTML(m.text)}</at>`;
	};
	const line = (nodes: readonly Inline[]): string => inlines(keepSpaces(nodes));
	const inlines = (nodes: readonly Inline[]): string => nodes.map(inline).join("");
	const marked = (marks: readonly Mark[], inner: string) =>
		marks.reduceRight((html, m) => `<${tags[m]}>${html}</${tags[m]}>`, inner);
	const inline = (n: Inline): string => {
		switch (n.t) {
			case "br":
				return "<br>";
			case "mention":
				return marked(n.marks, mention(n));
			case "link":
				return `<a href="${escapeHTML(n.url)}">${inlines(n.children)}</a>`;
			case "text":
				return marked(n.marks, escapeHTML(n.text));
		}
	};
	const list = (l: List): string => {
		const tag = l.ordered ? "ol" : "ul";
		const items = l.items.map((i) => `<li>${line(i.children)}${i.lists.map(list).join("")}</li>`);
		return `<${tag}>${items.join("")}</${tag}>`;
	};
	// A paragraph without content has no height for a reader, so it carries a space that does not collapse.
	const paragraph = (nodes: readonly Inline[]) => `<p>${line(nodes) || "&nbsp;"}</p>`;
	const block = (b: Block): string => {
		switch (b.t) {
			case "p":
				return paragraph(b.children);
			case "list":
				return list(b);
			case "quote":
				return `<blockquote>${b.lines.map((l) => paragraph(l.children)).join("")}</blockquote>`;
			case "pre":
				return `<pre><code>${escapeHTML(b.text)}</code></pre>`;
		}
	};
	const html = normalise(doc).blocks.map(block).join("");
	return { html, mentions };
}

function escapeHTML(text: string): string {
	return text
		.replace(/&/gu, "&amp;")
		.replace(/</gu, "&lt;")
		.replace(/>/gu, "&gt;")
		.replace(/"/gu, "&quot;")
		.replace(/\u00a0/gu, "&nbsp;");
}

/**
 * keepSpaces makes those spaces of a line non-breaking that HTML would not
 * draw: at either end, beside a line break, and after another space.
 */
function keepSpaces(line: readonly Inline[]): Inline[] {
	const leaves: Inline[] = [];
	let drawn = false; // whether a space would be drawn here
	const endLine = () => {
		const last = leaves[leaves.length - 1];
		if (last?.t === "text") last.text = last.text.replace(/ $/u, "\u00a0");
		drawn = false;
	};
	const visit = (node: Inline): Inline => {
		if (node.t === "link") return { ...node, children: node.children.map(visit) };
		if (node.t === "br") endLine();
		const copy = { ...node };
		if (copy.t === "text") {
			copy.text = Array.from(copy.text, (c) => {
				const kept = c === " " && !drawn ? "\u00a0" : c;
				drawn = c !== " ";
				return kept;
			}).join("");
		} else if (copy.t === "mention") {
			drawn = true;
		}
		leaves.push(copy);
		return copy;
	};
	const out = line.map(visit);
	endLine();
	return out;
}

/**
 * The largest message: body and mentions together, in bytes. Graph takes about
 * 28 KB; the core keeps the rest for its marker and what surrounds the parts.
 */
export const limit = 28_000;

/** size is how many bytes a message counts against {@link limit}. */
export function size(s: Serialised): number {
	const bytes = new TextEncoder();
	const mentions = s.mentions.map((m) => ({
		id: m.id,
		mentionText: m.text,
		mentioned: { user: { id: m.user, displayName: m.text, userIdentityType: "aadUser" } },
	}));
	// The body travels inside JSON, where quotes and backslashes are escaped.
	return [s.html, mentions].reduce<number>(
		(n, part) => n + bytes.encode(JSON.stringify(part)).length,
		0,
	);
}
