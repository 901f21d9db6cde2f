import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { teamsDarkTheme, teamsHighContrastTheme, teamsLightTheme } from "@fluentui/tokens";
import type { Plugin } from "vite";

type Theme = Record<string, string | number>;

const id = "virtual:tokens.css";

/**
 * tokens returns a plugin that serves `virtual:tokens.css`: the values of
 * Fluent's three Teams themes, but only of the custom properties that our own
 * style sheets name. What does not depend on the theme stands once.
 */
export function tokens(root: string): Plugin {
	return {
		name: "chatpane-tokens",
		resolveId: (source) => (source === id ? `\0${id}` : undefined),
		load(file) {
			if (file !== `\0${id}`) return undefined;
			const used = new Set<string>();
			for (const sheet of sheets(join(root, "src"))) {
				this.addWatchFile(sheet);
				for (const name of names(readFileSync(sheet, "utf8"))) used.add(name);
			}
			return themes(used);
		},
	};
}

function* sheets(folder: string): Generator<string> {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) yield* sheets(path);
		else if (entry.name.endsWith(".css")) yield path;
	}
}

/** names yields the custom properties that a style sheet reads and Fluent defines. */
function names(css: string): string[] {
	const light: Theme = { ...teamsLightTheme };
	return [...css.matchAll(/var\(--(\w+)/g)].flatMap(([, name]) =>
		name !== undefined && name in light ? [name] : [],
	);
}

/** themes writes the style sheet; `data-theme` on the root element chooses. */
export function themes(used: ReadonlySet<string>): string {
	const light: Theme = { ...teamsLightTheme };
	const dark: Theme = { ...teamsDarkTheme };
	const contrast: Theme = { ...teamsHighContrastTheme };
	const all = [...used].sort();
	const varying = all.filter((n) => light[n] !== dark[n] || light[n] !== contrast[n]);
	const block = (selector: string, list: string[], theme: Theme) =>
		`${selector}{${list.map((n) => `--${n}:${relative(n, theme[n])}`).join(";")}}`;
	return [
		block(":root", all, light),
		block(":root[data-theme=dark]", varying, dark),
		block(":root[data-theme=contrast]", varying, contrast),
	].join("\n");
}

/** relative turns sizes of text into rem, so that text zoom is the root's font size. */
function relative(name: string, value: string | number | undefined): string {
	const text = String(value);
	if (!/^(fontSize|lineHeight)/.test(name)) return text;
	return text.replace(/^([\d.]+)px$/, (_, px: string) => `${Number(px) / 16}rem`);
}
