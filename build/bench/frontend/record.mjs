import { join } from "node:path";

/** How often the record is opened; the first times do not count. */
const times = 25;
const warm = 3;

/**
 * openings opens a record of which everything is cached, again and again, in the
 * pane before the product's own core on a sandbox company, and tells how long
 * each took from the click until its three sections were painted, in ms. The
 * window is tall, and the person in few chats, so that all three are in view;
 * more is drawn than in a window of the usual height.
 */
export async function openings({ browser, app, frontend, note }) {
	const { Core, until } = await import(join(frontend, "journeys", "core.mjs"));
	const { Pane } = await import(join(frontend, "journeys", "pane.mjs"));
	const core = await Core.start(app);
	try {
		const pane = await Pane.open(browser, core, { width: 420, height: 3000 });
		const { page } = pane;
		page.setDefaultTimeout(60_000);
		// A browser has few connections to an address; what the last opening still
		// reads would take them, as it does not in a window.
		const calls = new Set();
		page.on("request", (r) => r.url().includes("/call/") && calls.add(r));
		for (const end of ["requestfinished", "requestfailed"]) page.on(end, (r) => calls.delete(r));
		const [record] = core.sandbox.cases;
		await pane.signIn(await fewest(core, record.id));
		await pane.openCase(record.id);
		// Until what it says has been read once, among it who could help.
		await pane.section("Suggested contacts").getByRole("checkbox").first().waitFor();
		await page.waitForTimeout(5000);
		const took = [];
		for (let i = -warm; i < times; i += 1) {
			await page.locator("[role=tab][aria-selected=true]").press("Delete");
			await until("home", async () => (await page.locator("[role=tab]").count()) === 0);
			await page.getByRole("textbox", { name: "Open a record" }).click();
			await page.locator("[data-suggestion]").filter({ hasText: record.ticketnumber }).first().waitFor();
			const ms = await page.evaluate(open, record.ticketnumber);
			if (i >= 0) took.push(ms);
			await until("what it reads anew", () => calls.size === 0, 60);
			await page.waitForTimeout(300);
		}
		note(`a cached record, ms: ${took.map((ms) => ms.toFixed(0)).join(" ")}`);
		return took;
	} finally {
		await core.stop();
	}
}

/** fewest is the agent in the fewest chats of those who may read a case, but not in none. */
async function fewest(core, record) {
	const { users, chats } = core.sandbox;
	const count = (u) => chats.filter((c) => c.members.includes(u.id)).length;
	const agents = users.filter((u) => u.role === "agent" && count(u) >= 10);
	for (const u of agents.sort((a, b) => count(a) - count(b))) {
		const read = core.dataverse(u, "GET", `/incidents(${record})?$select=title`);
		if (await read.catch(() => undefined)) return u;
	}
	throw new Error("no agent is in ten chats and may read the case");
}

/** open clicks on a proposed record and waits until its sections are painted; it runs in the page. */
async function open(number) {
	const found = [...document.querySelectorAll("[data-suggestion]")].find((e) => e.textContent.includes(number));
	const there = (kind) => {
		const box = document.getElementById(`section-${kind}`)?.getBoundingClientRect();
		return box !== undefined && box.height > 0 && box.bottom < innerHeight;
	};
	const from = performance.now();
	found.click();
	while (!["thisRecord", "otherRecords", "others"].every(there) || document.querySelectorAll("[data-chat]").length < 10) {
		if (performance.now() - from > 20_000) throw new Error("the record's sections do not come");
		await new Promise(requestAnimationFrame);
	}
	// Drawn and painted.
	await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
	return performance.now() - from;
}
