import { screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import type { Compose, Draft, Member } from "../../backend/types";
import { usePane } from "../../model/context";
import { renderPane } from "../../test/render";
import { Composer } from "./Composer";
import { type Doc, fromPlain } from "./doc";
import { writeDraft } from "./draft";

const chat = "t2";
const members: Member[] = [
	{ id: "u-me", name: "Adele Vance", email: "", guest: false, owner: true, me: true },
	{
		id: "u-bo",
		name: "Bo Alm",
		email: "bo@contoso.example",
		guest: false,
		owner: false,
		me: false,
	},
];
const problem = { code: "offline", args: [], request: "", retry: true, action: "", url: "" };

const bold: Doc = {
	blocks: [
		{
			t: "p",
			children: [
				{ t: "text", text: "Hello ", marks: [] },
				{ t: "text", text: "there", marks: ["b"] },
				{ t: "text", text: " ", marks: [] },
				{ t: "mention", text: "Bo Alm", user: "u-bo", everyone: false, marks: [] },
			],
		},
	],
};

/** written shows a composer whose editor is there, with a draft in it. */
async function written(doc: Doc | null) {
	const pane = await renderPane(<Late doc={doc} />);
	await screen.findByRole("toolbar", undefined, { timeout: 10_000 });
	const sent = () =>
		pane.fake.calls.filter((c) => c.method === "send").map((c) => c.args[0] as Compose);
	const drafts = () =>
		pane.fake.calls.filter((c) => c.method === "saveDraft").map((c) => c.args[0] as Draft);
	return { ...pane, sent, drafts, box: screen.getByRole("textbox", { name: "Type a message" }) };
}

describe("Composer", () => {
	it("has its toolbar as soon as its editor, so that what is above does not move", async () => {
		const bare: Element[] = [];
		const watch = new MutationObserver(() => {
			const editor = document.querySelector("[contenteditable]");
			if (editor && !screen.queryByRole("toolbar")) bare.push(editor);
		});
		watch.observe(document, { childList: true, subtree: true });
		await written(null);
		watch.disconnect();
		expect(bare).toEqual([]);
	});

	it("restores a draft with its formats and sends it in Graph's dialect", async () => {
		const { box, user, sent, drafts } = await written(bold);
		expect(box.textContent).toBe("Hello there Bo Alm");
		await user.click(screen.getByRole("button", { name: "Send" }));
		expect(sent()).toEqual([
			{
				chat,
				html: '<p>Hello <strong>there</strong> <at id="0">Bo Alm</at></p>',
				mentions: [{ id: 0, text: "Bo Alm", user: "u-bo", everyone: false }],
				importance: "normal",
			},
		]);
		await waitFor(() => expect(box.textContent).toBe(""));
		await waitFor(() => expect(drafts().at(-1)).toEqual({ chat, json: "", text: "" }));
	});

	it("keeps what was written when the core refuses it, and says why", async () => {
		const { box, user, fake, drafts } = await written(bold);
		fake.fail("send", problem);
		await user.click(screen.getByRole("button", { name: "Send" }));
		expect((await screen.findByRole("alert")).textContent).toContain("You are offline");
		expect(box.textContent).toBe("Hello there Bo Alm");
		expect(drafts().every((d) => d.json !== "")).toBe(true);
	});

	it("sends nothing when there is nothing to send", async () => {
		const { user, sent } = await written(null);
		const send = screen.getByRole("button", { name: "Send" });
		expect(send.getAttribute("aria-disabled")).toBe("true");
		await user.click(send);
		expect(sent()).toEqual([]);
	});

	it("says that a message is too long before it can be refused", async () => {
		const { user, sent } = await written(fromPlain("x".repeat(28_500)));
		expect((await screen.findByRole("alert")).textContent).toMatch(/too long by about/);
		await user.click(screen.getByRole("button", { name: "Send" }));
		expect(sent()).toEqual([]);
	});

	it("tells how much room is left when a message grows long", async () => {
		await written(fromPlain("x".repeat(25_000)));
		expect(screen.getByRole("status").textContent).toMatch(
			/Room for about 2,9\d\d more characters/,
		);
	});
});

/** Late shows the composer once the draft is in the model, as after a start. */
function Late({ doc }: { doc: Doc | null }) {
	const { model } = usePane();
	useState(() => doc && model.drafts.put([{ chat, json: writeDraft(doc), text: "Hello there" }]));
	return <Composer chat={chat} members={members} />;
}
