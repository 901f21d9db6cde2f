import type { Words } from "../../text/words";

/** typeWord returns a record type's name as it stands within a sentence: "case", but German "Fall". */
export function typeWord(words: Words, typeName: string): string {
	return words.language === "de" ? typeName : typeName.toLocaleLowerCase(words.locale);
}
