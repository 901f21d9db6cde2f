import assert from "node:assert/strict";
import { join } from "node:path";

const out = join(import.meta.dirname, "..", "..", "build", "bin", "journeys");

/** joining are the journeys of a case transfer, of who may not join, and of asking a member. */
export const joining = [
	[
		"an expert joins one locked chat, which opens with its history and says who added whom",
		async (world) => {
			const { pane, core, nora } = world;
			const over = await handOver(world, 3);
			world.over = over;
			await pane.openCase(over.case.id);
			const [first] = over.chats;
			const row = pane.locked(first.topic);
			await row.waitFor();
			await row.hover();
			await pane.page.screenshot({ path: join(out, "joining-hover.png") });
			await row.getByRole("button", { name: `Join ${first.topic}`, exact: true }).click();
			await pane.feed().waitFor();
			await pane
				.articles(`Chatpane Companion added ${nora.name} to the chat and shared all chat history.`)
				.waitFor();
			await pane.page.screenshot({ path: join(out, "joining-joined.png") });
			const { value } = await core.graph(nora, "GET", `/chats/${first.id}/members`);
			assert.ok(value.some((m) => m.userId === nora.id));
			await pane.send("Journey six, I am here now");
			await pane.delivered("Journey six, I am here now");
		},
	],
	[
		"a case changes hands: all its other chats are joined at once, with a result for each",
		async ({ pane, over }) => {
			await pane.back();
			await pane.page.getByRole("button", { name: "Join all", exact: true }).click();
			const dialog = pane.page.getByRole("dialog", { name: "2 of 2 chats joined" });
			await dialog.waitFor({ timeout: 40_000 });
			await pane.page.screenshot({ path: join(out, "joining-all.png") });
			await dialog.getByRole("button", { name: "Done" }).click();
			for (const chat of over.chats) await pane.row(chat.topic).first().waitFor();
			assert.equal(await pane.page.getByRole("button", { name: "Join all" }).count(), 0);
		},
	],
	[
		"a chat that cannot be joined says exactly why, and a member is asked with the message seen first",
		async (world) => {
			const { pane, core } = world;
			const there = await lockedAccount(world);
			const field = pane.page.getByRole("textbox", { name: "Open a record" });
			await field.fill(
				`${new URL(core.sandbox.dataverse).origin}/main.aspx?etn=account&pagetype=entityrecord&id=${there.account}`,
			);
			await field.press("Enter");
			const row = pane.locked(there.name);
			await row.getByRole("button", { name: there.name }).focus();
			await pane.page.keyboard.press("Enter");
			await row.getByText("Joining is turned off for this type of record").waitFor();
			assert.equal(await row.getByRole("button", { name: /^Join / }).count(), 0);
			await pane.page.screenshot({ path: join(out, "joining-why.png") });
			await row.getByRole("button", { name: "Ask a member to add me" }).click();
			const dialog = pane.page.getByRole("dialog", { name: "Ask to be added" });
			const message = dialog.getByRole("textbox", { name: "Message" });
			await message.waitFor();
			assert.match(await message.inputValue(), /please add me to the chat “/);
			await message.fill("Journey seven, please add me");
			await pane.page.screenshot({ path: join(out, "joining-ask.png") });
			await dialog.getByRole("button", { name: "Send", exact: true }).click();
			await pane.delivered("Journey seven, please add me");
			await pane.back();
		},
	],
];

/** handOver connects chats that Nora is not in to a case of hers, as one of their members would. */
async function handOver({ core, nora }, wanted) {
	const { users, cases, chats } = core.sandbox;
	const count = (topic) => chats.filter((c) => c.topic === topic).length;
	for (const ann of users.filter((u) => u.role === "agent" && u !== nora)) {
		const hers = [];
		for (const c of chats) {
			if (!c.topic || c.members.includes(nora.id) || !c.members.includes(ann.id)) continue;
			if (count(c.topic) > 1 || hers.length === wanted) continue;
			if ((await core.graph(ann, "GET", `/chats/${c.id}`)).chatType === "group") hers.push(c);
		}
		if (hers.length < wanted) continue;
		const free = await freeCase(core, nora, cases);
		for (const c of hers) {
			await core.dataverse(ann, "POST", "/msdyn_teamschatassociations", {
				msdyn_teamschatid: c.id,
				msdyn_regardingobjectid: free.id,
				msdyn_regardingobjectname: "incident",
				msdyn_teamschatassociationname: c.topic,
				msdyn_entityrecordstate: 0,
			});
		}
		return { case: free, chats: hers };
	}
	throw new Error("nobody has such chats");
}

/** freeCase is an open case of somebody's that no chat is connected to. */
export async function freeCase(core, user, cases) {
	const { value: links } = await core.dataverse(user, "GET", "/msdyn_teamschatassociations");
	const linked = new Set(links.map((l) => l.msdyn_regardingobjectid.toLowerCase()));
	for (const c of cases) {
		if (linked.has(c.id)) continue;
		const got = await core
			.dataverse(user, "GET", `/incidents(${c.id})?$select=statecode`)
			.catch(() => undefined);
		if (got?.statecode === 0) return c;
	}
	throw new Error("every case has chats");
}

/** lockedAccount is an account with a chat that the user is not in; Join is off for accounts. */
async function lockedAccount({ core, nora }) {
	const { value: links } = await core.dataverse(nora, "GET", "/msdyn_teamschatassociations");
	for (const l of links) {
		if (l.msdyn_regardingobjectname !== "account" || l.msdyn_entityrecordstate !== 0) continue;
		const chat = core.sandbox.chats.find((c) => c.id === l.msdyn_teamschatid);
		if (chat && !chat.members.includes(nora.id)) {
			return { account: l.msdyn_regardingobjectid, name: l.msdyn_teamschatassociationname };
		}
	}
	throw new Error("no account has a locked chat");
}
