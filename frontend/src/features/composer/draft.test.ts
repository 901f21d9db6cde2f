import { describe, expect, it } from "vitest";
import { candidates } from "./candidates";
import { normalise } from "./doc";
import { readDraft, writeDraft } from "./draft";
import { randomDocs } from "./testdoc";

describe("a draft", () => {
	it("reads back as it was written", () => {
		for (const doc of randomDocs(11, 200)) {
			const want = normalise(doc);
			expect(readDraft(writeDraft(want))).toEqual(want);
		}
	});

	it.each([
		"",
		"{",
		"null",
		"[]",
		'{"v":2,"blocks":[]}',
		'{"v":1,"blocks":[{"t":"x"}]}',
		'{"v":1,"blocks":[{"t":"p","children":[{"t":"text","text":1}]}]}',
	])("is refused when it is not of our form: %s", (json) => {
		expect(readDraft(json)).toBeNull();
	});
});

describe("candidates", () => {
	const member = (name: string, me = false) => ({
		id: name,
		name,
		email: "",
		guest: false,
		owner: false,
		me,
	});
	const members = [
		member("Zoë Álvarez"),
		member("Ada Lund", true),
		member("Bo Alm"),
		member("Cy Ek"),
	];
	const names = (query: string) => candidates(members, query, "Everyone").map((c) => c.name);

	it("finds words that begin with the query, whatever their case and accents", () => {
		expect(names("al")).toEqual(["Bo Alm", "Zoë Álvarez"]);
		expect(names("ZOE")).toEqual(["Zoë Álvarez"]);
		expect(names("lm")).toEqual([]);
	});

	it("offers all others and then everyone, never the user", () => {
		expect(names("")).toEqual(["Bo Alm", "Cy Ek", "Zoë Álvarez", "Everyone"]);
	});

	it("does not offer everyone where two talk", () => {
		expect(candidates(members.slice(0, 2), "", "Everyone").map((c) => c.name)).toEqual([
			"Zoë Álvarez",
		]);
	});
});
