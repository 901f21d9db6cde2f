import { screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { problem } from "../../backend/fake";
import { recordKey } from "../../backend/fakeData";
import { suggestionsFor } from "../../backend/fakeSuggest";
import type { Suggestions } from "../../backend/types";
import { renderPane } from "../../test/render";
import { SuggestSection } from "./SuggestSection";

const record = recordKey("c1");

/** show draws the section of a record whose cache and servers say this. */
async function show(cached: Partial<Suggestions> = {}, fresh: Partial<Suggestions> = cached) {
	const started = vi.fn();
	const ui = <SuggestSection recordKey={record} onStart={started} />;
	const pane = await renderPane(<div />, { record: "c1" });
	pane.fake.api.suggest = async () => ({ ...suggestionsFor(record), ...cached });
	pane.fake.api.refreshSuggestions = vi.fn(async () => ({ ...suggestionsFor(record), ...fresh }));
	pane.rerenderPane(ui);
	return { ...pane, started };
}

const group = (name: string) => screen.findByRole("group", { name });

describe("the suggested contacts of a record", () => {
	it("are two groups of at most three, each with its reason", async () => {
		await show();
		const similar = await group("Resolved similar cases");
		const rules = await group("Related to this record");
		expect(within(similar).getAllByRole("checkbox")).toHaveLength(2);
		expect(within(rules).getAllByRole("checkbox")).toHaveLength(3);
		within(similar).getByRole("checkbox", {
			name: /Diego Siciliani/,
			description: "82 % sure · resolved CAS-04417-R2K9 like this",
		});
		within(rules).getByRole("checkbox", {
			name: /Megan Bowen/,
			description: "Customer's account manager",
		});
	});

	it("show more on demand", async () => {
		const { user } = await show();
		const rules = await group("Related to this record");
		await user.click(within(rules).getByRole("button", { name: /view 1 more/i }));
		expect(within(rules).getAllByRole("checkbox")).toHaveLength(4);
		await user.click(within(rules).getByRole("button", { name: /view fewer/i }));
		expect(within(rules).getAllByRole("checkbox")).toHaveLength(3);
	});

	it("say how they came about", async () => {
		const { user } = await show();
		const how = await screen.findByRole("button", {
			name: "How the suggestion of Diego Siciliani came about",
		});
		expect(how.getAttribute("aria-expanded")).toBe("false");
		await user.click(how);
		expect(how.getAttribute("aria-expanded")).toBe("true");
		for (const sentence of [
			/Most similar:/,
			"Smart Brew 300 drips after descaling",
			"Resolved 7 similar cases",
			"Resolved 58 % of the similar cases, recent ones counting more",
			"In common: gasket, drips, descaling",
			/estimated from 4,812 resolved cases: of suggestions like this one, about 82 in 100/,
		]) {
			screen.getByText(sentence);
		}
	});

	it("open the similar case, and say when a confidence could not be checked", async () => {
		const { user, fake } = await show({ judged: false, cases: 12 });
		await user.click(
			await screen.findByRole("button", { name: /How the suggestion of Diego Siciliani/ }),
		);
		screen.getByText(/12 resolved cases are too few/);
		await user.click(screen.getByRole("button", { name: "Smart Brew 300 drips after descaling" }));
		expect(fake.calls.find((c) => c.method === "openRecord")?.args).toEqual([
			recordKey("old-u-diego"),
		]);
	});

	it("are chosen with the keyboard and start a connected chat", async () => {
		const { user, started } = await show();
		(await screen.findByRole("checkbox", { name: /Diego Siciliani/ })).focus();
		await user.keyboard(" ");
		await user.tab();
		await user.tab();
		await user.keyboard(" ");
		await user.click(screen.getByRole("button", { name: "Start connected chat with 2 people" }));
		expect(started).toHaveBeenCalledWith({
			record,
			people: [
				{ id: "u-diego", name: "Diego Siciliani" },
				{ id: "u-elvia", name: "Elvia Atkins" },
			],
		});
		expect(screen.queryByRole("button", { name: /^Start connected chat/ })).toBeNull();
	});

	it("are read again when they are old, and meanwhile show what is known", async () => {
		const more = suggestionsFor(record).similar.slice(1);
		const { fake } = await show({ stale: true, similar: [] }, { similar: more });
		await screen.findByRole("checkbox", { name: /Elvia Atkins/ });
		expect(fake.api.refreshSuggestions).toHaveBeenCalledTimes(1);
	});

	it("ask no server while they are fresh", async () => {
		const { fake } = await show();
		await group("Related to this record");
		expect(fake.api.refreshSuggestions).not.toHaveBeenCalled();
	});

	it("are not there when they are off or nobody is found", async () => {
		for (const nothing of [{ state: "off" }, { rules: [], similar: [], moreRules: false }]) {
			const { unmount } = await show(nothing);
			expect(screen.queryByText("Suggested contacts")).toBeNull();
			unmount();
		}
	});

	it("fold away and stay so", async () => {
		const { user, fake } = await show();
		await user.click(await screen.findByRole("button", { name: "Suggested contacts" }));
		expect(screen.queryByRole("checkbox")).toBeNull();
		expect(fake.calls.find((c) => c.method === "saveSettings")?.args[0]).toMatchObject({
			folded: expect.arrayContaining(["suggested"]),
		});
	});

	it("say when they wait for the network", async () => {
		await show({ state: "offline", rules: [], similar: [], stale: true });
		await screen.findByText("Suggestions load when you are online again.");
	});

	it("say why they cannot be read, and read again on demand", async () => {
		const broken = {
			state: "error",
			rules: [],
			similar: [],
			problem: problem("serverError", { retry: true }),
		};
		const { user, fake } = await show({ ...broken, stale: true });
		await user.click(await screen.findByRole("button", { name: "Try again" }));
		expect(fake.api.refreshSuggestions).toHaveBeenCalledTimes(2);
	});

	it("say what could not be taken into account", async () => {
		await show({ notes: ["rulesUnreadable"] });
		await screen.findByText(/rules of your organisation cannot be read/);
	});
});
