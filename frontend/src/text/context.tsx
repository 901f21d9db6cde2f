import { createContext, use } from "react";
import type { Arg } from "../backend/types";
import type { Values, Words } from "./words";

const WordsContext = createContext<Words | null>(null);

export const WordsProvider = WordsContext.Provider;

/** useWords returns the words of the current language. */
export function useWords(): Words {
	const words = use(WordsContext);
	if (!words) throw new Error("useWords outside of a WordsProvider");
	return words;
}

/** useText returns the function that turns a key into its sentence. */
export function useText(): Words["t"] {
	return useWords().t;
}

/** useLocale returns the tag for Intl. */
export function useLocale(): string {
	return useWords().locale;
}

/** valuesOf turns the arguments of a problem, warning or notice into values. */
export function valuesOf(args: readonly Arg[]): Values {
	return Object.fromEntries(args.map(({ name, value }) => [name, value]));
}
