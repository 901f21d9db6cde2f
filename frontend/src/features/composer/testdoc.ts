import type { Block, Doc, Inline, Item, List, Mark, Paragraph } from "./doc";

/** randomDocs yields documents made from a seed, for property tests; the same seed gives the same documents. */
export function* randomDocs(seed: number, count: number): Generator<Doc> {
	let state = seed >>> 0;
	const next = (n: number) => {
		// Mulberry32: small, and good enough to reach every branch.
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) % n;
	};
	const pieces = [
		"a",
		" ",
		"  ",
		"word ",
		" <b>&amp;",
		"\u00a0",
		"ü",
		"日本",
		"👍🏽",
		"\ud800",
		"\u0007",
		"\"'",
		"\t",
		"&nbsp;",
		"</p>",
		"מה",
	];
	const marks: Mark[] = ["b", "i", "u", "s", "code"];
	const text = () =>
		Array.from({ length: 1 + next(4) }, () => pieces[next(pieces.length)]).join("");
	const some = () => marks.filter(() => next(3) === 0);
	const inline = (deep: boolean): Inline => {
		const kind = next(deep ? 8 : 7);
		if (kind === 4) return { t: "br" };
		if (kind === 5)
			return {
				t: "mention",
				text: `P ${text()}`,
				user: `u${next(5)}`,
				everyone: false,
				marks: some(),
			};
		if (kind === 6)
			return { t: "mention", text: "Everyone", user: "", everyone: true, marks: some() };
		if (kind === 7) {
			const url =
				[
					'https://a.example/x?a=1&b="2"',
					"http://no.example",
					"mailto:a@b.example",
					"javascript:alert(1)",
				][next(4)] ?? "";
			return { t: "link", url, children: inlines(false) };
		}
		return { t: "text", text: text(), marks: some() };
	};
	const inlines = (deep: boolean): Inline[] => Array.from({ length: next(5) }, () => inline(deep));
	const list = (depth: number): List => ({
		t: "list",
		ordered: next(2) === 0,
		items: Array.from(
			{ length: next(4) },
			(): Item => ({
				children: inlines(true),
				lists:
					depth < 4 && next(3) === 0
						? Array.from({ length: 1 + next(2) }, () => list(depth + 1))
						: [],
			}),
		),
	});
	const paragraph = (): Paragraph => ({ t: "p", children: inlines(true) });
	const block = (): Block => {
		const kind = next(8);
		if (kind === 0) return { t: "quote", lines: Array.from({ length: next(3) }, paragraph) };
		if (kind === 1) return { t: "pre", text: `${text()}\n${text()}` };
		return kind < 4 ? list(1) : paragraph();
	};
	for (let i = 0; i < count; i++) yield { blocks: Array.from({ length: next(5) }, block) };
}
