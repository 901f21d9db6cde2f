import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";

const root = import.meta.dirname;

interface Source {
	readonly path: string;
	readonly text: string;
	/** What it imports of ours, as paths from src. */
	readonly imports: readonly string[];
}

function* files(folder: string): Generator<string> {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) yield* files(path);
		else if (/\.tsx?$/.test(entry.name)) yield path;
	}
}

const sources: Source[] = [...files(root)].map((file) => {
	const text = readFileSync(file, "utf8");
	const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, to]) =>
		relative(root, resolve(dirname(file), to ?? ""))
			.split(sep)
			.join("/"),
	);
	return { path: relative(root, file).split(sep).join("/"), text, imports };
});

const product = sources.filter(({ path }) => !/\.test\.tsx?$|^test\//.test(path));

/** The layers, each with those it may import beside itself. */
const layers: Readonly<Record<string, readonly string[]>> = {
	backend: ["../wailsjs"],
	text: ["backend"],
	model: ["backend"],
	components: ["backend", "text", "model"],
	features: ["backend", "text", "model", "components"],
};

describe("the pane", () => {
	it("imports only downwards: backend ← model ← features", () => {
		const upwards = product.flatMap(({ path, imports }) => {
			const layer = path.split("/")[0] ?? "";
			const allowed = layers[layer];
			if (!allowed) return [];
			return imports
				.filter((to) => !to.startsWith(`${layer}/`) && !allowed.some((a) => to.startsWith(`${a}/`)))
				.map((to) => `${path} → ${to}`);
		});
		expect(upwards).toEqual([]);
	});

	it("has features that do not import each other", () => {
		const across = product.flatMap(({ path, imports }) => {
			const [top, feature] = path.split("/");
			if (top !== "features") return [];
			return imports
				.filter((to) => to.startsWith("features/") && to.split("/")[1] !== feature)
				.map((to) => `${path} → ${to}`);
		});
		expect(across).toEqual([]);
	});

	it("keeps components to 200 lines and other files to 500", () => {
		const long = sources
			.map(({ path, text }) => ({
				path,
				lines: text.split("\n").filter((l) => l.trim() !== "").length,
			}))
			.filter(
				({ path, lines }) =>
					lines > (path.endsWith(".tsx") && !path.includes(".test.") ? 200 : 500),
			)
			.map(({ path, lines }) => `${path}: ${lines}`);
		expect(long).toEqual([]);
	});

	it("never turns a string into markup or code", () => {
		const danger =
			/dangerouslySetInnerHTML|\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(/;
		expect(product.filter(({ text }) => danger.test(text)).map(({ path }) => path)).toEqual([]);
	});

	it("reads what Wails generates only in backend", () => {
		const outside = product.filter(
			({ path, imports }) =>
				!path.startsWith("backend/") && imports.some((to) => to.includes("wailsjs")),
		);
		expect(outside.map(({ path }) => path)).toEqual([]);
	});

	it("reaches the core only through backend", () => {
		const direct = product.filter(
			({ path, text }) =>
				!path.startsWith("backend/") &&
				/\bfetch\(|EventSource|XMLHttpRequest|window\.go\b/.test(text),
		);
		expect(direct.map(({ path }) => path)).toEqual([]);
	});
});
