import { type I18n, type Messages, setupI18n } from "@lingui/core";
import type en from "./en.json";

/** TextKey is the key of a sentence of the catalogue. */
export type TextKey = keyof typeof en;

/** Values fill the places of a sentence. */
export type Values = Readonly<Record<string, string | number>>;

/** Language is one that the catalogue is complete in. */
export type Language = "en" | "de";

/** languages are named in themselves, as a chooser shows them. */
export const languages: Readonly<Record<Language, string>> = { en: "English", de: "Deutsch" };

/** Words are the sentences of one language. */
export interface Words {
	readonly language: Language;
	/** BCP 47 tag for Intl: the user's own region when it fits the language. */
	readonly locale: string;
	/** t returns the sentence of a key. */
	t(key: TextKey, values?: Values): string;
	/**
	 * code returns the sentence of a code that the core sent: `{family}.{code}`
	 * with its part, or that of `{family}.other` when the code is newer than the pane.
	 */
	code(family: Family, code: string, values?: Values, part?: string): string;
	/**
	 * condition returns the sentence of a warning or notice. One that is a
	 * problem which lasts, or that answers no call, has the words of the problem.
	 */
	condition(family: "warning" | "notice", code: string, values?: Values): string;
}

/** Family is a group of sentences whose last word the core chooses; each has an "other". */
export type Family =
	| "problem"
	| "warning"
	| "notice"
	| "event"
	| "enabled"
	| "unlink"
	| "join"
	| "ask"
	| "scope"
	| "feed"
	| "presence"
	| "figure"
	| "state"
	| "suggestRule"
	| "suggestReason"
	| "suggestNote"
	| "query";

/** makeWords turns a compiled catalogue into Words. */
export function makeWords(language: Language, messages: Messages, locale: string): Words {
	const i18n: I18n = setupI18n({ locale: language, messages: { [language]: messages } });
	const code: Words["code"] = (family, name, values, part) => {
		const end = part === undefined ? "" : `.${part}`;
		const key = `${family}.${name}${end}`;
		return i18n._(key in messages ? key : `${family}.other${end}`, { code: name, ...values });
	};
	return {
		language,
		locale,
		t: (key, values) => i18n._(key, { ...values }),
		code,
		condition(family, name, values) {
			const problem = name.replace(/^problem\./, "");
			if (`${family}.${name}` in messages || !(`problem.${problem}.what` in messages)) {
				return code(family, name, values);
			}
			const say = (part: string) => code("problem", problem, values, part);
			return `${say("what")}. ${say("means")} ${say("do")}`;
		},
	};
}

/** languageOf chooses the language of a BCP 47 tag, English when there is none. */
export function languageOf(tag: string): Language {
	const base = tag.toLowerCase().split(/[-_]/)[0] ?? "";
	return base in languages ? (base as Language) : "en";
}

/** loadWords reads the catalogue for a tag: "de-AT" gets German with Austrian dates. */
export async function loadWords(tag: string): Promise<Words> {
	const language = languageOf(tag);
	const { default: messages } = await load(language);
	const own = [tag, ...navigator.languages].find(
		(t) => languageOf(t) === language && t.includes("-"),
	);
	return makeWords(language, messages as unknown as Messages, own ?? language);
}

function load(language: Language): Promise<{ default: Record<string, string> }> {
	switch (language) {
		case "de":
			return import("./de.json");
		case "en":
			return import("./en.json");
	}
}
