import { describe, expect, it } from "vitest";
import { Fake } from "./fake";
import { bulkWorld } from "./fakeBulk";

describe("the long world", () => {
	it("tells of 150 chats and as many messages as asked for, in pages, oldest first", async () => {
		const { api } = new Fake({ world: bulkWorld(130, 50) });
		const { chats } = await api.changes(0);
		expect(chats).toHaveLength(150);
		const newest = await api.openChat("b0");
		expect(newest.messages.map((m) => m.id).at(-1)).toBe("b0-129");
		const older = await api.older("b0", newest.messages[0]?.sort ?? "");
		const oldest = await api.older("b0", older.messages[0]?.sort ?? "");
		expect([newest, older, oldest].map((p) => [p.messages.length, p.more])).toEqual([
			[50, true],
			[50, true],
			[30, false],
		]);
		const all = [...oldest.messages, ...older.messages, ...newest.messages].map((m) => m.sort);
		expect(all).toEqual([...all].sort());
	});
});
