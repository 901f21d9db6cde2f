import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { until } from "./core.mjs";
import { joining } from "./joining.mjs";
import { rights } from "./rights.mjs";
import { found, opened } from "./search.mjs";
import { starting } from "./start.mjs";
import { suggested } from "./suggest.mjs";
import { together } from "./together.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** stories are the journeys in order; each begins where the one before it ended. */
export const stories = [
	[
		"a person signs in and sees the chats",
		async ({ pane, nora }) => {
			await pane.signIn(nora);
			await pane.meet("Other chats");
		},
	],
	[
		"a case opens by its address and shows its three sections",
		async ({ pane, known }) => {
			await pane.openCase(known.case.id);
			for (const name of ["Connected to this Case", "Connected to other records", "Other chats"]) {
				await pane.meet(name);
			}
			await pane.row(known.chat.topic).first().waitFor();
		},
	],
	...suggested,
	...starting,
	[
		"the form of a connected chat has no serious accessibility fault",
		async ({ pane }) => {
			await pane.page.getByRole("button", { name: "New connected chat" }).first().click();
			await pane.page.getByRole("switch", { name: "Introduction note" }).waitFor();
			await faultless(pane.page);
			await pane.page.getByRole("button", { name: "Back", exact: true }).click();
		},
	],
	[
		"a chat opens at its end, and a message appears once",
		async ({ pane, core, known }) => {
			await pane.openChat(known.chat.topic);
			await pane.send("Journey one, is the gasket there?");
			await pane.delivered("Journey one, is the gasket there?");
			assert.equal(await core.count(known.chat.id, "Journey one"), 1);
		},
	],
	[
		"a colleague answers, below the message, without a reload",
		async ({ pane }) => {
			const last = pane.feed().getByRole("article").last();
			await until(
				"an answer",
				async () => !/^You:/.test((await last.getAttribute("aria-label")) ?? "You:"),
				40,
			);
		},
	],
	[
		"two people see each other's messages",
		async ({ pane, core, known, other }) => {
			await core.graph(other, "POST", `/chats/${known.chat.id}/messages`, {
				body: {
					contentType: "html",
					content: "<p>Journey two, from <strong>my</strong> machine</p>",
				},
			});
			await pane.articles("Journey two, from my machine").waitFor({ timeout: 90_000 });
			await pane.send("Journey two, I see it");
			await pane.delivered("Journey two, I see it");
			const { value } = await core.graph(other, "GET", `/chats/${known.chat.id}/messages?$top=10`);
			assert.equal(value.filter((m) => m.body.content.includes("Journey two, I see it")).length, 1);
		},
	],
	[
		"formats, a list, a link and a mention arrive at the server as written",
		async ({ pane, core, known, other }) => {
			const { page } = pane;
			await page.getByRole("textbox", { name: "Type a message" }).click();
			await page.keyboard.type("Journey three ");
			await page.keyboard.press("ControlOrMeta+b");
			await page.keyboard.type("bold");
			await page.keyboard.press("ControlOrMeta+b");
			await page.keyboard.type(` https://contoso.example/x @${other.name.slice(0, 4)}`);
			await page.getByRole("listbox", { name: "People to mention" }).waitFor();
			await page.keyboard.press("Enter");
			await page.keyboard.press("Shift+Enter");
			await page.keyboard.type("- first");
			await page.keyboard.press("Shift+Enter");
			await page.keyboard.type("second");
			await page.getByRole("button", { name: "Send", exact: true }).click();
			await pane.delivered("Journey three");
			const { value } = await core.graph(other, "GET", `/chats/${known.chat.id}/messages?$top=10`);
			const sent = value.find((m) => m.body.content.includes("Journey three"));
			assert.match(sent.body.content, /<strong>bold<\/strong>/);
			assert.match(sent.body.content, /<a href="https:\/\/contoso\.example\/x"/);
			assert.match(sent.body.content, /<li>first<\/li>\s*<li>second<\/li>/);
			assert.deepEqual(
				sent.mentions.map((m) => m.mentioned.user.id),
				[other.id],
			);
		},
	],
	[
		"what is being written survives a restart of the pane",
		async ({ pane, known }) => {
			await pane.page.getByRole("textbox", { name: "Type a message" }).click();
			await pane.page.keyboard.type("Journey four, half a sen");
			await pane.page.waitForTimeout(800);
			await pane.page.reload();
			await pane.openChat(known.chat.topic);
			const box = pane.page.getByRole("textbox", { name: "Type a message" });
			await until("the draft", async () =>
				((await box.textContent()) ?? "").includes("Journey four, half a sen"),
			);
			await box.click();
			await pane.page.keyboard.press("ControlOrMeta+a");
			await pane.page.keyboard.press("Delete");
		},
	],
	[
		"older messages come before what is read, which stays in its place",
		async ({ pane }) => {
			const worst = await pane.page.evaluate(scrollUp);
			// On a busy machine a frame can pass before new rows are measured, so this allows
			// one row; the gate of 1 px belongs to a benchmark on a quiet one.
			assert.ok(worst.moved <= 64, `moved by ${worst.moved} px`);
			// The first page holds 50; how many more there are is up to the seed.
			assert.ok(worst.seen > 55, `only ${worst.seen} messages came`);
		},
	],
	[
		"another chat is connected to the case and disconnected again",
		async ({ pane, known }) => {
			await pane.back();
			const here = pane.section("Connected to this Case");
			await pane.reveal(known.loose.topic);
			await pane.choose(known.loose.topic, /^Connect to this/i);
			await here
				.getByRole("button", { name: `More actions for ${known.loose.topic}`, exact: true })
				.waitFor();
			await pane.choose(known.loose.topic, /^Disconnect from this/i);
			await pane
				.section("Other chats")
				.getByRole("button", { name: `More actions for ${known.loose.topic}`, exact: true })
				.waitFor();
			await pane.all();
		},
	],
	[
		"a message written offline is delivered once when the network is back",
		async ({ pane, core, known }) => {
			const { page } = pane;
			await pane.openChat(known.chat.topic);
			await page.getByRole("button", { name: "Go offline" }).click();
			await pane.send("Journey five, from the cellar");
			await pane
				.articles("Journey five")
				.getByText(/Will be sent|Waiting to be sent/)
				.waitFor();
			assert.equal(await core.count(known.chat.id, "Journey five"), 0);
			await page.getByRole("button", { name: "Go online" }).click();
			await pane.delivered("Journey five, from the cellar");
			assert.equal(await core.count(known.chat.id, "Journey five"), 1);
		},
	],
	...["light", "dark"].flatMap((scheme) => [
		[
			`the chat has no serious accessibility fault in ${scheme}`,
			async ({ pane }) => {
				await pane.page.emulateMedia({ colorScheme: scheme });
				await faultless(pane.page);
			},
		],
	]),
	[
		"the list has no serious accessibility fault",
		async ({ pane }) => {
			await pane.back();
			await faultless(pane.page);
		},
	],
	...found,
	[
		"the results of a search have no serious accessibility fault",
		async ({ pane }) => faultless(pane.page),
	],
	...opened,
	...joining,
	[
		"the list with a locked chat has no serious accessibility fault",
		async ({ pane }) => faultless(pane.page),
	],
	...together,
	...rights,
	[
		"nothing was refused by the content security policy, and no error reached a page",
		async ({ pane, seats }) => {
			const policy = (await pane.page.request.get(pane.core.pane)).headers()[
				"content-security-policy"
			];
			assert.match(policy ?? "", /default-src 'none'/);
			for (const at of seats) {
				assert.deepEqual(at.pane.violations, []);
				assert.deepEqual(at.pane.errors, []);
			}
		},
	],
];

/** faultless runs axe in the page, which the policy allows since the browser itself puts it there. */
async function faultless(page) {
	// Colours that are still on their way between two themes would be measured.
	await page.waitForTimeout(500);
	await page.evaluate(axe);
	const found = await page.evaluate(async () => {
		const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
		return violations
			.filter((v) => v.impact === "serious" || v.impact === "critical")
			.map(
				(v) =>
					`${v.id}: ${v.nodes.map((n) => `${n.html.slice(0, 160)} ${n.any[0]?.message ?? ""}`).join("; ")}`,
			);
	});
	assert.deepEqual(found, []);
}

/** scrollUp reads upwards, tells how far a message in view ever jumped, and how many were seen; it runs in the page. */
async function scrollUp() {
	const box = document.querySelector("[role=feed]").parentElement;
	const frame = () =>
		new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
	const shown = () => [...document.querySelectorAll("[data-message]")];
	const seen = new Set();
	let moved = 0;
	let still = 0;
	while (seen.size <= 80 && still < 100) {
		const before = new Map(shown().map((e) => [e.dataset.message, e.getBoundingClientRect().top]));
		const by = Math.min(150, box.scrollTop);
		still = by === 0 ? still + 1 : 0;
		box.scrollTop -= by;
		await frame();
		const view = box.getBoundingClientRect();
		for (const e of shown()) {
			seen.add(e.dataset.message);
			const now = e.getBoundingClientRect();
			const was = before.get(e.dataset.message);
			if (was === undefined || now.bottom < view.top || now.top > view.bottom) continue;
			moved = Math.max(moved, Math.abs(now.top - was - by));
		}
	}
	return { moved, seen: seen.size };
}
