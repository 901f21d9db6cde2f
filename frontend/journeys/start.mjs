import assert from "node:assert/strict";
import { until } from "./core.mjs";

const topic = "Journey nine about the gasket";

/** starting are the journeys of new connected chats; the case is open and its list shows. */
export const starting = [
	[
		"a connected chat starts with a found and a suggested person, and its note is the first message",
		async ({ pane, core, known, nora }) => {
			const { page } = pane;
			await page.getByRole("button", { name: "New connected chat" }).first().click();
			const form = page.getByRole("form", { name: "New connected chat" });
			const people = form.getByRole("combobox", { name: "People" });
			const found = core.sandbox.users.find((u) => u !== nora && u.role === "expert");
			await people.pressSequentially(found.name.slice(0, 5).toLowerCase());
			await page.getByRole("option", { name: new RegExp(found.name) }).waitFor();
			await page.keyboard.press("ArrowDown");
			await page.keyboard.press("Enter");
			const chosen = form.getByRole("list", { name: "Chosen people" }).getByRole("listitem");
			await until("one person", async () => (await chosen.count()) === 1);
			const suggested = form.getByRole("group", { name: "Related to this record" });
			await suggested.getByRole("checkbox", { checked: false }).first().click();
			await until("two people", async () => (await chosen.count()) === 2);
			const name = form.getByRole("textbox", { name: "Chat name" });
			assert.ok((await name.inputValue()).includes(known.case.ticketnumber));
			await name.fill("Journey: nine");
			await form.getByText("Teams does not allow : in a name.").waitFor();
			await name.fill(topic);
			const note = form.getByRole("region", { name: "Introduction note" });
			await note.getByText(/Everyone in the chat sees these values/).waitFor();
			assert.match((await note.textContent()) ?? "", new RegExp(known.case.ticketnumber));
			await form.getByRole("button", { name: "Start chat" }).click();
			await pane.feed().waitFor();
			await pane.articles(known.case.ticketnumber).first().waitFor();
			const { value } = await core.graph(nora, "GET", "/me/chats?$top=50&$expand=members");
			const made = value.filter((c) => c.topic === topic);
			assert.equal(made.length, 1);
			assert.equal(made[0].members.length, 3);
			assert.equal(await core.count(made[0].id, known.case.ticketnumber), 1);
			await pane.back();
			await pane
				.section("Connected to this Case")
				.getByRole("button", { name: `More actions for ${topic}`, exact: true })
				.waitFor();
		},
	],
	[
		"a chat with one person offers a connected one, with a message of it quoted",
		async ({ pane, core, nora }) => {
			const { page } = pane;
			const { value } = await core.graph(nora, "GET", "/me/chats?$top=50&$expand=members");
			const pair = value.find((c) => c.chatType === "oneOnOne");
			const person = pair.members.find((m) => m.userId !== nora.id).displayName;
			await page.getByRole("searchbox", { name: "Filter chats" }).fill(person);
			await pane.openChat(person);
			await page.getByRole("button", { name: "More actions for this chat" }).click();
			await page
				.getByRole("menuitem", { name: `Start a connected chat with ${person}`, exact: true })
				.click();
			const form = page.getByRole("form", { name: "New connected chat" });
			await form.getByRole("button", { name: `Quote messages from ${person}` }).click();
			const oldest = form.locator("label:has(input[type=checkbox])").last();
			const text = ((await oldest.textContent()) ?? "").slice(-12);
			await oldest.click();
			await form.getByText("1 message", { exact: true }).waitFor();
			await form.getByRole("textbox", { name: "Chat name" }).fill(`${topic}, quoted`);
			await form.getByRole("button", { name: "Start chat" }).click();
			await pane.feed().waitFor();
			const quotes = pane.feed().locator("blockquote");
			await quotes.filter({ hasText: text }).first().waitFor();
			assert.equal(await quotes.count(), 1);
			await pane.back();
			await page.getByRole("searchbox", { name: "Filter chats" }).fill("");
		},
	],
];
