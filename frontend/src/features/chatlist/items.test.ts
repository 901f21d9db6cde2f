import { describe, expect, it } from "vitest";
import { chatRow, linkTo, locked } from "../../backend/fakeData";
import type { List, Section } from "../../backend/types";
import { toListing } from "./items";

const section = (kind: string, chats: string[], part: Partial<Section> = {}): Section => ({
	kind,
	chats,
	locked: [],
	unread: 0,
	state: "ready",
	problem: null,
	more: false,
	complete: true,
	...part,
});

const chats = new Map(
	[
		chatRow({ id: "a", title: "Café renewal" }),
		chatRow({ id: "b", title: "Leaking gasket" }),
		chatRow({ id: "c", title: "Shipment" }),
	].map((c) => [c.id, c]),
);
const links = new Map(locked.map((l) => [l.id, l]));
const list: List = {
	key: "r",
	sections: [
		section("thisRecord", ["b"], { locked: ["l1", "l2"] }),
		section("others", ["a", "c"], { more: true, complete: false }),
	],
};
const listing = (part: { filter?: string; folded?: string[]; list?: List } = {}) =>
	toListing({ list, chats, links, folded: [], filter: "", ...part });
const ids = (l: ReturnType<typeof listing>) => l.sections.flatMap((s) => s.items.map((i) => i.id));

describe("the listing", () => {
	it("puts locked rows after the chats, and Show more at the end", () => {
		expect(ids(listing())).toEqual([
			"thisRecord",
			"thisRecord b",
			"thisRecord l1",
			"thisRecord l2",
			"others",
			"others a",
			"others c",
			"others more",
		]);
	});

	it("shows only the head of a folded section", () => {
		expect(ids(listing({ folded: ["thisRecord"] }))[1]).toBe("others");
	});

	it("filters without regard to case or accents, by every word", () => {
		expect(ids(listing({ filter: "CAFE ren" }))).toEqual(["others", "others a"]);
		expect(listing({ filter: "cafe gasket" }).rows).toBe(0);
	});

	it("finds chats by the records they are connected to", () => {
		const tied = new Map(chats).set(
			"c",
			chatRow({ id: "c", title: "Shipment", records: [linkTo("c2")] }),
		);
		const found = toListing({ list, chats: tied, links, folded: [], filter: "refund 4471" });
		expect(ids(found)).toEqual(["others", "others c"]);
	});

	it("finds locked rows by the name their link stores", () => {
		expect(ids(listing({ filter: "quality" }))).toEqual(["thisRecord", "thisRecord l2"]);
	});

	it("opens folded sections while filtering, and says that older chats were left out", () => {
		const found = listing({ filter: "gasket", folded: ["thisRecord", "others"] });
		expect(ids(found)).toEqual(["thisRecord", "thisRecord b", "thisRecord l1"]);
		expect(found.incomplete).toBe(true);
	});

	it("leaves out a chat whose row has not come yet", () => {
		const early: List = { key: "r", sections: [section("others", ["a", "unknown"])] };
		expect(ids(listing({ list: early }))).toEqual(["others", "others a"]);
	});

	it("says why a section has no rows", () => {
		const empty: List = {
			key: "r",
			sections: [section("thisRecord", [], { state: "loading" }), section("brandNew", [])],
		};
		expect(ids(listing({ list: empty }))).toEqual(["thisRecord", "thisRecord blank"]);
	});
});
