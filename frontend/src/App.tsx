import { useEffect, useState } from "react";
import styles from "./App.module.css";
import { Broken } from "./features/broken/Broken";
import { Toasts } from "./features/notices/Toasts";
import { DemoBar } from "./features/shell/DemoBar";
import { Starting } from "./features/shell/Starting";
import { useTheme } from "./features/shell/theme";
import { useUserActivity } from "./features/shell/useUserActivity";
import { SignIn } from "./features/signin/SignIn";
import { usePane, useValue } from "./model/context";
import { PaneView } from "./PaneView";
import { WordsProvider } from "./text/context";
import { loadWords, type Words } from "./text/words";

/** App is the whole pane: one chain of what the account's phase allows. */
export function App({ words: first }: { words: Words }) {
	const words = useLanguage(first);
	useTheme();
	useUserActivity();
	const { handshake } = usePane();
	return (
		<WordsProvider value={words}>
			<div className={styles.app}>
				{handshake.demo && <DemoBar />}
				<Phase />
				<Toasts />
			</div>
		</WordsProvider>
	);
}

function Phase() {
	const { model } = usePane();
	const account = useValue(model.account);
	const broken = useValue(model.broken);
	if (account === null && broken) {
		return <Broken problem={broken} onRetry={() => location.reload()} />;
	}
	if (account === null || account.phase === "starting") return <Starting />;
	if (account.phase === "signedIn") return <PaneView key={account.id} />;
	return <SignIn account={account} />;
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
