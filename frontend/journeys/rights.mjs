import assert from "node:assert/strict";
import { join } from "node:path";
import { until } from "./core.mjs";
import { inCase } from "./together.mjs";

const out = join(import.meta.dirname, "..", "..", "build", "bin", "journeys");

/**
 * rights are the journeys of who may disconnect a chat, after those of several
 * people: Nora connected both chats of the case, Ben owns it, Elena is in the
 * second chat and has no right at all.
 */
export const rights = [
	[
		"two people: who has no right to disconnect a chat reads why in the menu",
		async ({ both, elena }) => {
			await refused(
				elena.pane,
				both.chats[1].topic,
				"Only the record’s owner or who connected the chat may disconnect it. Ask them, or your administrator for the privilege to unlink.",
			);
			await elena.pane.page.screenshot({ path: join(out, "rights-refused.png") });
			await elena.pane.page.keyboard.press("Escape");
		},
	],
	[
		"two people: the owner of the case may disconnect a chat that another connected",
		async ({ core, both, ben }) => {
			await ben.pane.back();
			await disconnects(core, both, 0, ben.pane);
		},
	],
	[
		"two people: who connected a chat last may disconnect it, without owning the case",
		async ({ pane, core, both }) => {
			await pane.back();
			await disconnects(core, both, 1, pane);
			await pane.reveal(both.chats[1].topic);
			await pane.choose(both.chats[1].topic, /^Connect to this/i);
			await pane.all();
			await until("the chat connected again", () => live(core, both, 1));
		},
	],
	[
		"two people: a supervisor's role is enough to disconnect a chat",
		async (world) => {
			const { core, both } = world;
			const { topic } = both.chats[1];
			const samuel = await world.seat(core.sandbox.users.find((u) => u.role === "supervisor"));
			await samuel.pane.openCase(both.case.id);
			if (!both.chats[1].members.includes(samuel.user.id)) {
				const row = samuel.pane.locked(topic);
				await row.hover();
				await row.getByRole("button", { name: `Join ${topic}`, exact: true }).click();
				await samuel.pane.feed().waitFor();
				await samuel.pane.back();
			}
			await inCase(samuel.pane, topic).waitFor();
			await disconnects(core, both, 1, samuel.pane);
		},
	],
];

/** refused opens the menu of a chat and finds Disconnect disabled there, for a reason. */
async function refused(pane, topic, reason) {
	const { page } = pane;
	const item = page.getByRole("menuitem", { name: /^Disconnect from this/i });
	await until(`"${reason}"`, async () => {
		await page
			.getByRole("button", { name: `More actions for ${topic}`, exact: true })
			.first()
			.click();
		await item.waitFor();
		const text = (await item.textContent()) ?? "";
		if (text.includes(reason)) return true;
		await page.keyboard.press("Escape"); // not read yet
		return false;
	});
	assert.equal(await item.getAttribute("aria-disabled"), "true");
}

/** disconnects takes a chat from the case in somebody's pane, and sees that it is so at the server. */
async function disconnects(core, both, at, pane) {
	const { topic } = both.chats[at];
	await pane.choose(topic, /^Disconnect from this/i);
	await until("the chat disconnected", async () => !(await live(core, both, at)));
	await inCase(pane, topic).waitFor({ state: "detached" });
}

/** live reports whether a chat is connected to the case at the server. */
async function live(core, both, at) {
	const { value } = await core.dataverse(both.owner, "GET", "/msdyn_teamschatassociations");
	return value.some(
		(l) =>
			l.msdyn_teamschatid === both.chats[at].id &&
			l.msdyn_regardingobjectid.toLowerCase().includes(both.case.id) &&
			l.msdyn_entityrecordstate === 0,
	);
}
