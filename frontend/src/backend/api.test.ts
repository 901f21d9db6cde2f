import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { methods } from "./api";

it("names exactly the methods that the core has bound", () => {
	const generated = join(import.meta.dirname, "../../wailsjs/go/bridge/App.d.ts");
	const bound = [...readFileSync(generated, "utf8").matchAll(/export function (\w+)\(/g)].map(
		([, name]) => (name ?? "").charAt(0).toLowerCase() + (name ?? "").slice(1),
	);
	expect([...methods].sort()).toEqual(bound.sort());
});
