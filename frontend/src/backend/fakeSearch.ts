import type {
	ChatRow,
	MessageRow,
	SearchHit,
	SearchQuery,
	SearchResults,
	SearchSpan,
	Storage,
} from "./types";

/**
 * searchIn looks for the words of a query in the fake company's messages, newest
 * first, without operators but has:file. It highlights and pages as the core does.
 */
export function searchIn(
	chats: ChatRow[],
	rows: (chat: string) => MessageRow[],
	query: SearchQuery,
): SearchResults {
	const words = query.text.toLowerCase().split(/\s+/).filter(Boolean);
	const file = words.includes("has:file");
	const terms = words.filter((w) => w !== "has:file").map((w) => w.replaceAll('"', ""));
	const scope = chats.filter(
		(c) =>
			query.scope === "all" ||
			(query.scope === "chat" && c.id === query.key) ||
			(query.scope === "record" && c.records.some((r) => r.key === query.key)),
	);
	const all = scope
		.flatMap((c) => rows(c.id).map((m) => ({ c, m })))
		.filter(({ m }) => m.plain !== "" && (!file || m.files.length > 0))
		.filter(({ m }) => terms.every((t) => m.plain.toLowerCase().includes(t)))
		.sort((a, b) => b.m.time.localeCompare(a.m.time));
	const from = Number(query.after);
	const hits = words.length === 0 ? [] : all.slice(from, from + query.limit);
	return {
		hits: hits.map(({ c, m }) => hit(c, m, terms)),
		after: from + hits.length < all.length && hits.length > 0 ? String(from + hits.length) : "",
		total: words.length === 0 ? 0 : all.length,
		atMost: false,
		coverage: { chats: scope.length, of: scope.length, since: "" },
		problems: words
			.filter((w) => /^(before|after):./.test(w))
			.map((text) => ({ code: "date", text })),
		empty: words.length === 0,
		preparing: 100,
	};
}

function hit(c: ChatRow, m: MessageRow, terms: string[]): SearchHit {
	return {
		chat: c.id,
		id: m.id,
		sort: m.sort,
		time: m.time,
		from: m.from,
		me: m.me,
		app: m.app,
		title: c.title,
		kind: c.kind,
		people: c.people,
		records: c.records,
		snippet: spans(m.plain, terms),
		files: m.files,
		mentionsMe: m.mentionsMe,
		edited: m.edited !== "",
	};
}

/** spans marks every occurrence of a term. */
function spans(text: string, terms: string[]): SearchSpan[] {
	const out: SearchSpan[] = [];
	const lower = text.toLowerCase();
	let at = 0;
	while (at < text.length) {
		let next = text.length;
		let length = 0;
		for (const t of terms) {
			const i = lower.indexOf(t, at);
			if (i >= 0 && i < next) {
				next = i;
				length = t.length;
			}
		}
		if (next > at) out.push({ text: text.slice(at, next), hit: false });
		if (length > 0) out.push({ text: text.slice(next, next + length), hit: true });
		at = next + length;
	}
	return out;
}

/** storageOf measures the fake company's messages. */
export function storageOf(chats: ChatRow[], rows: (chat: string) => MessageRow[]): Storage {
	const all = chats.map((c) => ({
		id: c.id,
		title: c.title,
		messages: rows(c.id).length,
		bytes: 300 * rows(c.id).length,
		records: c.records.map((r) => r.key),
		since: "",
	}));
	const messages = all.reduce((n, c) => n + c.messages, 0);
	return {
		bytes: 500 * messages,
		messages,
		chats: all.sort((a, b) => b.bytes - a.bytes),
		retentionDays: 0,
		cacheMegabytes: 0,
	};
}
