import type { Block, Doc, Inline, Item, List, Mark } from "./doc";
import { markOrder } from "./doc";

/** The version of the form that drafts are kept in. */
const version = 1;

/** writeDraft turns a document into the text that a draft is kept as. */
export function writeDraft(doc: Doc): string {
	return JSON.stringify({ v: version, ...doc });
}

/** readDraft reads a kept draft, or null when it is of another version or was altered. */
export function readDraft(json: string): Doc | null {
	try {
		const value: unknown = JSON.parse(json);
		if (!isObject(value) || value.v !== version) return null;
		const blocks = list(value.blocks, toBlock);
		return blocks && { blocks };
	} catch {
		return null;
	}
}

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
	return typeof value === "object" && value !== null;
}

/** list reads a list whose every element can be read, else null. */
function list<T>(value: unknown, read: (fields: Fields) => T | null): T[] | null {
	if (!Array.isArray(value)) return null;
	const out: T[] = [];
	for (const v of value) {
		const one = isObject(v) ? read(v) : null;
		if (one === null) return null;
		out.push(one);
	}
	return out;
}

function toBlock(v: Fields): Block | null {
	switch (v.t) {
		case "p": {
			const children = list(v.children, toInline);
			return children && { t: "p", children };
		}
		case "quote": {
			const lines = list(v.lines, (l) => {
				const children = list(l.children, toInline);
				return children && { t: "p" as const, children };
			});
			return lines && { t: "quote", lines };
		}
		case "pre":
			return typeof v.text === "string" ? { t: "pre", text: v.text } : null;
		default:
			return toList(v);
	}
}

function toList(v: Fields): List | null {
	const items = v.t === "list" ? list(v.items, toItem) : null;
	return items && { t: "list", ordered: v.ordered === true, items };
}

function toItem(v: Fields): Item | null {
	const children = list(v.children, toInline);
	const lists = list(v.lists, toList);
	return children && lists && { children, lists };
}

function toInline(v: Fields): Inline | null {
	if (v.t === "br") return { t: "br" };
	if (v.t === "link") {
		const children = list(v.children, toInline);
		return children && typeof v.url === "string" ? { t: "link", url: v.url, children } : null;
	}
	if (typeof v.text !== "string" || !Array.isArray(v.marks)) return null;
	const given: unknown[] = v.marks;
	const marks: Mark[] = markOrder.filter((m) => given.includes(m));
	if (v.t === "text") return { t: "text", text: v.text, marks };
	if (v.t !== "mention" || typeof v.user !== "string") return null;
	return { t: "mention", text: v.text, user: v.user, everyone: v.everyone === true, marks };
}
