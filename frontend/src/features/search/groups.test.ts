import { describe, expect, it } from "vitest";
import type { SearchHit } from "../../backend/types";
import { toGroups } from "./groups";

const hit = (chat: string, id: string): SearchHit => ({
	chat,
	id,
	sort: id,
	time: "2026-11-03T09:00:00Z",
	from: { id: "u1", name: "Ada Lund", guest: false },
	me: false,
	app: false,
	title: chat,
	kind: "group",
	people: [],
	records: [],
	snippet: [],
	files: [],
	mentionsMe: false,
	edited: false,
});

const shape = (pages: SearchHit[][]) =>
	toGroups(pages).map((g) => [g.head.chat, g.hits.map((h) => h.id).join(" ")]);

describe("groups of results", () => {
	it("stand in the order of each chat's first hit", () => {
		expect(shape([[hit("a", "1"), hit("b", "1"), hit("a", "2")]])).toEqual([
			["a", "1 2"],
			["b", "1"],
		]);
	});

	it("of a later page go on with the last group, and leave those before as they are", () => {
		const first = [hit("a", "1"), hit("b", "1")];
		expect(shape([first, [hit("a", "3"), hit("b", "2")]])).toEqual([
			["a", "1"],
			["b", "1 2"],
			["a", "3"],
		]);
	});

	it("show a hit once that a later page has again, and tell chats apart by id", () => {
		expect(shape([[hit("a", "1")], [hit("a", "1"), hit("b", "1")]])).toEqual([
			["a", "1"],
			["b", "1"],
		]);
	});

	it("have keys of their own", () => {
		const keys = toGroups([[hit("a", "1"), hit("b", "1")], [hit("a", "2")]]).map((g) => g.key);
		expect(new Set(keys).size).toBe(keys.length);
	});
});
