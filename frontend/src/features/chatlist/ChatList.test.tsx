import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { ago, chatRow, recordKey } from "../../backend/fakeData";
import { renderPane } from "../../test/render";
import { ChatList } from "./ChatList";

const key = recordKey("c1");

function list(part: { open?: string; onOpen?: (chat: string) => void; onStart?: () => void } = {}) {
	const ui = (open: string) => (
		<ChatList
			recordKey={key}
			open={open}
			onOpen={part.onOpen ?? (() => undefined)}
			onStart={part.onStart ?? (() => undefined)}
		/>
	);
	return { ui, shown: renderPane(ui(part.open ?? ""), { record: key }) };
}

describe("the list of chats", () => {
	it("shows the three sections, each row by its name", async () => {
		await list().shown;
		const section = screen.getByRole("region", { name: "Connected to this case" });
		expect(
			within(section)
				.getAllByRole("listitem")
				.map((li) => within(li).getAllByRole("button")[0]?.textContent),
		).toEqual([
			"Leaking gasket · CAS-09792",
			"Spare part for Lyon",
			"Fabrikam on-site visit",
			"Gasket recall · internal",
			"Quality and suppliers",
		]);
		expect(screen.getByRole("region", { name: "Connected to other records" })).toBeTruthy();
		expect(screen.getByRole("region", { name: "Other chats" })).toBeTruthy();
	});

	it("describes a row: last message, time and marks", async () => {
		await list().shown;
		const row = screen.getByRole("button", { name: "Leaking gasket · CAS-09792" });
		const id = row.getAttribute("aria-describedby") ?? "";
		const about = document.getElementById(id)?.textContent ?? "";
		for (const part of ["Diego: I can be there at three", "mentions you", "unread"]) {
			expect(about).toContain(part);
		}
	});

	it("never shows more of a locked chat than its link tells", async () => {
		const { user } = await list().shown;
		const row = screen.getByRole("button", { name: "Gasket recall · internal" });
		expect(row.closest("li")?.textContent).toContain("Connected by Celeste Burton");
		await user.click(row);
		expect(screen.getByText(/not in this chat/)).toBeTruthy();
	});

	it("narrows every section as one types, and says what it did not look through", async () => {
		const { user } = await list().shown;
		await user.type(screen.getByRole("searchbox", { name: "Filter chats" }), "gasket");
		expect(await screen.findByText(/Older chats are not loaded/)).toBeTruthy();
		expect(screen.queryByRole("button", { name: "Spare part for Lyon" })).toBeNull();
		expect(screen.getByRole("button", { name: "Leaking gasket · CAS-09792" })).toBeTruthy();
	});

	it("says that nothing matches, and Escape brings everything back", async () => {
		const { user } = await list().shown;
		const filter = screen.getByRole("searchbox", { name: "Filter chats" });
		await user.type(filter, "zzz");
		expect(await screen.findByText("No chat has “zzz” in its name")).toBeTruthy();
		await user.type(filter, "{Escape}");
		expect(await screen.findByRole("button", { name: "Spare part for Lyon" })).toBeTruthy();
	});

	it("folds a section and remembers it", async () => {
		const { user, fake } = await list().shown;
		await user.click(screen.getByRole("button", { name: "Connected to this case" }));
		expect(screen.queryByRole("button", { name: "Spare part for Lyon" })).toBeNull();
		expect(fake.handshake.settings.folded).toEqual(["thisRecord"]);
	});

	it("is one tab stop, and arrows walk through it", async () => {
		const onOpen = vi.fn();
		const { user } = await list({ onOpen }).shown;
		const first = screen.getByRole("button", { name: "Leaking gasket · CAS-09792" });
		first.focus();
		await user.keyboard("{ArrowDown}");
		expect(document.activeElement).toBe(
			screen.getByRole("button", { name: "Spare part for Lyon" }),
		);
		expect(first.tabIndex).toBe(-1);
		await user.keyboard("{Home}{ArrowLeft}");
		expect(screen.queryByRole("button", { name: "Spare part for Lyon" })).toBeNull();
		await user.keyboard("{ArrowRight}{ArrowDown}{ArrowDown}{Enter}");
		expect(onOpen).toHaveBeenCalledWith("t2");
	});

	it("gives the focus back to the row whose chat was closed", async () => {
		const { ui, shown } = list({ open: "t2" });
		const { rerenderPane } = await shown;
		rerenderPane(ui(""));
		expect(document.activeElement).toBe(
			screen.getByRole("button", { name: "Spare part for Lyon" }),
		);
	});

	it("opens the menu by keyboard, and a disabled action says why", async () => {
		const { user } = await list().shown;
		screen.getByRole("button", { name: "Fabrikam on-site visit" }).focus();
		await user.keyboard("{Shift>}{F10}{/Shift}");
		const item = await screen.findByRole("menuitem", { name: "Disconnect from this case" });
		expect(item.getAttribute("aria-disabled")).toBe("true");
		expect(item.textContent).toContain("owner");
	});

	it("connects a chat to the open record from its menu", async () => {
		const { user, fake } = await list().shown;
		await user.click(
			screen.getByRole("button", { name: "More actions for Refund for order 4471" }),
		);
		await user.click(await screen.findByRole("menuitem", { name: "Connect to this case" }));
		expect(fake.calls).toContainEqual({ method: "connect", args: ["t4", key] });
	});

	it("draws a long list only where it is looked at, and the row with the focus", async () => {
		vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
		vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(60);
		const { fake } = await list().shown;
		const others = Array.from({ length: 400 }, (_, i) =>
			chatRow({ id: `n${i}`, title: `Chat ${i}`, time: ago(90_000 + i) }),
		);
		for (const row of others) fake.chats.set(row.id, row);
		screen.getByRole("button", { name: "Leaking gasket · CAS-09792" }).focus();
		await act(async () => {
			fake.push({ chats: others });
			await fake.api.activateTab(key);
		});
		await waitFor(() => expect(screen.getAllByRole("listitem").length).toBeLessThan(60));
		expect(screen.getAllByRole("listitem").length).toBeGreaterThan(0);
		expect(document.activeElement?.textContent).toBe("Leaking gasket · CAS-09792");
	});
});
