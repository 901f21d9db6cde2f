import assert from "node:assert/strict";
import { join } from "node:path";
import { until } from "./core.mjs";
import { freeCase } from "./joining.mjs";

const out = join(import.meta.dirname, "..", "..", "build", "bin", "journeys");

/** How long a pane may take to hear of what another one did: its list is read once a minute. */
const aMinute = { timeout: 90_000 };

/** added is what a chat says of somebody who joined it. */
const added = (user) =>
	`Chatpane Companion added ${user.name} to the chat and shared all chat history.`;

/**
 * together are the journeys of several people, each at a pane and with a core of
 * their own, on one sandbox: a case is handed over, an expert helps with it, and
 * somebody who may only read it is told why not.
 */
export const together = [
	[
		"two people: the old owner connects her chats to a case in her pane, and hands it over",
		async (world) => {
			const { pane, core, nora } = world;
			const both = await partners(world);
			world.both = both;
			await pane.openCase(both.case.id);
			for (const { topic } of both.chats) {
				await pane.reveal(topic);
				await pane.choose(topic, /^Connect to this/i);
				await inCase(pane, topic).waitFor();
			}
			await pane.all();
			await core.dataverse(nora, "PATCH", `/incidents(${both.case.id})`, {
				"ownerid@odata.bind": `/systemusers(${both.owner.systemuserid})`,
			});
		},
	],
	[
		"two people: the new owner finds the chats locked in his pane, and joins them all",
		async (world) => {
			const { nora, both } = world;
			const ben = await world.seat(both.owner);
			world.ben = ben;
			await ben.pane.openCase(both.case.id);
			for (const { topic } of both.chats) {
				const row = ben.pane.locked(topic);
				await row.getByText(`Connected by ${nora.name}`).first().waitFor();
			}
			await ben.pane.page.getByRole("button", { name: "Join all", exact: true }).click();
			const dialog = ben.pane.page.getByRole("dialog", { name: "2 of 2 chats joined" });
			await dialog.waitFor({ timeout: 40_000 });
			await dialog.getByRole("button", { name: "Done" }).click();
			for (const { topic } of both.chats) await inCase(ben.pane, topic).waitFor();
			assert.equal(await ben.pane.page.getByRole("button", { name: "Join all" }).count(), 0);
		},
	],
	[
		"two people: the new owner reads the chat to its beginning, also what was written before he came",
		async ({ core, nora, both, ben }) => {
			const [{ id, topic }] = both.chats;
			await ben.pane.openChat(topic);
			await ben.pane.articles(added(both.owner)).waitFor();
			const whole = await history(core, nora, id);
			assert.ok(whole.length > 50, `${whole.length} messages are one page`);
			await readBack(ben.pane, whole);
		},
	],
	[
		"two people: the old owner's open pane sees him come, and each what the other writes",
		async ({ pane, core, both, ben }) => {
			const [{ id, topic }] = both.chats;
			await pane.openChat(topic);
			await pane.articles(added(both.owner)).waitFor(aMinute);
			// For a minute after a message of one's own the chat is read four times as often.
			await pane.send("Journey ten, it is yours now");
			await ben.pane.send("Journey ten, I take this over");
			await pane.articles("Journey ten, I take this over").waitFor(aMinute);
			await pane.page.screenshot({ path: join(out, "together-old-owner.png") });
			await ben.pane.articles("Journey ten, it is yours now").waitFor(aMinute);
			await ben.pane.page.screenshot({ path: join(out, "together-new-owner.png") });
			await pane.delivered("Journey ten, it is yours now");
			await ben.pane.delivered("Journey ten, I take this over");
			assert.equal(await core.count(id, "Journey ten"), 2);
		},
	],
	[
		"two people: an expert follows a deep link, joins one chat of the case, and the owner's pane sees it",
		async (world) => {
			const { core, both, ben } = world;
			const [other, { id, topic }] = both.chats;
			await ben.pane.back();
			await ben.pane.openChat(topic);
			await ben.pane.send("Journey eleven, could an expert look?");
			const elena = await world.seat(both.expert);
			world.elena = elena;
			const place = new URLSearchParams({
				env: new URL(core.sandbox.dataverse).origin,
				etn: "incident",
				id: both.case.id,
			});
			await elena.core.link(`chatpane://record?${place}`);
			const row = elena.pane.locked(topic);
			await row.hover();
			await row.getByRole("button", { name: `Join ${topic}`, exact: true }).click();
			await elena.pane.articles(added(both.expert)).waitFor();
			await elena.pane.send("Journey eleven, it is the gasket");
			await elena.pane.delivered("Journey eleven, it is the gasket");
			await elena.pane.page.screenshot({ path: join(out, "together-expert.png") });
			await ben.pane.articles(added(both.expert)).waitFor(aMinute);
			await ben.pane.articles("Journey eleven, it is the gasket").waitFor(aMinute);
			await ben.pane.send("Journey eleven, that was it");
			await ben.pane.delivered("Journey eleven, that was it");
			await elena.pane.articles("Journey eleven, that was it").waitFor(aMinute);
			await elena.pane.back();
			await elena.pane.locked(other.topic).waitFor();
			for (const [chat, is] of [
				[id, true],
				[other.id, false],
			]) {
				const { value } = await core.graph(both.owner, "GET", `/chats/${chat}/members`);
				assert.equal(
					value.some((m) => m.userId === both.expert.id),
					is,
				);
			}
		},
	],
	[
		"two people: who may only read the case sees exactly why he cannot join",
		async (world) => {
			const { both } = world;
			const lukas = await world.seat(both.reader);
			await lukas.pane.openCase(both.case.id);
			for (const { topic } of both.chats) {
				const row = lukas.pane.locked(topic);
				await row.getByRole("button", { name: topic, exact: true }).focus();
				await lukas.pane.page.keyboard.press("Enter");
				const reasons = row.getByRole("list").getByRole("listitem");
				await until("one reason", async () => (await reasons.count()) === 1);
				assert.equal(
					await reasons.textContent(),
					"You may not edit this record, which joining needs; an administrator can give you write access.",
				);
				assert.equal(await row.getByRole("button", { name: /^Join / }).count(), 0);
				await row.getByRole("button", { name: "Ask a member to add me" }).waitFor();
			}
			assert.equal(await lukas.pane.page.getByRole("button", { name: "Join all" }).count(), 0);
			await lukas.pane.page.screenshot({ path: join(out, "together-reader.png") });
		},
	],
];

/** inCase is the row of a chat that is connected to the open case and not locked. */
export function inCase(pane, topic) {
	return pane
		.section("Connected to this Case")
		.getByRole("button", { name: `More actions for ${topic}`, exact: true });
}

/** history are the ids of all messages of a chat, as one of its members reads them from Graph. */
async function history(core, user, chat) {
	const ids = [];
	for (let path = `/chats/${chat}/messages?$top=50`; path; ) {
		const page = await core.graph(user, "GET", path);
		ids.push(...page.value.map((m) => m.id));
		path = page["@odata.nextLink"]?.slice(core.sandbox.graph.length);
	}
	return ids;
}

/**
 * readBack scrolls up until each of the messages was on screen. At the beginning
 * it turns round: pictures that arrive meanwhile can make a step larger than the
 * screen.
 */
async function readBack(pane, ids) {
	const unseen = new Set(ids);
	let step = -0.7;
	await until(
		"the whole history on screen",
		async () => {
			const { drawn, end } = await pane.page.evaluate(scrollBy, step);
			for (const id of drawn) unseen.delete(id);
			if (end) step = -step;
			return unseen.size === 0;
		},
		60,
	);
}

/**
 * scrollBy scrolls by some screens and tells which messages are drawn then, and
 * whether the chat ends there; it runs in the page.
 */
async function scrollBy(screens) {
	const box = document.querySelector("[role=feed]").parentElement;
	box.scrollTop += box.clientHeight * screens;
	await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
	return {
		drawn: [...document.querySelectorAll("[data-message]")].map((e) => e.dataset.message),
		end:
			screens < 0
				? box.scrollTop === 0 && box.textContent.includes("The chat begins here")
				: box.scrollTop + box.clientHeight >= box.scrollHeight - 1,
	};
}

/**
 * partners chooses a case, which becomes Nora's, two group chats of hers that
 * belong to nothing, and the others: a new owner, an expert and somebody who
 * only reads, all in neither of the chats.
 */
async function partners({ core, nora }) {
	const { users, cases, chats } = core.sandbox;
	const mine = await freeCase(core, nora, cases);
	await core.turn({ knob: "setowner", row: mine.id, value: nora.systemuserid });
	const all = { expert: [], reader: [], owner: [] };
	for (const u of users) {
		const part = { agent: "owner", expert: "expert", readonly: "reader" }[u.role];
		if (part === undefined || u === nora) continue;
		const can = await rights(core, u, mine.id);
		if (can.includes("ReadAccess") && can.includes("WriteAccess") === (part !== "reader")) {
			all[part].push(u);
		}
	}
	const { value: links } = await core.dataverse(nora, "GET", "/msdyn_teamschatassociations");
	const used = new Set(links.map((l) => l.msdyn_teamschatid));
	const topics = chats.map((c) => c.topic);
	const hers = chats.filter(
		(c) =>
			c.topic &&
			c.id.endsWith("@thread.v2") &&
			!c.id.includes("meeting") &&
			c.members.includes(nora.id) &&
			!used.has(c.id) &&
			topics.indexOf(c.topic) === topics.lastIndexOf(c.topic),
	);
	for (const expert of all.expert) {
		for (const reader of all.reader) {
			for (const owner of all.owner) {
				const there = [expert, reader, owner].map((u) => u.id);
				const two = hers.filter((c) => !c.members.some((m) => there.includes(m))).slice(0, 2);
				if (two.length === 2) return { case: mine, chats: two, expert, reader, owner };
			}
		}
	}
	throw new Error("Nora has no two chats without them");
}

/** rights are what somebody may do with a case. */
async function rights(core, user, id) {
	const target = encodeURIComponent(`{'@odata.id':'incidents(${id})'}`);
	const got = await core
		.dataverse(
			user,
			"GET",
			`/systemusers(${user.systemuserid})/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@tid)?@tid=${target}`,
		)
		.catch(() => undefined);
	return got?.AccessRights.split(/,\s*/) ?? [];
}
