import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

/**
 * icons returns a plugin that puts the named Fluent icons as one hidden sprite
 * into index.html, so that they need no request, no script and no style.
 * `use` by fragment works on every scheme Wails serves from.
 */
export function icons(list: Readonly<Record<string, string>>): Plugin {
	return {
		name: "chatpane-icons",
		transformIndexHtml: (html) => html.replace("<!--icons-->", sprite(list)),
	};
}

/** sprite returns the symbols of the icons, each with the id `icon-{name}`. */
export function sprite(list: Readonly<Record<string, string>>): string {
	const folder = join(
		dirname(createRequire(import.meta.url).resolve("@fluentui/svg-icons/package.json")),
		"icons",
	);
	const symbols = Object.entries(list).map(([name, file]) => {
		const svg = readFileSync(join(folder, `${file}.svg`), "utf8");
		const box = /viewBox="([^"]+)"/.exec(svg)?.[1] ?? `0 0 ${size(svg)} ${size(svg)}`;
		const inner = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
		return `<symbol id="icon-${name}" viewBox="${box}">${inner.replace(/ fill="#[0-9a-fA-F]+"/g, "")}</symbol>`;
	});
	return `<svg class="sprite" width="0" height="0" aria-hidden="true">${symbols.join("")}</svg>`;
}

function size(svg: string): string {
	const width = /width="(\d+)"/.exec(svg)?.[1];
	if (width === undefined) throw new Error(`an icon without a size: ${svg.slice(0, 80)}`);
	return width;
}
