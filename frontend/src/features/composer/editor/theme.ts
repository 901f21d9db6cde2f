import type { EditorThemeClasses } from "lexical";
import styles from "./theme.module.css";

/** theme gives the editor's nodes the class names of our own style sheet. */
export const theme: EditorThemeClasses = {
	paragraph: styles.paragraph ?? "",
	quote: styles.quote ?? "",
	link: styles.link ?? "",
	mention: styles.mention ?? "",
	text: {
		bold: styles.bold ?? "",
		italic: styles.italic ?? "",
		underline: styles.underline ?? "",
		strikethrough: styles.strike ?? "",
		underlineStrikethrough: styles.underlineStrike ?? "",
		code: styles.code ?? "",
	},
	list: {
		ul: styles.bullets ?? "",
		ol: styles.numbers ?? "",
		nested: { listitem: styles.nested ?? "" },
	},
};
