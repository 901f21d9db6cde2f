import type { Plugin } from "vite";

const locale = /([a-z]{2})-[A-Z]{2}\.m?js$/;
const empty = "\0empty-locale";

/**
 * locales returns a plugin that leaves out the sentences of React Aria in
 * languages the pane does not speak; it falls back to en-US.
 */
export function locales(languages: readonly string[]): Plugin {
	return {
		name: "chatpane-locales",
		enforce: "pre",
		resolveId(source, importer) {
			const language = locale.exec(source)?.[1];
			if (language === undefined || !importer?.includes("react-aria")) return undefined;
			return languages.includes(language) ? undefined : empty;
		},
		load: (id) => (id === empty ? "export default {};" : undefined),
	};
}
