import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { problem } from "../../backend/fake";
import { recordKey } from "../../backend/fakeData";
import { StartView } from "../../StartView";
import { renderPane } from "../../test/render";
import { forbiddenIn, nameFor } from "./name";

const key = recordKey("c1");
const form = { record: key, people: [] };
const noop = () => undefined;

describe("the form of a connected chat", () => {
	it("finds people as one types, and starts the chat", async () => {
		const started = vi.fn();
		const { user, fake } = await renderPane(
			<StartView form={form} onStarted={started} onBack={noop} />,
			{ record: key },
		);
		await user.type(screen.getByRole("combobox", { name: "People" }), "dieg");
		await user.click(await screen.findByRole("option", { name: /Diego/ }));
		await user.click(screen.getByRole("button", { name: "Start chat" }));
		await waitFor(() => expect(started).toHaveBeenCalled());
		expect(fake.calls).toContainEqual({
			method: "startChat",
			args: [
				{
					record: key,
					people: ["u-diego"],
					topic: "Leaking gasket on Smart Brew 300 · CAS-09792-S4D7",
				},
			],
		});
	});

	it("takes the last person away with Backspace", async () => {
		const people = [
			{ id: "u-diego", name: "Diego" },
			{ id: "u-lee", name: "Lee" },
		];
		const { user } = await renderPane(
			<StartView form={{ record: key, people }} onStarted={noop} onBack={noop} />,
			{ record: key },
		);
		await user.click(screen.getByRole("combobox", { name: "People" }));
		await user.keyboard("{Backspace}");
		expect(screen.queryByText("Lee")).toBeNull();
		expect(screen.getByText("Diego")).toBeTruthy();
	});

	it("needs somebody", async () => {
		const { user, fake } = await renderPane(
			<StartView form={form} onStarted={noop} onBack={noop} />,
			{ record: key },
		);
		await user.click(screen.getByRole("button", { name: "Start chat" }));
		expect(screen.getByText("Add at least one person.")).toBeTruthy();
		expect(fake.calls.some((c) => c.method === "startChat")).toBe(false);
	});

	it("refuses a name that Teams refuses, while it is typed", async () => {
		const { user } = await renderPane(<StartView form={form} onStarted={noop} onBack={noop} />, {
			record: key,
		});
		const name = screen.getByRole("textbox", { name: "Chat name" });
		await user.type(name, ": why?");
		expect(screen.getByText("Teams does not allow : ? in a name.")).toBeTruthy();
		await user.clear(name);
		await user.click(name);
		await user.paste("x".repeat(251));
		expect(screen.getByText("At most 250 characters; this has 251.")).toBeTruthy();
	});

	it("keeps what was entered when the chat could not be made", async () => {
		const people = [{ id: "u-diego", name: "Diego" }];
		const { user, fake } = await renderPane(
			<StartView form={{ record: key, people }} onStarted={noop} onBack={noop} />,
			{ record: key },
		);
		fake.fail("startChat", problem("offline", { retry: true }));
		await user.click(screen.getByRole("button", { name: "Start chat" }));
		expect(await screen.findByText("You are offline")).toBeTruthy();
		expect(screen.getByText("Diego")).toBeTruthy();
		fake.fail("startChat", null);
		await user.click(screen.getByRole("button", { name: "Try again" }));
		await waitFor(() => expect(fake.calls.filter((c) => c.method === "startChat")).toHaveLength(2));
	});
});

describe("a chat's name", () => {
	it("is proposed without what Teams refuses, and short enough", () => {
		expect(nameFor({ name: "Refund: order 1/2", number: "CAS-1" })).toBe(
			"Refund order 1 2 · CAS-1",
		);
		const long = nameFor({ name: "👩‍🔧".repeat(100), number: "" });
		expect(long.length).toBeLessThanOrEqual(250);
		expect(long.endsWith("👩‍🔧")).toBe(true);
	});

	it("has its forbidden characters named once", () => {
		expect(forbiddenIn("a:b:c?\n")).toEqual([":", "?", "\n"]);
		expect(forbiddenIn("Müller & Söhne · 100 % 佐藤")).toEqual([]);
	});
});
