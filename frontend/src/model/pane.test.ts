import { describe, expect, it, vi } from "vitest";
import { Fake, problem } from "../backend/fake";
import { chatRow, locked, records } from "../backend/fakeData";
import type { Change } from "../backend/types";
import { PaneModel } from "./pane";

const pane = () => {
	const fake = new Fake();
	return new PaneModel(fake.api, fake.handshake.settings);
};
const change = (part: Partial<Change>): Change => ({ seq: 1, reset: false, ...part });

describe("the pane's copy", () => {
	it("replaces, upserts and removes as a Change says", () => {
		const model = pane();
		const a = chatRow({ id: "a", title: "A" });
		const b = chatRow({ id: "b", title: "B" });
		model.apply(change({ reset: true, chats: [a, b], records, links: locked }));
		model.apply(
			change({
				chats: [{ ...a, unread: true }],
				removed: [
					{ kind: "start", key: "op1", chat: "" },
					{ kind: "chat", key: "b", chat: "" },
					{ kind: "link", key: "l1", chat: "" },
					{ kind: "record", key: records[0]?.key ?? "", chat: "" },
				],
			}),
		);
		expect([...model.chats.get().keys()]).toEqual(["a"]);
		expect(model.chats.row("a")?.unread).toBe(true);
		const others = locked.map((l) => l.id).filter((id) => id !== "l1");
		expect([...model.links.get().keys()]).toEqual(others);
		expect(model.records.get().size).toBe(records.length - 1);
	});

	it("keeps the same object for a row that did not change", () => {
		const model = pane();
		const a = chatRow({ id: "a", title: "A" });
		model.apply(change({ chats: [a, chatRow({ id: "b", title: "B" })] }));
		const before = model.chats.row("a");
		model.apply(change({ chats: [chatRow({ id: "b", title: "B2" })] }));
		expect(model.chats.row("a")).toBe(before);
	});

	it("tells nobody of a Change that is empty", () => {
		const model = pane();
		const listener = vi.fn();
		for (const store of [model.chats, model.records, model.lists, model.tabs, model.notices]) {
			store.subscribe(listener);
		}
		model.apply(change({}));
		expect(listener).not.toHaveBeenCalled();
	});

	it("forgets everything at a reset, but not the account or what it looks at", () => {
		const fake = new Fake();
		const model = pane();
		model.apply(
			change({
				account: fake.account,
				chats: [chatRow({ id: "a", title: "A" })],
				drafts: [{ chat: "a", json: "{}", text: "x" }],
				tabs: { open: ["r"], active: "r" },
			}),
		);
		model.views.filter("r", "gasket");
		model.apply(change({ seq: 9, reset: true, account: fake.account }));
		expect(model.chats.get().size).toBe(0);
		expect(model.drafts.get().size).toBe(0);
		expect(model.tabs.get()).toEqual({ open: [], active: "" });
		expect(model.account.get()?.id).toBe(fake.account.id);
		expect(model.views.of("r").filter).toBe("gasket");
	});

	it("shows nothing of one account to the next", () => {
		const fake = new Fake();
		const model = pane();
		model.apply(change({ account: fake.account }));
		model.views.filter("", "secret");
		model.apply(change({ account: { ...fake.account, id: "other" } }));
		expect(model.views.of("").filter).toBe("");
	});

	it("removes a draft whose JSON is empty", () => {
		const model = pane();
		model.apply(change({ drafts: [{ chat: "a", json: "{}", text: "x" }] }));
		model.apply(change({ drafts: [{ chat: "a", json: "", text: "" }] }));
		expect(model.drafts.row("a")).toBeUndefined();
	});

	it("shows a notice once, however often it is sent", () => {
		const model = pane();
		const notice = { id: 3, code: "linkConflict", args: [], kind: "info" };
		model.apply(change({ notices: [notice] }));
		model.notices.dismiss("notice-3");
		model.apply(change({ reset: true, notices: [notice] }));
		expect(model.notices.get()).toEqual([]);
	});

	it("keeps only the last few problems on screen", () => {
		const model = pane();
		for (let i = 0; i < 9; i++) model.notices.report(problem("offline"));
		expect(model.notices.get()).toHaveLength(4);
		expect(new Set(model.notices.get().map((n) => n.id)).size).toBe(4);
	});

	it("shows saved settings at once", async () => {
		const fake = new Fake();
		const model = new PaneModel(fake.api, fake.handshake.settings);
		const saved = model.save({ theme: "dark" });
		expect(model.settings.get().theme).toBe("dark");
		await saved;
		expect(fake.calls.at(-1)).toMatchObject({ method: "saveSettings" });
	});

	it("watches everybody the screen shows, told once per round", async () => {
		const fake = new Fake();
		const model = new PaneModel(fake.api, fake.handshake.settings);
		model.watch.add(["b", "a"]);
		const leave = model.watch.add(["c", "a"]);
		await Promise.resolve();
		leave();
		await Promise.resolve();
		const told = fake.calls.filter((c) => c.method === "watchPeople").map((c) => c.args[0]);
		expect(told).toEqual([
			["a", "b", "c"],
			["a", "b"],
		]);
	});
});

describe("the views", () => {
	it("remember chat, filter and scroll of each record until it is closed", () => {
		const { views } = pane();
		views.open("r1", "c1");
		views.filter("r1", "x");
		views.scrolled("r1", 120);
		views.open("r2", "c2");
		expect(views.of("r1")).toMatchObject({ chat: "c1", filter: "x" });
		expect(views.scrollOf("r1")).toBe(120);
		views.forget("r1");
		expect(views.of("r1")).toMatchObject({ chat: "", filter: "" });
		expect(views.scrollOf("r1")).toBe(0);
	});

	it("open a chat in place of a form", () => {
		const { views } = pane();
		views.start("", { record: "", people: [] });
		views.open("", "c");
		expect(views.of("")).toMatchObject({ chat: "c", form: null });
	});
});
