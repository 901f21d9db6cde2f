import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { describe, expect, it } from "vitest";

// Read as text: an import would give the compiled messages.
const folder = import.meta.dirname;
const catalogues = Object.fromEntries(
	readdirSync(folder)
		.filter((name) => name.endsWith(".json"))
		.map((name) => [name, JSON.parse(readFileSync(join(folder, name), "utf8"))]),
) as Record<string, Record<string, string>>;
const english = catalogues["en.json"] ?? {};

/** Sentences whose last word the core chooses (`Words.code`), and those only the core says. */
const families =
	/^(problem|warning|notice|event|enabled|unlink|join|ask|scope|feed|presence|figure|state|suggestRule|suggestReason|suggestNote|query|core)\./;

/** Every value a message shows; what it only chooses by (a plural) is a matter of each language. */
function places(text: string): string[] {
	const found = new Set<string>();
	const walk = (part: unknown): void => {
		if (!Array.isArray(part)) return;
		if (part.length === 1 && typeof part[0] === "string") found.add(part[0]);
		for (const branch of Object.values(part[2] ?? {})) {
			if (Array.isArray(branch)) branch.forEach(walk);
		}
	};
	const compiled = compileMessage(text);
	if (Array.isArray(compiled)) compiled.forEach(walk);
	return [...found].sort();
}

function* sources(path: string): Generator<string> {
	for (const entry of readdirSync(path, { withFileTypes: true })) {
		const inner = join(path, entry.name);
		if (entry.isDirectory()) yield* sources(inner);
		else if (/\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name)) {
			yield readFileSync(inner, "utf8");
		}
	}
}

describe("the catalogue", () => {
	for (const [name, messages] of Object.entries(catalogues)) {
		it(`is complete in ${name}, and holds nothing else`, () => {
			expect(Object.keys(messages).sort()).toEqual(Object.keys(english).sort());
		});

		it(`has no empty sentence in ${name}, and the places of the English one`, () => {
			for (const [key, text] of Object.entries(messages)) {
				expect(text.trim(), key).not.toBe("");
				expect(places(text), key).toEqual(places(english[key] ?? ""));
			}
		});
	}

	it("holds no sentence that nothing says", () => {
		const code = [...sources(join(folder, ".."))].join("\n");
		// A template such as `shell.theme.${theme}` says every sentence that begins so.
		const begun = [...code.matchAll(/`([a-z]\w*\.(?:[\w.]*\.)?)\$\{/g)].map(
			([, start]) => start ?? "",
		);
		const unused = Object.keys(english).filter(
			(key) =>
				!families.test(key) &&
				!code.includes(`"${key}"`) &&
				!begun.some((start) => key.startsWith(start)),
		);
		expect(unused).toEqual([]);
	});

	it("has words for every problem that the core names", () => {
		const core = join(folder, "../../../app/session");
		const files = readdirSync(core).filter((f) => f.endsWith(".go") && !f.endsWith("_test.go"));
		const text = files.map((f) => readFileSync(join(core, f), "utf8")).join("\n");
		const named = [
			...text.matchAll(/Problem\{Code: "([\w.]*\w)"/g),
			...text.matchAll(/Reason: "(\w+)"/g),
			...text.matchAll(/\{\w+\.Err\w+, "(\w+)", "\w*"\}/g),
		].map(([, code]) => code ?? "");
		expect(named.length).toBeGreaterThan(30);
		const silent = named.filter((code) =>
			["what", "means", "do"].some((part) => !(`problem.${code}.${part}` in english)),
		);
		expect([...new Set(silent)]).toEqual([]);
	});

	it("has an answer to a code it does not know, in each family", () => {
		for (const family of ["problem.other.what", "warning.other", "notice.other", "event.other"]) {
			expect(Object.keys(english)).toContain(family);
		}
	});
});
