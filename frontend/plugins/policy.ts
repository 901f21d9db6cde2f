import type { Plugin } from "vite";

/**
 * policy returns a plugin that takes the content security policy out of the
 * page of `npm run dev`, where Vite puts style sheets in as elements. Every
 * build keeps it.
 */
export function policy(): Plugin {
	return {
		name: "chatpane-policy",
		apply: "serve",
		transformIndexHtml: (html) =>
			html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ""),
	};
}
