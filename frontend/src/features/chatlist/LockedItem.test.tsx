import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { problem } from "../../backend/fake";
import { recordKey } from "../../backend/fakeData";
import { renderPane } from "../../test/render";
import { ChatList } from "./ChatList";
// What is read only when it shows is read before, so that no test waits for it.
import "../../components/dialog/DialogModal";
import "./JoinAll";
import "./LockedActions";

function list(id: string) {
	const onOpen = vi.fn();
	const key = recordKey(id);
	const ui = <ChatList recordKey={key} open="" onOpen={onOpen} onStart={() => undefined} />;
	return { onOpen, key, shown: renderPane(ui, { record: key }) };
}

const row = (name: string) => screen.getByRole("button", { name });

describe("a locked row", () => {
	it("offers to join, says so to pointer and keyboard, and opens the chat then", async () => {
		const { onOpen, shown } = list("c2");
		const { user, fake } = await shown;
		const item = row("Invoice questions");
		const about = document.getElementById(item.getAttribute("aria-describedby") ?? "");
		expect(about?.textContent).toContain("Hover and join to participate");
		item.focus();
		const join = await screen.findByRole("button", { name: "Join Invoice questions" });
		await user.click(join);
		await waitFor(() => expect(onOpen).toHaveBeenCalledWith("x3"));
		expect(fake.calls).toContainEqual({ method: "join", args: ["l3"] });
		expect(screen.queryByRole("button", { name: "Join Invoice questions" })).toBeNull();
	});

	it("shows beside the button why the server refused, and whom to ask", async () => {
		const { onOpen, shown } = list("c2");
		const { user, fake } = await shown;
		fake.locked = fake.locked.map((l) => (l.id === "l3" ? { ...l, why: ["confirm"] } : l));
		await user.click(await screen.findByRole("button", { name: "Join Invoice questions" }));
		const why = await screen.findByRole("alert");
		expect(why.textContent).toContain("A member of the chat must confirm this connection");
		expect(within(why).getByRole("button", { name: "Ask a member to add me" })).toBeTruthy();
		expect(onOpen).not.toHaveBeenCalled();
	});

	it("shows a problem with a way to try again", async () => {
		const { onOpen, shown } = list("c2");
		const { user, fake } = await shown;
		fake.fail("join", problem("offline", { retry: true, action: "retry" }));
		await user.click(await screen.findByRole("button", { name: "Join Invoice questions" }));
		await screen.findByRole("alert");
		fake.fail("join", null);
		await user.click(screen.getByRole("button", { name: "Try again" }));
		await waitFor(() => expect(onOpen).toHaveBeenCalledWith("x3"));
	});

	it("says exactly why it cannot be joined, and asks a member with the message shown first", async () => {
		const { onOpen, shown } = list("c1");
		const { user, fake } = await shown;
		expect(screen.queryByRole("button", { name: /^Join / })).toBeNull();
		await user.click(row("Quality and suppliers"));
		expect(await screen.findByText(/Joining is turned off/)).toBeTruthy();
		expect(screen.getByText(/You may not edit this record/)).toBeTruthy();
		await user.click(screen.getByRole("button", { name: "Ask a member to add me" }));
		const dialog = await screen.findByRole("dialog", { name: "Ask to be added" });
		const message = await within(dialog).findByRole("textbox", { name: "Message" });
		expect((message as HTMLTextAreaElement).value).toContain("Quality and suppliers");
		const people = within(dialog).getAllByRole("radio");
		expect((people[0] as HTMLInputElement).checked).toBe(true);
		expect(within(dialog).getByRole("radio", { name: /connected this chat$/ })).toBe(people[0]);
		await user.click(people[1] as HTMLElement);
		await user.clear(message);
		await user.type(message, "Please add me");
		await user.click(within(dialog).getByRole("button", { name: "Send" }));
		await waitFor(() => expect(onOpen).toHaveBeenCalled());
		expect(fake.calls.find((c) => c.method === "askToJoin")?.args).toEqual([
			expect.objectContaining({ link: "l2", text: "Please add me" }),
		]);
	});
});

describe("joining all chats of a record", () => {
	it("tells what became of each", async () => {
		const { shown, key } = list("c2");
		const { user, fake } = await shown;
		fake.locked = fake.locked.map((l) => (l.id === "l4" ? { ...l, why: ["chatFull"] } : l));
		await user.click(await screen.findByRole("button", { name: "Join all" }));
		const dialog = await screen.findByRole("dialog", { name: "1 of 2 chats joined" });
		expect(within(dialog).getByText(/with its whole history/)).toBeTruthy();
		expect(within(dialog).getByText(/it may be full/)).toBeTruthy();
		expect(fake.calls).toContainEqual({ method: "joinAll", args: [key] });
		await user.click(within(dialog).getByRole("button", { name: "Done" }));
		await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
	});

	it("is not offered when none can be joined", async () => {
		const { shown } = list("c1");
		await shown;
		expect(screen.queryByRole("button", { name: "Join all" })).toBeNull();
	});
});
