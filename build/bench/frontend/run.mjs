// Measures the pane and its peer in one browser, in turns, and prints the
// figures as one line of JSON. Told where things are by one argument of JSON.

import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { audit } from "./audit.mjs";
import { Page } from "./page.mjs";
import { openings } from "./record.mjs";

const { app, pane, peer, frontend, shots, rounds } = JSON.parse(process.argv[2]);
const require = createRequire(join(frontend, "package.json"));
const { chromium } = require("playwright-core");
const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");

const long = 10_000; // messages in each chat
const wide = { width: 1000, height: 800 };
const narrow = { width: 420, height: 800 };
const sides = {
	pane: (page) => `${pane}/index.html?fake&language=en&theme=light&messages=${long}&page=${page}`,
	peer: () => `${peer}/index.html?messages=${long}`,
};

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
	args: ["--no-sandbox"],
});
const violations = [];
const note = (text) => process.stderr.write(`  ${text}\n`);

try {
	const figures = { pane: {}, peer: {} };
	for (const side of ["pane", "peer"]) figures[side] = { start: [], script: [], switch: [] };
	// One round that does not count: the browser itself is cold.
	for (let round = -1; round < rounds; round += 1) {
		for (const side of ["pane", "peer"]) {
			const { task, script } = await begin(side);
			if (round < 0) continue;
			figures[side].start.push(task);
			figures[side].script.push(script);
		}
	}
	note(`CPU to interactive, ms: ${JSON.stringify(figures)}`);
	for (const side of ["pane", "peer"]) Object.assign(figures[side], await longChats(side));
	Object.assign(figures.pane, await prepending());
	if (app) figures.pane.record = await openings({ browser, app, frontend, note });
	figures.pane.axe = await audit({ browser, pane, axe, shots, violations, note });
	figures.pane.violations = violations.length;
	for (const v of violations) note(`refused by the content security policy: ${v}`);
	console.log(JSON.stringify(figures));
} finally {
	await browser.close();
}

function open(side, size) {
	return Page.open(browser, size, side === "pane" ? violations : []);
}

/** begin is the CPU of a fresh page until the list can be used, in ms. */
async function begin(side) {
	const page = await open(side, narrow);
	try {
		const cost = await page.cost(async () => {
			await page.goto(sides[side](long));
			await page.listed();
		});
		if (shots) await writeFile(join(shots, `${side}-list.png`), await page.picture());
		return cost;
	} finally {
		await page.close();
	}
}

/** longChats measures with 10,000 messages in the open chat. */
async function longChats(side) {
	const page = await open(side, wide);
	try {
		await page.goto(sides[side](long));
		await page.listed();
		const ids = ["b0", "b4", "b6", "b10"];
		// Each once before, for the data and the composer are read at the first.
		for (const id of ids) await page.openChat(id);
		await page.rest();
		const switches = [];
		for (let i = 0; i < 16; i += 1) {
			const { task } = await page.cost(() => page.openChat(ids[i % ids.length]));
			switches.push(task);
			await page.rest();
		}
		note(`${side}: CPU of switches, ms: ${switches.map((s) => s.toFixed(1)).join(" ")}`);
		if (shots) await writeFile(join(shots, `${side}-chat.png`), await page.picture());
		const gap = await page.bottomGap();
		const scroll = await page.scrolled(240);
		const chats = await page.scrolledList(120);
		return { switch: switches, gap, ...scroll, ...chats, heap: await heapOf(side) };
	} finally {
		await page.close();
	}
}

/** heapOf is the memory of a page with one chat of 10,000 messages open, in MB. */
async function heapOf(side) {
	const page = await open(side, wide);
	try {
		await page.goto(sides[side](long));
		await page.listed();
		const empty = await page.heap();
		await page.openChat("b0");
		await page.rest();
		const full = await page.heap();
		note(`${side}: heap ${empty.toFixed(1)} MB with the list, ${full.toFixed(1)} MB with the chat`);
		return full;
	} finally {
		await page.close();
	}
}

/** prepending reads older messages while the view is away from the end, and lets one arrive while it is at it. */
async function prepending() {
	const page = await open("pane", wide);
	try {
		await page.goto(sides.pane(50));
		await page.listed();
		await page.openChat("b0");
		await page.rest();
		await page.evaluate(() => window.fake.arrive("b0", "One more, and long enough for two lines in a bubble"));
		await page.rest();
		const arrived = await page.bottomGap();
		const drifts = [];
		for (let i = 0; i < 8; i += 1) drifts.push(await page.prependDrift());
		note(`prepend drifts, px: ${drifts.map((d) => d.toFixed(2)).join(" ")}`);
		return { drift: Math.max(...drifts), arrived };
	} finally {
		await page.close();
	}
}
