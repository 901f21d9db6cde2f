import { StrictMode } from "react";
import type { Root } from "react-dom/client";
import { App } from "./App";
import type { Backend } from "./backend/api";
import { startFeed } from "./backend/feed";
import { toProblem } from "./backend/problem";
import { connect, type WailsWindow } from "./backend/transport";
import { Boundary } from "./features/broken/Boundary";
import { Broken } from "./features/broken/Broken";
import { type Pane, PaneProvider } from "./model/context";
import { PaneModel } from "./model/pane";
import { WordsProvider } from "./text/context";
import { loadWords, type Words } from "./text/words";

/** start shakes hands with the core and draws the pane, or why it cannot. */
export async function start(root: Root): Promise<void> {
	keepDropsOut();
	const backend = await choose();
	try {
		const handshake = await backend.api.hello();
		const words = await loadWords(handshake.settings.language || handshake.language);
		const model = new PaneModel(backend.api, handshake.settings);
		startFeed(backend, model);
		draw(root, { backend, model, handshake }, words);
	} catch (error) {
		const words = await loadWords(navigator.language);
		root.render(
			<WordsProvider value={words}>
				<Broken problem={toProblem(error)} onRetry={() => void start(root)} />
			</WordsProvider>,
		);
	}
}

function draw(root: Root, pane: Pane, words: Words): void {
	root.render(
		<StrictMode>
			<WordsProvider value={words}>
				<Boundary>
					<PaneProvider value={pane}>
						<App words={words} />
					</PaneProvider>
				</Boundary>
			</WordsProvider>
		</StrictMode>,
	);
}

/** choose returns the core, or with ?fake a core in memory, which no production build contains. */
async function choose(): Promise<Backend> {
	if (import.meta.env.MODE !== "production") {
		const query = new URLSearchParams(location.search);
		if (query.has("fake")) {
			const { fakeFrom } = await import("./test/dev");
			return fakeFrom(query);
		}
	}
	return connect(window as unknown as Partial<WailsWindow>);
}

/** A file dropped beside a place that takes it would replace the page. */
function keepDropsOut(): void {
	for (const kind of ["dragover", "drop"]) {
		document.addEventListener(kind, (event) => event.preventDefault());
	}
}
