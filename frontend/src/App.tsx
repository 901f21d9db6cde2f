import { useEffect, useState } from "react";
import { useTheme } from "./features/shell/theme";
import { usePane, useValue } from "./model/context";
import { WordsProvider } from "./text/context";
import { loadWords, type Words } from "./text/words";

/** App is the whole pane: one chain of what the account's phase allows. */
export function App({ words: first }: { words: Words }) {
	const words = useLanguage(first);
	useTheme();
	const { model } = usePane();
	const account = useValue(model.account);
	return (
		<WordsProvider value={words}>
			{account === null || account.phase === "starting" ? (
				<main aria-busy="true">{words.t("app.starting")}</main>
			) : (
				<main>{words.t("app.name")}</main>
			)}
		</WordsProvider>
	);
}

/** useLanguage follows the language of the settings; the old one stays until the new one is read. */
function useLanguage(first: Words): Words {
	const { model, handshake } = usePane();
	const [words, setWords] = useState(first);
	const wanted = useValue(model.settings).language || handshake.language;
	useEffect(() => {
		let current = true;
		loadWords(wanted)
			.then((next) => {
				if (current) setWords(next);
			})
			// The old language is better than none.
			.catch(() => undefined);
		return () => {
			current = false;
		};
	}, [wanted]);
	useEffect(() => {
		document.documentElement.lang = words.locale;
	}, [words]);
	return words;
}
