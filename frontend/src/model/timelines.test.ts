import { describe, expect, it } from "vitest";
import type { Api } from "../backend/api";
import { messageRow } from "../backend/fakeData";
import type { MessageRow, Page } from "../backend/types";
import { merge, Timelines } from "./timelines";

const row = (id: string, rev: number, part: Partial<MessageRow> = {}): MessageRow => ({
	...messageRow({ chat: "c", id }),
	rev,
	sort: id,
	...part,
});

const page = (messages: MessageRow[], part: Partial<Page> = {}): Page => ({
	chat: "c",
	messages,
	more: false,
	firstUnread: "",
	newer: false,
	members: [],
	offline: false,
	...part,
});

/** core answers OpenChat and Older by hand. */
function core() {
	const opens: ((p: Page) => void)[] = [];
	const olders: { before: string; answer: (p: Page) => void; fail: (e: Error) => void }[] = [];
	const places: { message: string; answer: (p: Page) => void; fail: (e: Error) => void }[] = [];
	const newers: { after: string; answer: (p: Page) => void; fail: (e: Error) => void }[] = [];
	const closed: string[] = [];
	const api = {
		openAt: (_: string, message: string) =>
			new Promise<Page>((answer, fail) => places.push({ message, answer, fail })),
		newer: (_: string, after: string) =>
			new Promise<Page>((answer, fail) => newers.push({ after, answer, fail })),
		openChat: () => new Promise<Page>((answer) => opens.push(answer)),
		older: (_: string, before: string) =>
			new Promise<Page>((answer, fail) => olders.push({ before, answer, fail })),
		closeChat: async (chat: string) => {
			closed.push(chat);
		},
	} as unknown as Api;
	return { timelines: new Timelines(api), opens, olders, places, newers, closed };
}

const settle = () => new Promise((done) => setTimeout(done, 0));
const ids = (t: Timelines) => t.rows.row("c")?.rows.map((r) => r.id);

describe("merge", () => {
	it("shows each message once, in order, the newer revision winning", () => {
		const a = [row("1", 1), row("3", 5)];
		const b = [row("2", 2), row("3", 4), row("1", 9)];
		expect(merge(a, b).map((r) => [r.id, r.rev])).toEqual([
			["1", 9],
			["2", 2],
			["3", 5],
		]);
	});
});

describe("an open chat", () => {
	it("keeps a change that arrives before its page does", async () => {
		const { timelines, opens } = core();
		timelines.open("c");
		timelines.apply([row("2", 8)]);
		opens[0]?.(page([row("1", 1), row("2", 3)]));
		await settle();
		expect(timelines.rows.row("c")?.rows.map((r) => [r.id, r.rev])).toEqual([
			["1", 1],
			["2", 8],
		]);
	});

	it("does not bring back what was removed while its page was on the way", async () => {
		const { timelines, opens } = core();
		timelines.open("c");
		timelines.remove("c", "echo:1");
		opens[0]?.(page([row("1", 1), row("echo:1", 2)]));
		await settle();
		expect(ids(timelines)).toEqual(["1"]);
	});

	it("lets the message take the place of its echo", async () => {
		const { timelines, opens } = core();
		timelines.open("c");
		opens[0]?.(page([row("echo:1", 2)]));
		await settle();
		timelines.apply([row("m1", 3)]);
		timelines.remove("c", "echo:1");
		expect(ids(timelines)).toEqual(["m1"]);
	});

	it("drops messages of chats that are not open", () => {
		const { timelines } = core();
		timelines.apply([row("1", 1)]);
		expect(timelines.rows.get().size).toBe(0);
	});

	it("reads older messages from the oldest it has, once at a time", async () => {
		const { timelines, opens, olders } = core();
		timelines.open("c");
		opens[0]?.(page([row("5", 1)], { more: true }));
		await settle();
		void timelines.older("c");
		void timelines.older("c");
		expect(olders.map((o) => o.before)).toEqual(["5"]);
		olders[0]?.answer(page([row("4", 1)]));
		await settle();
		expect(ids(timelines)).toEqual(["4", "5"]);
		expect(timelines.rows.row("c")?.more).toBe(false);
	});

	it("says why older messages could not be read, and keeps those shown", async () => {
		const { timelines, opens, olders } = core();
		timelines.open("c");
		opens[0]?.(page([row("5", 1)], { more: true }));
		await settle();
		void timelines.older("c");
		olders[0]?.fail(new Error('{"code":"offline"}'));
		await settle();
		expect(timelines.rows.row("c")).toMatchObject({
			loadingOlder: false,
			olderProblem: { code: "offline" },
		});
		expect(ids(timelines)).toEqual(["5"]);
	});

	it("is read again after a reset; what is shown stays until then", async () => {
		const { timelines, opens } = core();
		timelines.open("c");
		opens[0]?.(page([row("1", 1), row("2", 1)]));
		await settle();
		timelines.reset();
		expect(ids(timelines)).toEqual(["1", "2"]);
		opens[1]?.(page([row("2", 2)]));
		await settle();
		expect(ids(timelines)).toEqual(["2"]);
	});

	it("is forgotten when its last view closes, and a late page is not shown", async () => {
		const { timelines, opens, closed } = core();
		timelines.open("c");
		timelines.open("c");
		timelines.close("c");
		expect(closed).toEqual([]);
		timelines.close("c");
		expect(closed).toEqual(["c"]);
		opens[0]?.(page([row("1", 1)]));
		await settle();
		expect(timelines.rows.row("c")).toBeUndefined();
	});
});

describe("a chat opened at a message", () => {
	const place = { message: "5", n: 1 };

	async function opened(part: Partial<Page> = { more: true, newer: true }) {
		const all = core();
		all.timelines.open("c", place);
		all.places[0]?.answer(page([row("4", 1), row("5", 1), row("6", 1)], part));
		await settle();
		return all;
	}

	it("shows the messages around it", async () => {
		const { timelines, opens } = await opened();
		expect(opens).toHaveLength(0);
		expect(ids(timelines)).toEqual(["4", "5", "6"]);
		expect(timelines.rows.row("c")).toMatchObject({ at: place, more: true, newer: true });
	});

	it("does not show what arrives beside messages that it does not follow", async () => {
		const { timelines, newers } = await opened();
		timelines.apply([row("9", 2), row("5", 7)]);
		expect(ids(timelines)).toEqual(["4", "5", "6"]);
		expect(timelines.rows.row("c")?.rows[1]?.rev).toBe(7);
		void timelines.newer("c");
		void timelines.newer("c");
		expect(newers.map((n) => n.after)).toEqual(["6"]);
		newers[0]?.answer(page([row("7", 1), row("9", 2)], { more: true }));
		await settle();
		timelines.apply([row("A", 3)]);
		expect(ids(timelines)).toEqual(["4", "5", "6", "7", "9", "A"]);
		expect(timelines.rows.row("c")?.newer).toBe(false);
	});

	it("drops what arrived before its page and lies behind the gap", async () => {
		const { timelines, places } = core();
		timelines.open("c", place);
		timelines.apply([row("9", 2), row("5", 7)]);
		places[0]?.answer(page([row("5", 1), row("6", 1)], { newer: true }));
		await settle();
		expect(timelines.rows.row("c")?.rows.map((r) => [r.id, r.rev])).toEqual([
			["5", 7],
			["6", 1],
		]);
	});

	it("leaves its place for the newest messages, without what lies between", async () => {
		const { timelines, opens } = await opened();
		timelines.latest("c");
		expect(ids(timelines)).toEqual(["4", "5", "6"]);
		opens[0]?.(page([row("8", 1), row("9", 1)], { more: true }));
		await settle();
		expect(ids(timelines)).toEqual(["8", "9"]);
		expect(timelines.rows.row("c")).toMatchObject({ at: null, newer: false });
	});

	it("goes to the newest messages when one is sent", async () => {
		const { timelines, opens } = await opened();
		timelines.apply([row("Z", 3, { state: "sending", op: "op1", me: true })]);
		opens[0]?.(page([row("9", 1), row("Z", 3)], { more: true }));
		await settle();
		expect(ids(timelines)).toEqual(["9", "Z"]);
	});

	it("goes to another place, and drops the pages that were asked for at the first", async () => {
		const { timelines, newers, places } = await opened();
		void timelines.newer("c");
		timelines.goTo("c", { message: "1", n: 2 });
		places[1]?.answer(page([row("1", 1), row("2", 1)], { newer: true }));
		await settle();
		newers[0]?.answer(page([row("7", 1)]));
		await settle();
		expect(ids(timelines)).toEqual(["1", "2"]);
		expect(timelines.rows.row("c")).toMatchObject({ newer: true, loadingNewer: false });
	});

	it("says that the message is gone, and shows the newest instead when asked", async () => {
		const { timelines, places, opens } = core();
		timelines.open("c", place);
		places[0]?.fail(new Error('{"code":"notFound"}'));
		await settle();
		expect(timelines.rows.row("c")).toMatchObject({
			state: "error",
			problem: { code: "notFound" },
		});
		timelines.latest("c");
		opens[0]?.(page([row("9", 1)]));
		await settle();
		expect(timelines.rows.row("c")).toMatchObject({ state: "ready", problem: null });
	});

	it("says why newer messages could not be read, and reads them when asked again", async () => {
		const { timelines, newers } = await opened();
		void timelines.newer("c");
		newers[0]?.fail(new Error('{"code":"notFound"}'));
		await settle();
		expect(timelines.rows.row("c")).toMatchObject({
			loadingNewer: false,
			newerProblem: { code: "notFound" },
		});
		void timelines.newer("c");
		expect(timelines.rows.row("c")?.newerProblem).toBeNull();
		expect(newers).toHaveLength(2);
	});
});
