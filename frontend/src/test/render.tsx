import type { Messages } from "@lingui/core";
import { type RenderResult, render } from "@testing-library/react";
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
}

/** renderPane shows a feature with a fake backend whose first snapshot has arrived. */
export async function renderPane(ui: ReactNode, options: FakeOptions = {}): Promise<Rendered> {
	const fake = new Fake(options);
	const model = new PaneModel(fake.api, fake.handshake.settings);
	startFeed(fake, model);
	await Promise.resolve();
	await Promise.resolve();
	const result = render(
		<WordsProvider value={english}>
			<PaneProvider value={{ backend: fake, model, handshake: fake.handshake }}>{ui}</PaneProvider>
		</WordsProvider>,
	);
	return { ...result, fake, model, user: userEvent.setup() };
}
