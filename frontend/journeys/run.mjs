// Runs the journeys: the demo build's real core, the pane in a real browser,
// and people's steps through it. Prints "N passed, N failed" at its end.

import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { Core } from "./core.mjs";
import { Pane } from "./pane.mjs";
import { stories } from "./stories.mjs";

const root = join(import.meta.dirname, "..", "..");
const out = join(root, "build", "bin", "journeys");

await mkdir(out, { recursive: true });
const program = process.env.CHATPANE_DEMO || (await build());
const core = await Core.start(program);
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
	args: ["--no-sandbox"],
});
let passed = 0;
let failed = 0;
/** Who sits at a pane: the agent first, then others on machines of their own. */
const seats = [];
try {
	const pane = await open(core);
	const world = { core, pane, seat, seats, ...(await cast(core)) };
	for (const [name, story] of stories) {
		const began = Date.now();
		try {
			await story(world);
			passed += 1;
			console.log(`ok    ${name} (${Date.now() - began} ms)`);
		} catch (error) {
			failed += 1;
			console.log(`FAIL  ${name}\n${error.stack}`);
			for (const [i, at] of seats.entries()) {
				const shot = join(out, `failed-${failed}-${i}.png`);
				await at.pane?.page.screenshot({ path: shot }).catch(() => undefined);
				console.log(`screenshot: ${shot}\ncore:\n${at.core.log}`);
			}
		}
	}
} finally {
	await browser.close();
	for (const at of seats.reverse()) await at.core.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** open shows the pane of a core in a page of its own. */
async function open(core) {
	const at = { core };
	seats.push(at);
	at.pane = await Pane.open(browser, core);
	at.pane.page.setDefaultTimeout(20_000);
	return at.pane;
}

/** seat gives somebody a machine of their own, with a core and a pane, and signs them in there. */
async function seat(user) {
	const beside = await core.beside();
	const pane = await open(beside);
	await pane.signIn(user);
	return { core: beside, pane, user };
}

/** build makes the demo build with the pane that is in frontend/dist. */
async function build() {
	const file = join(out, process.platform === "win32" ? "chatpane.exe" : "chatpane");
	await promisify(execFile)("go", ["build", "-tags", "demo,webkit2_41", "-o", file, "."], {
		cwd: root,
	});
	return file;
}

/**
 * cast chooses who and what the journeys are about: the agent whose pane it is,
 * a case, a group chat connected to it, somebody else in that chat, and a
 * group chat of hers that is connected to nothing.
 */
async function cast(core) {
	const { users, cases, chats } = core.sandbox;
	const nora = users.find((u) => u.name === "Nora Lindqvist");
	const { value: links } = await core.dataverse(nora, "GET", "/msdyn_teamschatassociations");
	const linked = new Set(links.map((l) => l.msdyn_teamschatid));
	const count = (topic) => chats.filter((c) => c.topic === topic).length;
	const hers = chats.filter(
		(c) => c.topic && c.members.length > 2 && c.members.includes(nora.id) && count(c.topic) === 1,
	);
	const ofCase = (l) =>
		l.msdyn_regardingobjectid === cases[0].id && l.msdyn_entityrecordstate === 0;
	const inCase = new Set(links.filter(ofCase).map((l) => l.msdyn_teamschatid));
	const chat = hers.find((c) => inCase.has(c.id));
	const loose = await first(hers, async (c) => {
		if (linked.has(c.id)) return false;
		// Meetings cannot be connected.
		return (await core.graph(nora, "GET", `/chats/${c.id}`)).chatType === "group";
	});
	const other = users.find((u) => u !== nora && chat.members.includes(u.id));
	return { nora, other, known: { case: cases[0], chat, loose } };
}

/** first is the first element of which the answer is yes. */
async function first(list, ask) {
	for (const each of list) if (await ask(each)) return each;
	throw new Error("the sandbox has nobody and nothing of the kind");
}
