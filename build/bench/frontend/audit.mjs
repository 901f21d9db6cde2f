import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Page } from "./page.mjs";

const themes = ["light", "dark", "contrast"];

/** How each screen is reached, from a fresh page in the width of a side pane. */
const screens = [
	["sign-in", "phase=signedOut", (p) => p.getByRole("button", { name: "Sign in", exact: true }).waitFor()],
	["home", "", listed],
	["record", "record=c1", listed],
	["chat", "", (p) => chat(p, "t1")],
	["menu", "", async (p) => {
		await listed(p);
		await p.getByRole("button", { name: /^More actions for / }).first().click();
		await p.getByRole("menu").waitFor();
	}],
	["settings", "", (p) => page(p, "Settings")],
	["diagnostics", "", (p) => page(p, "Diagnostics")],
	["start", "record=c1", async (p) => {
		await listed(p);
		await p.getByRole("button", { name: "New chat", exact: true }).first().click();
		await p.getByRole("button", { name: "Start chat" }).waitFor();
	}],
	["search", "", async (p) => {
		await listed(p);
		await p.keyboard.press("Control+Shift+F");
		await p.getByRole("searchbox").first().fill("gasket");
	}],
];

/** audit counts what axe calls serious or critical, over themes, directions and screens. */
export async function audit({ browser, pane, axe, shots, violations, note }) {
	const found = new Map();
	let looked = 0;
	for (const theme of themes) {
		for (const [name, query, reach] of screens) {
			const page = await Page.open(browser, { width: 420, height: 800 }, violations);
			try {
				await page.goto(`${pane}/index.html?fake&language=en&theme=${theme}&${query}`);
				await reach(page.inner);
				await page.inner.waitForTimeout(400);
				for (const dir of ["ltr", "rtl"]) {
					for (const hit of await look(page, axe, dir)) {
						found.set(`${hit.id}: ${hit.html}`, `${name}, ${theme}, ${dir}`);
					}
					looked += 1;
				}
				if (shots) await writeFile(join(shots, `axe-${name}-${theme}.png`), await page.picture());
			} catch (error) {
				throw new Error(`audit ${name} in ${theme}: ${error.message}`);
			} finally {
				await page.close();
			}
		}
	}
	note(`axe looked at ${looked} screens`);
	for (const [what, where] of found) note(`axe, ${where}: ${what}`);
	return found.size;
}

async function look(page, axe, dir) {
	await page.evaluate((d) => { document.documentElement.dir = d; }, dir);
	await page.evaluate(axe);
	return page.evaluate(async () => {
		const { violations } = await window.axe.run(document);
		return violations
			.filter((v) => v.impact === "serious" || v.impact === "critical")
			.flatMap((v) => v.nodes.map((n) => ({ id: v.id, html: n.html.slice(0, 160) })));
	});
}

async function listed(p) {
	await p.locator("[data-chat]").first().waitFor();
}

async function chat(p, id) {
	await listed(p);
	await p.locator(`[data-chat=${id}]`).first().click();
	await p.getByRole("feed").waitFor();
	await p.locator("[contenteditable=true]").waitFor();
}

/** page opens one of the pages behind the account's menu. */
async function page(p, name) {
	await listed(p);
	await p.getByRole("button", { name: /^Account/ }).first().click();
	await p.getByRole("menuitem", { name: new RegExp(`^${name}`) }).click();
	await p.getByRole("dialog").waitFor();
}
