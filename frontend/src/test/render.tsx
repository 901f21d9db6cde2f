import type { Messages } from "@lingui/core";
import { act, type RenderResult, render } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import type { ReactNode } from "react";
import { Fake, type FakeOptions } from "../backend/fake";
import { startFeed } from "../backend/feed";
import { PaneProvider } from "../model/context";
import { PaneModel } from "../model/pane";
import { WordsProvider } from "../text/context";
import en from "../text/en.json";
import { makeWords } from "../text/words";

/** english are the words that tests read. */
export const english = makeWords("en", en as unknown as Messages, "en-GB");

/** Rendered is a feature on a fake backend. */
export interface Rendered extends RenderResult {
	fake: Fake;
	model: PaneModel;
	user: UserEvent;
	/** rerenderPane draws something else in the same pane. */
	rerenderPane: (ui: ReactNode) => void;
}

/** renderPane shows a feature with a fake backend whose first snapshot has arrived. */
export async function renderPane(ui: ReactNode, options: FakeOptions = {}): Promise<Rendered> {
	const fake = new Fake(options);
	const model = new PaneModel(fake.api, fake.handshake.settings);
	startFeed(fake, model);
	await settled();
	const pane = (inner: ReactNode) => (
		<WordsProvider value={english}>
			<PaneProvider value={{ backend: fake, model, handshake: fake.handshake }}>
				{inner}
			</PaneProvider>
		</WordsProvider>
	);
	const result = render(pane(ui));
	await act(settled);
	return {
		...result,
		fake,
		model,
		user: userEvent.setup(),
		rerenderPane: (next) => result.rerender(pane(next)),
	};
}

/** settled waits until what is under way in memory has arrived. */
function settled(): Promise<void> {
	return new Promise((done) => setTimeout(done, 0));
}
