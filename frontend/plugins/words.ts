import { compileMessage } from "@lingui/message-utils/compileMessage";
import type { Plugin } from "vite";

/**
 * words returns a plugin that compiles the ICU messages of src/text/*.json at
 * build time, since the content security policy forbids doing it with eval and
 * the parser is larger than all sentences.
 */
export function words(): Plugin {
	return {
		name: "chatpane-words",
		enforce: "pre",
		transform(code, id) {
			if (!/\/src\/text\/[a-z]{2}\.json$/.test(id)) return undefined;
			return { code: JSON.stringify(compiled(JSON.parse(code))), map: null };
		},
	};
}

/** compiled returns the messages in the form the runtime of lingui reads. */
export function compiled(messages: Record<string, string>): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(messages).map(([key, text]) => [key, compileMessage(text)]),
	);
}
