import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { App } from "./App";
import { problem } from "./backend/fake";
import { recordKey } from "./backend/fakeData";
import { english, renderPane } from "./test/render";

const key = recordKey("c1");
const pane = (options = {}) => renderPane(<App words={english} />, { record: key, ...options });

describe("the pane", () => {
	it("begins with the sign-in, and shows the chats after it", async () => {
		const { user } = await pane({ phase: "signedOut", record: "" });
		await user.click(screen.getByRole("button", { name: "Sign in" }));
		expect(await screen.findByRole("searchbox", { name: "Filter chats" })).toBeTruthy();
	});

	it("switches records by their tabs, each with its own filter and chat", async () => {
		const { user } = await pane();
		await user.type(screen.getByRole("searchbox", { name: "Filter chats" }), "gasket");
		await user.click(screen.getByRole("tab", { name: /Refund for order/ }));
		await waitFor(() =>
			expect(screen.getByRole("searchbox", { name: "Filter chats" })).toHaveProperty("value", ""),
		);
		await user.click(screen.getByRole("tab", { name: /Leaking gasket/ }));
		await waitFor(() =>
			expect(screen.getByRole("searchbox", { name: "Filter chats" })).toHaveProperty(
				"value",
				"gasket",
			),
		);
	});

	it("walks through the tabs by arrow, and Delete closes one", async () => {
		const { user, fake } = await pane();
		screen.getByRole("tab", { name: /Leaking gasket/ }).focus();
		await user.keyboard("{ArrowRight}{Delete}");
		expect(fake.tabs.open).toEqual([key]);
	});

	it("goes offline and online again from the demo's bar", async () => {
		const { user } = await pane();
		await user.click(screen.getByRole("button", { name: "Go offline" }));
		expect(await screen.findByText(/You are offline\. Everything here can be read/)).toBeTruthy();
		await user.click(screen.getByRole("button", { name: "Go online" }));
		await waitFor(() => expect(screen.queryByText(/You are offline\. Everything/)).toBeNull());
	});

	it("lists what is unsent before it signs out, and can stay", async () => {
		const { user, fake, model } = await pane();
		fake.account = { ...fake.account, unsent: 2 };
		fake.push({ account: fake.account });
		await waitFor(() => expect(model.account.get()?.unsent).toBe(2));
		fake.fail("signOut", problem("unsent"));
		await user.click(screen.getByRole("button", { name: "Account and settings" }));
		await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
		const dialog = await screen.findByRole("alertdialog");
		expect(dialog.textContent).toContain("2 changes wait to be sent");
		expect(dialog.textContent).toContain("Shipment delayed at Rotterdam");
		await user.click(screen.getByRole("button", { name: "Stay and send first" }));
		expect(fake.calls.some((c) => c.method === "signOutDiscarding")).toBe(false);
	});

	it("changes theme, language and text size at once", async () => {
		const { user, model } = await pane();
		await model.save({ theme: "dark", zoom: 150 });
		await waitFor(() => expect(document.documentElement.dataset.theme).toBe("dark"));
		expect(document.documentElement.style.fontSize).toBe("150%");
		await model.save({ language: "de" });
		expect(await screen.findByRole("searchbox", { name: "Chats filtern" })).toBeTruthy();
		await user.keyboard("{Control>}0{/Control}");
		expect(model.settings.get().zoom).toBe(100);
	});

	it("lists the shortcuts at ?, but not while one types", async () => {
		const { user } = await pane();
		await user.type(screen.getByRole("searchbox", { name: "Filter chats" }), "?");
		expect(screen.queryByRole("dialog")).toBeNull();
		screen.getByRole("tab", { name: /Leaking gasket/ }).focus();
		await user.keyboard("?");
		expect(await screen.findByRole("dialog", { name: "Keyboard shortcuts" })).toBeTruthy();
	});

	it("says what a failed call means, in the one place that speaks", async () => {
		const { user, fake } = await pane();
		fake.fail("openExternal", problem("noBrowser"));
		await user.click(screen.getByRole("button", { name: "Open in Dynamics" }));
		expect(await screen.findByText("No browser could be opened")).toBeTruthy();
		await user.click(screen.getByRole("button", { name: "Dismiss" }));
		expect(screen.queryByText("No browser could be opened")).toBeNull();
	});

	it("shows a warning that lasts with the words of its problem", async () => {
		const { fake } = await pane();
		fake.health = {
			...fake.health,
			warnings: [{ code: "signIn", args: [], action: "signIn", url: "" }],
		};
		fake.push({ health: fake.health });
		expect(await screen.findByText(/Your sign-in has ended/)).toBeTruthy();
		expect(screen.getByRole("button", { name: "Sign in again" })).toBeTruthy();
	});

	it("says that the core does not answer", async () => {
		const { fake, model } = await pane();
		fake.fail("changes", problem("timeout"));
		fake.push({});
		expect(await screen.findByText(/Its core does not answer/)).toBeTruthy();
		fake.fail("changes", null);
		fake.push({});
		await waitFor(() => expect(model.broken.get()).toBeNull(), { timeout: 2000 });
	});

	it("shows diagnostics with the permissions that are missing", async () => {
		const { user } = await pane();
		await user.click(screen.getByRole("button", { name: "Account and settings" }));
		await user.click(await screen.findByRole("menuitem", { name: "Diagnostics" }));
		const dialog = await screen.findByRole("dialog", { name: "Diagnostics" });
		await waitFor(() => expect(dialog.textContent).toContain("Presence.Read.All"));
		expect(dialog.textContent).toContain("Missing");
		expect(dialog.textContent).toContain("37 of 240");
	});
});
