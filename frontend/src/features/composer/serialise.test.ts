import { describe, expect, it } from "vitest";
import dialect from "../../../../app/markup/testdata/dialect.json";
import {
	autolink,
	type Doc,
	fromPlain,
	type Inline,
	type Mark,
	normalise,
	plain,
	sendableURL,
} from "./doc";
import { parse } from "./parse";
import { limit, serialise, size } from "./serialise";
import { randomDocs } from "./testdoc";

const p = (...children: Inline[]): Doc => ({ blocks: [{ t: "p", children }] });
const text = (t: string, ...marks: Mark[]): Inline => ({ t: "text", text: t, marks });

describe("serialise", () => {
	it("nests marks in the fixed order whatever order they were given in", () => {
		expect(serialise(p(text("x", "code", "s", "u", "i", "b"))).html).toBe(
			"<p><strong><em><u><s><code>x</code></s></u></em></strong></p>",
		);
	});

	it("numbers mentions by appearance and lists them", () => {
		const out = serialise(
			p({ t: "mention", text: "Ada", user: "u1", everyone: false, marks: [] }, text(" and "), {
				t: "mention",
				text: "Everyone",
				user: "",
				everyone: true,
				marks: [],
			}),
		);
		expect(out.html).toBe('<p><at id="0">Ada</at> and <at id="1">Everyone</at></p>');
		expect(out.mentions).toEqual([
			{ id: 0, text: "Ada", user: "u1", everyone: false },
			{ id: 1, text: "Everyone", user: "", everyone: true },
		]);
	});

	it("escapes what would be markup", () => {
		expect(serialise(p(text('<img src=x onerror="a">&'))).html).toBe(
			"<p>&lt;img src=x onerror=&quot;a&quot;&gt;&amp;</p>",
		);
	});

	it("keeps spaces that HTML would drop, and lets the others wrap", () => {
		expect(serialise(p(text(" a  b "), text("c ", "b"))).html).toBe(
			"<p>&nbsp;a &nbsp;b <strong>c&nbsp;</strong></p>",
		);
	});

	it("gives an empty text for an empty document", () => {
		expect(serialise({ blocks: [] }).html).toBe("");
		expect(serialise(fromPlain(" \n\u200b\n ")).html).toBe("");
	});

	it("keeps blank lines between paragraphs", () => {
		expect(serialise(fromPlain("a\n\nb\n")).html).toBe("<p>a</p><p>&nbsp;</p><p>b</p>");
	});

	it("writes links that may be sent, and only the words of others", () => {
		const link = (url: string) => serialise(p({ t: "link", url, children: [text("here")] })).html;
		expect(link('https://a.example/?q="')).toBe(
			'<p><a href="https://a.example/?q=%22">here</a></p>',
		);
		expect(link("javascript:alert(1)")).toBe("<p>here</p>");
		expect(link("https://user:pass@evil.example/")).toBe("<p>here</p>");
	});

	it("reads back as what was written, for 100 documents", () => {
		for (const doc of randomDocs(7, 100)) {
			const out = serialise(doc);
			const back = parse(out.html, (id) => {
				const m = out.mentions[id];
				return m && { text: m.text, user: m.user, everyone: m.everyone };
			});
			expect(back, out.html).toEqual(normalise(doc));
			expect(serialise(back)).toEqual(out);
		}
	});

	it("counts body and mentions in bytes, as they travel", () => {
		expect(size(serialise(fromPlain("ü".repeat(15000))))).toBeGreaterThan(limit);
		expect(size(serialise(fromPlain("u".repeat(15000))))).toBeLessThan(limit);
		const bare = size(serialise(p(text("Ada"))));
		expect(
			size(serialise(p({ t: "mention", text: "Ada", user: "u1", everyone: false, marks: [] }))),
		).toBeGreaterThan(bare + 60);
	});
});

describe("the dialect shared with the core", () => {
	it.each(dialect.map((d) => [d.name, d] as const))("%s", (_, d) => {
		const doc = parse(d.html, (id) => d.mentions.find((m) => m.id === id));
		expect(serialise(doc)).toEqual({ html: d.html, mentions: d.mentions });
		expect(plain(doc)).toBe(d.text.replace(/\u00a0/gu, " "));
	});
});

describe("parse", () => {
	it.each<[string, string, string]>([
		[
			"drops script, style and their content",
			"<style>x</style><p>a<script>alert(1)</script></p>",
			"<p>a</p>",
		],
		["drops attributes and inline style", '<p style="color:red" onclick="x()">a</p>', "<p>a</p>"],
		[
			"drops images without loading them",
			'<p>a<img src="https://track.example/x.gif">b</p>',
			"<p>ab</p>",
		],
		["turns headings into bold lines", "<h1>T</h1><p>a</p>", "<p><strong>T</strong></p><p>a</p>"],
		[
			"keeps code of a pre block on its lines",
			"<pre>a\n  <b>b</b></pre>",
			"<pre><code>a\n  b</code></pre>",
		],
		[
			"sets table cells apart",
			"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
			"<p>a &nbsp;b</p><p>c</p>",
		],
		[
			"keeps nested lists",
			"<ul><li>a<ol><li>b</li></ol></li></ul>",
			"<ul><li>a<ol><li>b</li></ol></li></ul>",
		],
		["takes a mention from elsewhere as plain text", '<p><at id="0">Ada</at></p>', "<p>Ada</p>"],
		["reads plain div lines", "<div>a</div><div>b <em>c</em></div>", "<p>a</p><p>b <em>c</em></p>"],
		["ignores white space between blocks", "\n<p>\n a\n b </p>\n <p>c</p>\n", "<p>a b</p><p>c</p>"],
	])("%s", (_, html, want) => {
		expect(serialise(parse(html)).html).toBe(want);
	});
});

describe("doc", () => {
	it("links addresses typed as text, without the full stop after them", () => {
		const out = serialise(autolink(fromPlain("see https://a.example/x. Or http://b.example")));
		expect(out.html).toBe(
			'<p>see <a href="https://a.example/x">https://a.example/x</a>. Or http://b.example</p>',
		);
	});

	it("knows which addresses may be sent", () => {
		expect(sendableURL("https://a.example")).toBe("https://a.example/");
		expect(sendableURL("https://a.example/%zz?`")).toBe("https://a.example/%25zz?%60");
		expect(sendableURL("https://[::1]:8443/x")).toBe("https://[::1]:8443/x");
		expect(sendableURL("mailto:a@b.example")).toBe("mailto:a@b.example");
		for (const bad of [
			"http://a",
			"javascript:x",
			"a.example",
			"https://u:p@a.example",
			"mailto:x",
			"",
		])
			expect(sendableURL(bad), bad).toBeNull();
	});

	it("is readable as plain text", () => {
		expect(plain(parse("<p>a <b>b</b></p><ol><li>x<ul><li>y</li></ul></li><li>z</li></ol>"))).toBe(
			"a b\n1. x\n  • y\n2. z",
		);
	});
});
