import { screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, it } from "vitest";
import { App } from "../../App";
import { problem } from "../../backend/fake";
import { recordKey } from "../../backend/fakeData";
import type { SearchResults } from "../../backend/types";
import { english, renderPane } from "../../test/render";
import { countWords, coverageWords } from "./Status";

const key = recordKey("c1");
const pane = (options = {}) => renderPane(<App words={english} />, { record: key, ...options });

async function searching(options = {}) {
	const all = await pane(options);
	await all.user.keyboard("{Control>}{Shift>}F{/Shift}{/Control}");
	return { ...all, field: await focused() };
}

/** part finds by selector: a query by role reads the whole pane, which is slow where nothing is laid out. */
const part = <T extends HTMLElement>(selector: string) => document.querySelector<T>(selector);
const searchField = () => part<HTMLInputElement>('input[aria-label="Search messages"]');
const area = () => part('section[aria-label="Search"]');
const chatMenu = () => part('button[aria-label="More actions for this chat"]');

async function focused(): Promise<HTMLInputElement> {
	const field = await waitFor(() => {
		const now = searchField();
		expect(now).not.toBeNull();
		expect(document.activeElement).toBe(now);
		return now;
	});
	return field as HTMLInputElement;
}

const region = () => within(area() as HTMLElement);
const hits = () => [...document.querySelectorAll<HTMLElement>("[data-hit]")];
const asked = (fake: { calls: { method: string; args: unknown[] }[] }) =>
	fake.calls.filter((c) => c.method === "search").map((c) => c.args[0]);

describe("the search", () => {
	it("opens by keyboard with the focus in its field, explains itself, and Escape closes it", async () => {
		const { user } = await searching();
		expect(region().getByText("With a file")).toBeTruthy();
		await user.keyboard("{Escape}");
		await waitFor(() => expect(area()).toBeNull());
	});

	it("finds as one types, marks the words, and tells the count to a screen reader", async () => {
		const { user, field, fake } = await searching();
		await user.type(field, "stock");
		await waitFor(() => expect(hits().length).toBeGreaterThan(2));
		expect(hits().every((h) => h.querySelector("mark")?.textContent === "stock")).toBe(true);
		expect(region().getByRole("status").textContent).toMatch(/^\d+ messages$/);
		expect(region().getByText(/^Searched all \d+ chats$/)).toBeTruthy();
		expect(asked(fake).at(-1)).toMatchObject({ text: "stock", scope: "all", order: "newest" });
	});

	it("does not show the late answer to what is no longer asked", async () => {
		const { user, field, fake } = await searching();
		const real = fake.api.search;
		let late: () => void = () => undefined;
		fake.api.search = async (query) => {
			const answer = await real(query);
			if (query.text === "stock") await new Promise<void>((go) => (late = go));
			return answer;
		};
		await user.type(field, "stock");
		await waitFor(() => expect(asked(fake).at(-1)).toMatchObject({ text: "stock" }));
		await user.clear(field);
		await user.type(field, "depot");
		await waitFor(() => expect(hits().length).toBeGreaterThan(0));
		late();
		await new Promise((next) => setTimeout(next, 50));
		expect(hits().every((h) => h.querySelector("mark")?.textContent === "depot")).toBe(true);
	});

	it("is walked through by arrows, opens with Enter, and comes back with what was found", async () => {
		const { user, field, fake } = await searching();
		await user.type(field, "stock");
		await waitFor(() => expect(hits().length).toBeGreaterThan(2));
		await user.keyboard("{ArrowDown}{ArrowDown}");
		expect(document.activeElement).toBe(hits()[1]);
		await user.keyboard("{ArrowUp}{ArrowUp}");
		expect(document.activeElement).toBe(field);
		await user.keyboard("{ArrowDown}{ArrowDown}");
		const chosen = hits()[1];
		const [chat, message] = (chosen?.dataset.hit ?? "").split(" ");
		await user.keyboard("{Enter}");
		await waitFor(() =>
			expect(fake.calls.find((c) => c.method === "openAt")?.args).toEqual([chat, message]),
		);
		expect(fake.calls.some((c) => c.method === "openChat")).toBe(false);
		await waitFor(() => expect(part('button[aria-label="Back to the chats"]')).not.toBeNull());
		await user.click(part('button[aria-label="Back to the chats"]') as HTMLElement);
		await waitFor(() => expect(document.activeElement).toBe(chosen));
		expect(field.value).toBe("stock");
		await user.keyboard("{Escape}");
		expect(document.activeElement).toBe(field);
	});

	it("searches only the record's chats from its head, and the chat from its menu", async () => {
		const { user, fake } = await pane();
		await user.click(part('button[aria-label="Search this record’s messages"]') as HTMLElement);
		const field = await focused();
		await user.type(field, "stock");
		await waitFor(() =>
			expect(asked(fake).at(-1)).toMatchObject({ text: "stock", scope: "record", key }),
		);
		await user.click(region().getByRole("radio", { name: "All chats" }));
		await waitFor(() => expect(asked(fake).at(-1)).toMatchObject({ scope: "all", key: "" }));
		await waitFor(() => expect(hits().length).toBeGreaterThan(0));
		const first = hits()[0];
		await user.click(first as HTMLElement);
		await waitFor(() => expect(chatMenu()).not.toBeNull());
		await user.click(chatMenu() as HTMLElement);
		await user.click(await screen.findByRole("menuitem", { name: "Search in this chat" }));
		const chat = first?.dataset.hit?.split(" ")[0];
		await waitFor(() => expect(asked(fake).at(-1)).toMatchObject({ scope: "chat", key: chat }));
	});

	it("gives back the chat it was opened over when it closes", async () => {
		const { user, model } = await pane();
		model.views.open(key, "t1");
		await waitFor(() => expect(chatMenu()).not.toBeNull());
		await user.keyboard("{Control>}{Shift>}F{/Shift}{/Control}");
		await focused();
		expect(chatMenu()).toBeNull();
		await user.keyboard("{Escape}");
		await waitFor(() => expect(chatMenu()).not.toBeNull());
	});

	it("keeps what was typed while another record shows", async () => {
		const { user, field } = await searching();
		await user.type(field, "stock");
		await user.click(screen.getByRole("tab", { name: /Refund for order/ }));
		await waitFor(() => expect(area()).toBeNull());
		await user.click(screen.getByRole("tab", { name: /Leaking gasket/ }));
		expect((await focused()).value).toBe("stock");
		await waitFor(() => expect(hits().length).toBeGreaterThan(0));
	});

	it("says beside the field what was not understood, and that nothing was found", async () => {
		const { user, field } = await searching();
		await user.type(field, "before:soon zzz");
		expect(await region().findByText(/“before:soon” is not a date/)).toBeTruthy();
		expect(await region().findByText("Nothing found")).toBeTruthy();
	});

	it("puts an operator into the field and goes on there", async () => {
		const { user, field } = await searching();
		await user.type(field, "gasket");
		await user.clear(field);
		await user.click(await region().findByRole("button", { name: /has:file/ }));
		expect(field.value).toBe("has:file");
		expect(document.activeElement).toBe(field);
		await waitFor(() => expect(hits().length).toBeGreaterThan(0));
		expect(hits()[0]?.textContent).toContain("Label.pdf");
	});

	it("shows why it failed and tries again", async () => {
		const { user, field, fake } = await searching();
		fake.fail("search", problem("storeFull", { retry: true }));
		await user.type(field, "stock");
		const alert = await region().findByRole("alert");
		fake.fail("search", null);
		await user.click(within(alert).getByRole("button"));
		await waitFor(() => expect(hits().length).toBeGreaterThan(0));
		expect(region().queryByRole("alert")).toBeNull();
	});

	it("shows more when asked, after what is there", async () => {
		const { user, field } = await searching();
		await user.type(field, "e");
		await waitFor(() => expect(hits()).toHaveLength(30));
		const before = hits().map((h) => h.dataset.hit);
		await user.click(region().getByRole("button", { name: "Show more" }));
		await waitFor(() => expect(hits().length).toBeGreaterThan(30));
		expect(
			hits()
				.slice(0, 30)
				.map((h) => h.dataset.hit),
		).toEqual(before);
	});

	it("has no accessibility fault that a machine finds", async () => {
		const { user, field } = await searching();
		await user.type(field, "stock");
		await waitFor(() => expect(hits().length).toBeGreaterThan(2));
		const { violations } = await axe.run(area() as HTMLElement, {
			rules: { "color-contrast": { enabled: false } },
		});
		expect(violations.map((v) => v.id)).toEqual([]);
	});
});

describe("how complete a search is", () => {
	const answer = (part: Partial<SearchResults>): SearchResults => ({
		hits: [],
		after: "",
		total: 0,
		atMost: false,
		coverage: { chats: 0, of: 0, since: "" },
		problems: [],
		empty: false,
		preparing: 100,
		...part,
	});
	const cover = (chats: number, of: number, since = "") =>
		coverageWords(answer({ coverage: { chats, of, since } }), english);

	it("is said in whole sentences", () => {
		expect(cover(148, 150, "2020-03-03T12:00:00Z")).toBe(
			"Searched 148 of 150 chats, back to 3 March 2020",
		);
		expect(cover(150, 150)).toBe("Searched all 150 chats");
		expect(cover(1, 1)).toBe("Searched one chat");
		expect(cover(0, 1)).toBe("Searched 0 of 1 chat");
		expect(cover(0, 0)).toBe("");
	});

	it("says when the count may be too high", () => {
		expect(countWords(answer({ total: 12, atMost: true }), english)).toBe("At most 12 messages");
		expect(countWords(answer({ total: 1 }), english)).toBe("1 message");
		expect(countWords(answer({ total: 0, atMost: true }), english)).toBe("No messages");
	});
});
