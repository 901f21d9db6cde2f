import assert from "node:assert/strict";
import { until } from "./core.mjs";

/** found are the journeys up to the results of a search, which show at their end; the list shows before. */
export const found = [
	[
		"a search finds an old message as one types, and marks the words",
		async (world) => {
			const { pane, core, nora, known } = world;
			const { page } = pane;
			world.old = await oldMessage(core, nora, known.chat);
			await page.keyboard.press("ControlOrMeta+Shift+f");
			await field(page).waitFor();
			await until("the focus in the field", () => field(page).evaluate(isFocused));
			await page.keyboard.type(`"${world.old.phrase}"`);
			const hit = hitOf(page, world.old);
			await hit.waitFor();
			const marked = (await hit.locator("mark").allTextContents()).join(" ");
			assert.ok(marked.includes(world.old.phrase.split(" ")[0]), `marked: ${marked}`);
			await area(page)
				.getByText(/^Searched/)
				.waitFor();
			assert.match((await area(page).getByRole("status").textContent()) ?? "", /^\d+ messages?$/);
		},
	],
];

/** opened are the journeys from those results on; the list shows at their end. */
export const opened = [
	[
		"a result opens in its context, from where one reads on to the newest messages",
		async ({ pane, old, known }) => {
			const { page } = pane;
			await field(page).fill(`"${old.phrase}" in:"${known.chat.topic}"`);
			await until("results of one chat", async () => (await heads(page).count()) === 1);
			await until("the focus on the result", async () => {
				await page.keyboard.press("ArrowDown");
				return hitOf(page, old).evaluate(isFocused);
			});
			await page.keyboard.press("Enter");
			const message = page.locator(`[data-message="${old.id}"]`);
			await message.waitFor();
			await until("the focus on the message", () => message.evaluate(isFocused));
			assert.ok(await message.evaluate(isInView), "the message is out of view");
			const latest = page.getByRole("button", { name: "Jump to latest" });
			await latest.waitFor();
			await readDown(page);
			await latest.waitFor({ state: "detached" });
			await pane.articles("Journey five, from the cellar").waitFor();
		},
	],
	[
		"back from it, the results are as they were; opened again, it leads to the newest at once",
		async ({ pane, old, known }) => {
			const { page } = pane;
			await pane.back();
			await until("the focus on the result", () => hitOf(page, old).evaluate(isFocused));
			assert.ok((await field(page).inputValue()).includes(old.phrase));
			await page.keyboard.press("Enter");
			await page.locator(`[data-message="${old.id}"]`).waitFor();
			await page.getByRole("button", { name: "Jump to latest" }).click();
			await pane.articles("Journey five, from the cellar").waitFor();
			await pane.back();
			await page.keyboard.press("Escape");
			await until("the focus in the field", () => field(page).evaluate(isFocused));
			await page.keyboard.press("Escape");
			await area(page).waitFor({ state: "detached" });
			await pane.row(known.chat.topic).first().waitFor();
		},
	],
	[
		"without a network, a chat is searched from its menu and the result opens",
		async ({ pane, core, known }) => {
			const { page } = pane;
			await core.turn({ knob: "offline", on: true });
			await pane.reveal(known.chat.topic);
			await pane.openChat(known.chat.topic);
			await page.getByRole("button", { name: "More actions for this chat" }).click();
			await page.getByRole("menuitem", { name: "Search in this chat" }).click();
			await field(page).fill("jour cellar");
			await hits(page).filter({ hasText: "Journey five" }).first().waitFor();
			assert.ok(await area(page).getByRole("radio", { name: "This chat" }).isChecked());
			await hits(page).filter({ hasText: "Journey five" }).first().click();
			await pane.articles("Journey five, from the cellar").waitFor();
			await core.turn({ knob: "offline", on: false });
			await pane.back();
			await page.getByRole("button", { name: "Close the search" }).click();
			await pane.back();
			await pane.all();
		},
	],
];

const area = (page) => page.getByRole("region", { name: "Search", exact: true });
const field = (page) => page.getByRole("searchbox", { name: "Search messages" });
const heads = (page) => area(page).getByRole("heading");
const hits = (page) => area(page).locator("[data-hit]");
const hitOf = (page, { id }) => area(page).locator(`[data-hit$=" ${id}"]`);

/** isFocused and isInView run in the page. */
function isFocused(element) {
	return element === document.activeElement;
}

function isInView(element) {
	const view = element.closest("[role=feed]").parentElement.getBoundingClientRect();
	const box = element.getBoundingClientRect();
	return box.top >= view.top && box.bottom <= view.bottom;
}

/** readDown turns the wheel until the chat's end is reached. */
async function readDown(page) {
	const feed = page.getByRole("feed");
	const box = await feed.locator("..").boundingBox();
	await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
	await until("the end of the chat", async () => {
		await page.mouse.wheel(0, 2_000);
		return (await page.getByRole("button", { name: "Jump to latest" }).count()) === 0;
	});
	await page.mouse.wheel(0, 20_000);
}

/** oldMessage is a message with many newer ones after it, and some words of it that stand together. */
async function oldMessage(core, user, chat) {
	const { value } = await core.graph(user, "GET", `/chats/${chat.id}/messages?$top=50`);
	for (let i = value.length - 1; i >= 35; i--) {
		const text = (value[i].body?.content ?? "").replace(/^<p>|<\/p>$/g, "");
		const phrase = /[A-Za-z]{2,}(?: [A-Za-z]{2,}){1,4}/.exec(text)?.[0];
		if (!phrase || /[<&]/.test(text) || value[i].messageType !== "message") continue;
		return { id: value[i].id, phrase };
	}
	throw new Error("no old message of plain words");
}
