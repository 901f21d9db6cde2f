import { screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { useState } from "react";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Fake } from "../../backend/fake";
import { usePane } from "../../model/context";
import { renderPane } from "../../test/render";
import { Conversation } from "./Conversation";
import { message } from "./testmessage";

const chat = "t1";
const view = (onBack?: () => void) => (
	<Conversation chat={chat} onBack={onBack} composer={() => <div>composer</div>} />
);

/** Failing shows the chat of a core that cannot open it. */
function Failing() {
	const { backend } = usePane();
	useState(() =>
		(backend as Fake).fail("openChat", {
			code: "offline",
			args: [],
			request: "",
			retry: true,
			action: "",
			url: "",
		}),
	);
	return view();
}

// jsdom lays nothing out: a view of 600 pixels and rows of 60 stand for it.
beforeAll(() => {
	const height = {
		configurable: true,
		get(this: HTMLElement) {
			return this.dataset.index === undefined ? 600 : 60;
		},
	};
	globalThis.CSS ??= { escape: (text: string) => text } as typeof CSS;
	const width = { configurable: true, value: 400 };
	Object.defineProperties(HTMLElement.prototype, { offsetHeight: height, offsetWidth: width });
	Object.defineProperties(Element.prototype, {
		clientHeight: { configurable: true, value: 600 },
		clientWidth: width,
	});
});

async function opened(onBack?: () => void) {
	const pane = await renderPane(view(onBack), { record: "" });
	await screen.findByRole("feed");
	return pane;
}

describe("Conversation", () => {
	it("opens the chat, and closes it when it goes away", async () => {
		const { fake, unmount } = await opened();
		expect(fake.calls.some((c) => c.method === "openChat" && c.args[0] === chat)).toBe(true);
		unmount();
		expect(fake.calls.filter((c) => c.method === "closeChat")).toHaveLength(1);
	});

	it("shows messages as articles of a feed, one of them in the tab order", async () => {
		await opened();
		const articles = within(screen.getByRole("feed")).getAllByRole("article");
		expect(articles.length).toBeGreaterThan(3);
		expect(articles.filter((a) => a.tabIndex === 0)).toHaveLength(1);
		expect(articles.every((a) => Number(a.getAttribute("aria-posinset")) > 0)).toBe(true);
	});

	it("tells in words what arrives, once", async () => {
		const { fake } = await opened();
		fake.arrive(chat, "The part is here");
		await waitFor(() => {
			expect(document.querySelector("[aria-live=polite]")?.textContent).toBe(
				"Diego Siciliani: The part is here",
			);
		});
	});

	it.each<[string, string, RegExp]>([
		["waiting", "", /Waiting to be sent/],
		["sending", "", /Sending…/],
		["unsure", "ambiguous", /Checking whether it was sent/],
		["parked", "offline", /Not sent\..*You are offline/s],
	])("says how far an own message is: %s", async (state, reason, words) => {
		const { model } = await opened();
		model.timelines.apply([
			message({
				chat,
				id: "echo:1",
				op: "1",
				me: true,
				plain: "Hello",
				state,
				reason,
				sort: "9",
				time: new Date().toISOString(),
			}),
		]);
		const article = await screen.findByRole("article", { name: /You: Hello/ });
		expect(article.textContent).toMatch(words);
	});

	it("offers to send a parked message again, or to give it up", async () => {
		const { model, fake, user } = await opened();
		model.timelines.apply([
			message({
				chat,
				id: "echo:1",
				op: "op1",
				me: true,
				plain: "Hello",
				state: "parked",
				reason: "offline",
				sort: "9",
				time: new Date().toISOString(),
			}),
		]);
		await user.click(await screen.findByRole("button", { name: "Retry" }));
		await user.click(await screen.findByRole("button", { name: "Discard" }));
		expect(
			fake.calls
				.filter((c) => c.method === "retry" || c.method === "discard")
				.map((c) => [c.method, ...c.args]),
		).toEqual([
			["retry", "op1"],
			["discard", "op1"],
		]);
	});

	it("moves between messages with the arrow keys", async () => {
		const { user } = await opened();
		const last = within(screen.getByRole("feed"))
			.getAllByRole("article")
			.find((a) => a.tabIndex === 0);
		last?.focus();
		await user.keyboard("{ArrowUp}");
		const now = document.activeElement as HTMLElement;
		expect(now.getAttribute("aria-posinset")).toBe(
			String(Number(last?.getAttribute("aria-posinset")) - 1),
		);
		expect(now.tabIndex).toBe(0);
	});

	it("goes back on Escape", async () => {
		const back = vi.fn();
		const { user } = await opened(back);
		screen.getByRole("button", { name: "Back to the chats" }).focus();
		await user.keyboard("{Escape}");
		expect(back).toHaveBeenCalledOnce();
	});

	it("lists who is in the chat", async () => {
		const { user } = await opened();
		await user.click(screen.getByRole("button", { name: /people/ }));
		const list = await screen.findByRole(
			"list",
			{ name: "People in this chat" },
			{ timeout: 10_000 },
		);
		expect(within(list).getAllByRole("listitem").length).toBeGreaterThan(1);
		expect(list.textContent).toContain("(you)");
	}, 15_000);

	it("says why a chat cannot be shown, and tries again", async () => {
		const pane = await renderPane(<Failing />, { record: "" });
		expect(await screen.findByText("You are offline")).toBeTruthy();
		pane.fake.fail("openChat", null);
		await pane.user.click(screen.getByRole("button", { name: "Try again" }));
		expect(await screen.findByRole("feed")).toBeTruthy();
	});

	it("has no accessibility fault that a machine finds", async () => {
		const { container } = await opened();
		const { violations } = await axe.run(container, {
			rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
		});
		expect(violations.map((v) => `${v.id}: ${v.nodes[0]?.html}`)).toEqual([]);
	});
});

describe("a chat opened at a message", () => {
	async function openedAt(id: string) {
		const at = { message: id, n: 1 };
		const pane = await renderPane(
			<Conversation chat={chat} at={at} composer={() => <div>composer</div>} />,
			{ record: "" },
		);
		await screen.findByRole("feed");
		return pane;
	}
	const box = (id: string) => document.querySelector<HTMLElement>(`[data-message="${id}"]`);

	it("lands at the message, with the focus on it, and marks it for a moment", async () => {
		vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ["setTimeout", "clearTimeout"] });
		try {
			await openedAt("old08");
			await waitFor(() => expect(document.activeElement).toBe(box("old08")));
			expect(box("old08")?.className).toContain("found");
			vi.advanceTimersByTime(3_000);
			await waitFor(() => expect(box("old08")?.className).not.toContain("found"));
		} finally {
			vi.useRealTimers();
		}
	});

	it("leaves the focus where the user has it", async () => {
		const field = document.body.appendChild(document.createElement("input"));
		field.focus();
		await openedAt("old08");
		await waitFor(() => expect(box("old08")).toBeTruthy());
		expect(document.activeElement).toBe(field);
		field.remove();
	});

	it("does not speak of messages that are read on to, and jumps to the newest when asked", async () => {
		const { fake, model, user } = await openedAt("old08");
		fake.arrive(chat, "Quite new");
		expect(fake.calls.some((c) => c.method === "markRead")).toBe(false);
		await model.timelines.newer(chat);
		await waitFor(() =>
			expect(fake.calls.filter((c) => c.method === "markRead").map((c) => c.args)).toEqual([
				[chat],
			]),
		);
		expect(model.timelines.rows.row(chat)?.newer).toBe(false);
		await waitFor(() =>
			expect(screen.queryByRole("button", { name: /Jump to latest/ })).toBeNull(),
		);
		expect(screen.queryByRole("button", { name: /new messages?/ })).toBeNull();
		expect(document.querySelector("[aria-live=polite]")?.textContent).toBe("");
		model.timelines.goTo(chat, { message: "old02", n: 2 });
		await user.click(await screen.findByRole("button", { name: "Jump to latest" }));
		await waitFor(() =>
			expect(model.timelines.rows.row(chat)?.rows.at(-1)?.plain).toBe("Quite new"),
		);
		await waitFor(() =>
			expect(screen.queryByRole("button", { name: /Jump to latest/ })).toBeNull(),
		);
	});
});
