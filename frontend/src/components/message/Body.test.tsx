import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { english } from "../../test/render";
import { WordsProvider } from "../../text/context";
import { Body, type BodyProps } from "./Body";
import { isEmojiOnly, narrow, type RawNode } from "./nodes";

const text = (t: string): RawNode => ({ t: "text", text: t });

function show(nodes: RawNode[], part: Partial<BodyProps> = {}) {
	const onLink = vi.fn();
	const { container } = render(
		<WordsProvider value={english}>
			<Body
				nodes={nodes}
				media={(id) => `/media/${id}`}
				onLink={onLink}
				attachment={() => null}
				tabbable
				{...part}
			/>
		</WordsProvider>,
	);
	return { body: container.firstElementChild as HTMLElement, onLink };
}

describe("Body", () => {
	it("draws every kind of node as the element that means it", () => {
		const { body } = show([
			{ t: "h", level: 1, children: [text("T")] },
			{
				t: "p",
				children: [
					text("a"),
					{ t: "br" },
					{ t: "b", children: [{ t: "i", children: [text("b")] }] },
				],
			},
			{
				t: "list",
				ordered: true,
				start: 3,
				children: [{ t: "item", children: [text("c")] }, text("d")],
			},
			{ t: "quote", children: [{ t: "p", children: [text("e")] }] },
			{ t: "pre", lang: "sql", children: [text("f\n g")] },
			{
				t: "table",
				children: [
					{ t: "row", children: [{ t: "cell", head: true, colSpan: 2, children: [text("g")] }] },
				],
			},
			{ t: "hr" },
			{
				t: "p",
				children: [
					{ t: "code", children: [text("h")] },
					{ t: "sub", children: [text("i")] },
				],
			},
		]);
		expect(body.innerHTML.replace(/ (class|dir|tabindex)="[^"]*"/gu, "")).toBe(
			"<h4>T</h4><p>a<br><strong><em>b</em></strong></p>" +
				'<ol start="3"><li>c</li><li>d</li></ol>' +
				"<blockquote><p>e</p></blockquote>" +
				"<div><div>sql</div><pre><code>f\n g</code></pre></div>" +
				'<div><table><tbody><tr><th colspan="2" rowspan="1">g</th></tr></tbody></table></div>' +
				"<hr><p><code>h</code><sub>i</sub></p>",
		);
	});

	it("never reads text as markup", () => {
		const { body } = show([{ t: "p", children: [text('<img src=x onerror="alert(1)">')] }]);
		expect(body.querySelector("img")).toBeNull();
		expect(body.textContent).toBe('<img src=x onerror="alert(1)">');
	});

	it("says what it cannot show, also of kinds it has never heard of", () => {
		const { body } = show([
			{ t: "hologram" },
			{ t: "unknown", text: "card" },
			{
				t: "p",
				children: [
					{ t: "unknown", text: "image", host: "x.example", url: "https://x.example/a.gif" },
				],
			},
		]);
		expect(body.textContent).toContain("can only be shown in Teams");
		expect(body.textContent).toContain("A card");
		expect(screen.getByRole("link", { name: "Picture from x.example" })).toBeTruthy();
		expect(body.querySelector("img")).toBeNull();
	});

	it("hands a link over instead of following it, by click and by Enter", async () => {
		const { body, onLink } = show([
			{
				t: "p",
				children: [
					{
						t: "link",
						url: "https://evil.example/",
						host: "evil.example",
						children: [text("bank.example")],
					},
				],
			},
		]);
		const user = userEvent.setup();
		const link = screen.getByRole("link", { name: "bank.example" });
		expect(body.querySelector("[href]")).toBeNull();
		await user.click(link);
		link.focus();
		await user.keyboard("{Enter}");
		expect(onLink.mock.calls).toEqual([["https://evil.example/"], ["https://evil.example/"]]);
		expect(body.textContent).toContain("evil.example");
	});

	it("keeps a picture's place, and loads it only from the core", () => {
		show([{ t: "image", media: "h/1", alt: "Worn gasket", width: 4000, height: 2000 }]);
		const image = screen.getByRole("img", { name: "Worn gasket" });
		expect(image.getAttribute("src")).toBe("/media/h/1");
		expect([image.getAttribute("width"), image.getAttribute("height")]).toEqual(["320", "160"]);
	});

	it("emphasises a mention of the user", () => {
		const { body } = show([
			{
				t: "p",
				children: [
					{ t: "mention", text: "Ada", me: true },
					{ t: "mention", text: "Bo" },
				],
			},
		]);
		expect(
			[...body.querySelectorAll("[data-mention]")].map((m) => m.getAttribute("data-mention")),
		).toEqual(["me", ""]);
	});

	it("takes links out of the tab order when told so", () => {
		show(
			[{ t: "p", children: [{ t: "link", url: "https://a.example/", children: [text("a")] }] }],
			{ tabbable: false },
		);
		expect(screen.getByRole("link").tabIndex).toBe(-1);
	});
});

describe("narrow", () => {
	it("cuts a tree that is deeper than any message", () => {
		let node: RawNode = text("deep");
		for (let i = 0; i < 500; i++) node = { t: "div", children: [node] };
		expect(JSON.stringify(narrow([node]))).not.toContain("deep");
	});
});

describe("isEmojiOnly", () => {
	it.each([
		["👍", true],
		["👩🏽‍💻🎉", true],
		["🇩🇪 ❤️", true],
		["👍👍👍👍", false],
		["ok 👍", false],
		["", false],
		["12", false],
	])("%s", (words, want) => {
		expect(isEmojiOnly(narrow([{ t: "p", children: [text(words)] }]))).toBe(want);
	});
});
